"""One run of a synchronization: what a server has goes to the service, all of it or what has changed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, Final

from stormpath.agent.batches import Batches
from stormpath.agent.contract import FULL, INCREMENTAL, CursorInvalid, Outcome, Tracker
from stormpath.agent.directory import Directory
from stormpath.agent.service import BegunRun, ServiceClient

_log = logging.getLogger(__name__)

#: The pause between two requests at the end of a run.
END_PAUSE: Final = 0.05


def _goes_on() -> None:
    """Let a run go on."""


class Run:
    """A run under one version of the configuration. The service knows where it begins."""

    def __init__(self, service: ServiceClient, version: str, directory: Directory) -> None:
        self._service = service
        self._version = version
        self._directory = directory

    def make(self, check: Callable[[], None] = _goes_on) -> str | None:
        """Make the run; return why the service stopped it, if it did.

        ``check`` is called before each request, and raises an exception if the run shall be given up. Raises
        `ServiceError` and `DirectoryError`.
        """
        started = time.monotonic()
        # Connected first: a server that is down makes no run.
        with self._directory.reader() as tracker:
            begun = self._service.begin(self._version, INCREMENTAL)
            try:
                outcome, batches = self._tracked(tracker, begun, check)
            except CursorInvalid as invalid:
                _log.info("A full synchronization is needed: %s", invalid)
                begun = self._service.begin(self._version, FULL, str(invalid))
                outcome, batches = self._tracked(tracker, begun, check)
        report = {**outcome.report, "seconds": round(time.monotonic() - started, 1)}
        stopped = self._ended(begun, outcome, report, check)
        _log.info(
            "Synchronized (%s): %d accounts and %d groups sent in %.1f seconds.",
            begun.kind,
            batches.accounts,
            batches.groups,
            report["seconds"],
        )
        return stopped

    def _tracked(
        self, tracker: Tracker, begun: BegunRun, check: Callable[[], None]
    ) -> tuple[Outcome, Batches]:
        def send(entries: dict[str, Any]) -> None:
            check()
            self._service.send(begun.number, entries)

        batches = Batches(send)
        outcome = tracker.run(batches, begun.cursor)
        batches.flush()
        return outcome, batches

    def _ended(
        self, begun: BegunRun, outcome: Outcome, report: dict[str, Any], check: Callable[[], None]
    ) -> str | None:
        while True:
            check()
            ended = self._service.end(begun.number, outcome.cursor, report, is_complete=outcome.is_complete)
            if ended.stopped is not None or ended.is_done:
                return ended.stopped
            time.sleep(END_PAUSE)
