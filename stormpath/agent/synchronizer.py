"""The synchronization: a thread that makes one run after the other, whenever one is due."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from stormpath.agent.batches import Batches
from stormpath.agent.configuration import Configuration
from stormpath.agent.contract import FULL, INCREMENTAL, CursorInvalid, Outcome, Tracker
from stormpath.agent.directory import Directory, DirectoryError
from stormpath.agent.service import FENCED, STOPPED, BegunRun, ServiceClient, ServiceError

_log = logging.getLogger(__name__)

#: The waits after a run that has failed, in seconds: they double from the first to the last.
FIRST_RETRY: Final = 30.0
LAST_RETRY: Final = 300.0

#: The wait for another process, or for another configuration.
FENCED_RETRY: Final = 10.0

#: The pause between two requests at the end of a run.
END_PAUSE: Final = 0.05


class Superseded(Exception):
    """A run was given up: the configuration is another one by now, or the agent stops."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server, and the configuration under which it is read."""

    configuration: Configuration
    directory: Directory


class Synchronizer:
    """Makes runs in a thread of its own, from `start` to `stop`.

    One is due when there is a configuration or another one, each ``pollInterval`` minutes, and when it is
    asked for.

    ``on_problem`` is told why a run failed, and ``None`` after one that did not. ``retries`` are the first
    and the last wait after failures, in seconds.
    """

    def __init__(
        self,
        service: Callable[[], ServiceClient],
        on_problem: Callable[[str | None], None],
        retries: tuple[float, float] = (FIRST_RETRY, LAST_RETRY),
    ) -> None:
        self._service = service
        self._on_problem = on_problem
        self._first_retry, self._last_retry = retries
        self._failures = 0
        self._changed = threading.Condition()
        self._target: Target | None = None
        self._due_at = 0.0
        self._is_stopped = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to work, in a thread of this process."""
        self._thread = threading.Thread(target=self._serve, name="agent-synchronization", daemon=True)
        self._thread.start()

    def configure(self, configuration: Configuration, directory: Directory) -> None:
        """Make runs under this configuration from now on; the run under another one is given up."""
        with self._changed:
            self._target = Target(configuration, directory)
            self._failures = 0
            self._due_at = 0.0
            self._changed.notify_all()

    def pause(self) -> None:
        """Make no runs until the next configuration."""
        with self._changed:
            self._target = None
            self._changed.notify_all()

    def request(self) -> None:
        """Make a run now; or right after the one that goes on, which may have read too early."""
        with self._changed:
            self._due_at = 0.0
            self._changed.notify_all()

    def stop(self) -> None:
        """Give up the run that goes on, if there is one, and make no other."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def join(self, seconds: float) -> None:
        """Wait for the end of the thread."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _serve(self) -> None:
        while (target := self._next()) is not None:
            wait = self._made_run(target)
            with self._changed:
                # It is 0 if a run was asked for meanwhile.
                if self._due_at:
                    self._due_at = time.monotonic() + wait

    def _next(self) -> Target | None:
        """Wait until a run is due, and return under what; ``None`` at the end."""
        with self._changed:
            while not self._is_stopped:
                left = self._due_at - time.monotonic()
                if self._target is not None and left <= 0:
                    self._due_at = float("inf")
                    return self._target
                self._changed.wait(None if self._target is None else min(left, threading.TIMEOUT_MAX))
        return None

    def _made_run(self, target: Target) -> float:
        """Make a run, and return how many seconds later the next one is due."""
        interval = 60 * target.configuration.poll_minutes
        try:
            stopped = Run(self._service(), target, lambda: self._check(target)).make()
        except Superseded:
            return 0.0
        except ServiceError as error:
            if error.kind == STOPPED:
                return 0.0
            _log.warning("The synchronization was given up: %s", error)
            if error.kind == FENCED:
                return FENCED_RETRY * random.uniform(0.75, 1.25)  # noqa: S311 - jitter, not security
            # The service knows that itself, and shows it; only the next run tells what the server has.
            return self._retry(interval)
        except DirectoryError as error:
            _log.error("The synchronization failed: %s", error)
            self._tell(target, str(error))
            return self._retry(interval)
        except Exception as error:
            _log.error("The synchronization failed unexpectedly: %s", type(error).__name__, exc_info=True)
            self._tell(target, f"The agent failed unexpectedly ({type(error).__name__}): its log says more.")
            return self._retry(interval)
        self._failures = 0
        if stopped is not None:
            _log.error("The service stopped the synchronization: %s", stopped)
        self._tell(target, stopped)
        return interval

    def _retry(self, interval: float) -> float:
        wait = min(self._first_retry * 2.0 ** min(self._failures, 30), self._last_retry, interval)
        self._failures += 1
        return wait

    def _tell(self, target: Target, problem: str | None) -> None:
        if self._target is target:
            self._on_problem(problem)

    def _check(self, target: Target) -> None:
        if self._is_stopped or self._target is not target:
            raise Superseded


class Run:
    """One run of a synchronization. ``check`` raises `Superseded` if it shall be given up."""

    def __init__(self, service: ServiceClient, target: Target, check: Callable[[], None]) -> None:
        self._service = service
        self._version = target.configuration.version
        self._directory = target.directory
        self._check = check

    def make(self) -> str | None:
        """Make the run; return why the service stopped it, if it did, or what is wrong with what was read."""
        started = time.monotonic()
        # Connected first: a server that is down makes no run.
        with self._directory.reader() as tracker:
            begun = self._service.begin(self._version, INCREMENTAL)
            try:
                outcome, batches = self._tracked(tracker, begun)
            except CursorInvalid as invalid:
                _log.info("A full synchronization is needed: %s", invalid)
                begun = self._service.begin(self._version, FULL, str(invalid))
                outcome, batches = self._tracked(tracker, begun)
        report = {**outcome.report, "seconds": round(time.monotonic() - started, 1)}
        stopped = self._ended(begun, outcome, report)
        _log.info(
            "Synchronized (%s): %d accounts and %d groups sent in %.1f seconds.",
            begun.kind,
            batches.accounts,
            batches.groups,
            report["seconds"],
        )
        return stopped

    def _tracked(self, tracker: Tracker, begun: BegunRun) -> tuple[Outcome, Batches]:
        def send(entries: dict[str, Any]) -> None:
            self._check()
            self._service.send(begun.number, entries)

        batches = Batches(send)
        outcome = tracker.run(batches, begun.cursor)
        batches.flush()
        return outcome, batches

    def _ended(self, begun: BegunRun, outcome: Outcome, report: dict[str, Any]) -> str | None:
        while True:
            self._check()
            ended = self._service.end(begun.number, outcome.cursor, report, is_complete=outcome.is_complete)
            if ended.stopped is not None or ended.is_done:
                return ended.stopped
            time.sleep(END_PAUSE)
