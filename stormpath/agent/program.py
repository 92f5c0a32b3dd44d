"""The program of an agent: threads that ask the service what to do, and do it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from stormpath.agent import logins, service, synchronizer
from stormpath.agent.configuration import Configuration, Login
from stormpath.agent.directory import UNREACHABLE, Directory, DirectoryError, OpenDirectory
from stormpath.agent.logins import BindPool
from stormpath.agent.properties import PropertiesError
from stormpath.agent.service import LONGEST_WAIT, ServiceClient, ServiceError, pauses
from stormpath.agent.status import StatusBoard
from stormpath.agent.synchronizer import Synchronizer

_log = logging.getLogger(__name__)

#: How many polls are open at a time: while one carries logins, another waits for more.
POLLERS: Final = 2

#: How long a poll waits for a place among the binds, in seconds.
PLACE_SECONDS: Final = 5.0

#: The pause between polls while there is no configuration, in seconds.
NO_CONFIGURATION_PAUSE: Final = 5.0

#: How long a key that was good before is refused before it is tried again, in seconds.
REFUSED_PAUSE: Final = 60.0

_CONFIGURATION: Final = "configuration"
_SYNCHRONIZATION: Final = "synchronization"


@dataclass(frozen=True, slots=True)
class Options:
    """What can be said about a program: the waits, in seconds, and the number of binds at a time."""

    wait: int = LONGEST_WAIT
    retries: tuple[float, float] = (synchronizer.FIRST_RETRY, synchronizer.LAST_RETRY)
    refused_pause: float = REFUSED_PAUSE
    longest_pause: float = 10.0
    bind_threads: int = logins.THREADS


class AgentProgram:
    """An agent at work, from `start` to `stop`.

    ``connect`` makes the client of the service; it is called again when the service refuses the key, which
    may be another one by now. `wait` returns the error of a key that was never accepted.
    """

    def __init__(
        self,
        connect: Callable[[threading.Event], ServiceClient],
        open_directory: OpenDirectory,
        options: Options | None = None,
    ) -> None:
        self._options = options or Options()
        self._connect = connect
        self._open_directory = open_directory
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self._failure: ServiceError | None = None
        self._lock = threading.Lock()
        self._service = connect(self._stopping)
        self._lost_at: float | None = None
        self._version: str | None = None
        self._directory: Directory | None = None
        self._is_configured = threading.Event()
        self._has_news = threading.Event()
        self.board = StatusBoard(self._has_news.set)
        self._binds = BindPool(self._bind, self._answer, self._options.bind_threads)
        self._synchronizer = Synchronizer(
            lambda: self._service,
            lambda problem: self.board.set(_SYNCHRONIZATION, problem),
            self._options.retries,
        )
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin to work, in threads of this process."""
        self._synchronizer.start()
        targets = [*([self._poll_forever] * POLLERS), self._tell_news]
        for each in targets:
            thread = threading.Thread(target=each, name="agent-poll", daemon=True)
            self._threads.append(thread)
            thread.start()

    def wait(self) -> ServiceError | None:
        """Wait for `stop`, or for an error that ends the program, and return that."""
        self._ended.wait()
        return self._failure

    def stop(self) -> None:
        """End the work. Does not wait: requests and binds that go on are cut off with the process."""
        self._stopping.set()
        self._synchronizer.stop()
        self._binds.stop()
        self._is_configured.set()
        self._has_news.set()
        self._ended.set()

    def join(self, seconds: float) -> None:
        """Wait for the threads, after `stop`, so long at most; binds that go on are not waited for."""
        until = time.monotonic() + seconds
        for each in self._threads:
            each.join(max(0.0, until - time.monotonic()))
        self._synchronizer.join(max(0.0, until - time.monotonic()))

    def close(self) -> None:
        """Close the connections to the service."""
        self._service.close()

    @property
    def is_running(self) -> bool:
        """Whether the program has not ended."""
        return not self._ended.is_set()

    def _poll_forever(self) -> None:
        waits = iter(pauses(longest=self._options.longest_pause))
        is_first = self._is_first_thread()
        while not self._stopping.is_set():
            if not is_first:
                # One poll is enough to ask for the configuration.
                self._is_configured.wait()
            try:
                pause = self._poll()
                waits = iter(pauses(longest=self._options.longest_pause))
            except ServiceError as error:
                pause = self._pause_after(error, next(waits))
            if pause:
                self._stopping.wait(pause)

    def _is_first_thread(self) -> bool:
        return threading.current_thread() is self._threads[0]

    def _poll(self, *, takes_logins: bool = True) -> float:
        """Ask the service once, and do what it says; return how long to wait before the next time."""
        client, version, started = self._service, self._version, time.monotonic()
        reserved = self._binds.reserve(PLACE_SECONDS) if takes_logins and version is not None else 0
        # Without a place the poll only tells that the agent is there.
        asked = self._options.wait if reserved else 0
        polled = None
        try:
            polled = client.poll(version, self.board.status, reserved, asked)
        finally:
            if polled is None:
                self._binds.fill(reserved, ())
        # A poll that was open all the time says nothing about the others.
        if self._lost_at is not None and self._lost_at < started:
            self._lost_at = None
            _log.warning("The service answers again.")
        if polled.configuration is not None:
            self._apply(polled.configuration)
        self._binds.fill(reserved, polled.logins)
        if polled.wants_run:
            self._synchronizer.request()
        # A service that has no configuration yet is not asked without a pause.
        return polled.pause or (0.0 if self._version is not None else NO_CONFIGURATION_PAUSE)

    def _apply(self, configuration: Configuration) -> None:
        with self._lock:
            if configuration.version == self._version:
                return
            _log.info("Configuration %s of the directory %s.", configuration.version, configuration.directory)
            try:
                directory = self._open_directory(configuration)
            except DirectoryError as error:
                _log.error("The configuration cannot be used: %s", error)
                self._directory = None
                self._synchronizer.pause()
                self.board.set(_CONFIGURATION, str(error))
            else:
                self._directory = directory
                # What the synchronization found wrong under another configuration may be right now. Before it
                # begins: what it finds wrong under this one must not be forgotten.
                self.board.set(_SYNCHRONIZATION, None)
                self.board.set(_CONFIGURATION, None)
                self._synchronizer.configure(configuration, directory)
            self._version = configuration.version
            self._is_configured.set()

    def _pause_after(self, error: ServiceError, pause: float) -> float:
        if error.kind == service.STOPPED or self._stopping.is_set():
            return 0.0
        if error.kind == service.REFUSED:
            return self._after_refusal(error)
        self._note_loss(f"The service could not be asked: {error}")
        return max(pause, error.retry_after or 0.0)

    def _after_refusal(self, error: ServiceError) -> float:
        said = ServiceError(
            error.kind,
            f"The service at {self._service.url} does not accept the agent's key: the key was replaced, or"
            " the directory deleted. Download agent.properties again.",
        )
        if self._version is None:
            self._failure = said
            self.stop()
            return 0.0
        self._note_loss(str(said))
        if not self._stopping.wait(self._options.refused_pause):
            try:
                self._service = self._connect(self._stopping)
            except PropertiesError as error:
                _log.error("%s", error)
        return 0.0

    def _note_loss(self, said: str) -> None:
        # Each poller fails, again and again: the first failure is enough.
        if self._lost_at is None:
            self._lost_at = time.monotonic()
            _log.warning("%s", said)

    def _tell_news(self) -> None:
        """Tell the service about another status at once, while other polls wait."""
        while not self._stopping.is_set():
            self._has_news.wait()
            self._has_news.clear()
            if self._stopping.is_set() or self._version is None:
                continue
            try:
                self._poll(takes_logins=False)
            except ServiceError as error:
                # The next poll tells it.
                _log.debug("The status could not be told: %s", error)

    def _bind(self, login: Login) -> str:
        directory = self._directory
        return UNREACHABLE if directory is None else directory.bind(login)

    def _answer(self, outcomes: Mapping[str, str]) -> object:
        return self._service.answer(outcomes, logins.PATIENCE)
