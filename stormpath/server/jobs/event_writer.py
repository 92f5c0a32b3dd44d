"""The thread that stores security events and counts a moment after they happen, in batches."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Mapping
from functools import cache
from typing import Final
from weakref import WeakSet

from stormpath import forks
from stormpath.server.domain.security_events import CountKey, StoredEvent, WriteEvents
from stormpath.server.domain.storage import StorageError
from stormpath.server.logs.loggers import get_logger

_log = get_logger(__name__)

#: The most events of one transaction.
BATCH: Final = 500

#: The most events, and different counts, that wait to be stored. What comes beyond them is left out.
MOST_WAITING: Final = 5000

#: What happens is stored after so many seconds at the latest.
DELAY: Final = 1.0

#: A thread that has had nothing to do for so many seconds ends; the next event begins another one.
LINGER: Final = 10.0

#: The longest pause after the database could not be written, in seconds.
_LONGEST_PAUSE: Final = 30.0

THREAD: Final = "stormpath-events"

_writers: Final[WeakSet[EventWriter]] = WeakSet()


class EventWriter:
    """Hands events and counts to ``write``, in batches, from a thread that runs while there are any.

    Adding costs microseconds and never waits for the database. A process that ends stores what is left, also
    if nothing was closed; one that is killed loses what came in the last ``delay`` seconds. When the database
    cannot be written, events wait, up to ``most``; those beyond are counted, and the log tells how many.
    """

    def __init__(
        self, write: WriteEvents, *, delay: float = DELAY, linger: float = LINGER, most: int = MOST_WAITING
    ) -> None:
        self._write = write
        self._delay = delay
        self._linger = linger
        self._most = most
        #: How many events and counts this process has left out.
        self.left_out = 0
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        # What waits in the parent is stored by the parent.
        # The garbage collector may call ``stop`` while it is held.
        self._lock = threading.RLock()
        self._writing = threading.Lock()
        self._has_work = threading.Event()
        self._is_urgent = threading.Event()
        self._thread: threading.Thread | None = None
        self._events: list[StoredEvent] = []
        self._counts: dict[CountKey, int] = {}
        self._untold = 0

    def add(self, event: StoredEvent) -> None:
        """Store the event soon."""
        with self._lock:
            if len(self._events) < self._most:
                self._events.append(event)
                if len(self._events) == BATCH:
                    self._is_urgent.set()
            else:
                self._leave_out(1)
            self._wake()

    def count(self, key: CountKey, number: int = 1) -> None:
        """Add to a count soon."""
        with self._lock:
            self._add_to_count(key, number)
            self._wake()

    def flush(self) -> None:
        """Store what waits, in this thread, and wait for what is being stored; failures are logged."""
        with self._writing:
            self._store_all()

    def stop(self, grace: float = 10.0) -> None:
        """Store what waits, and end the thread; after ``grace`` seconds what is being stored is left alone.

        What comes later begins another thread.
        """
        thread = self._thread
        if thread is threading.current_thread():
            # The garbage collector, which closes what is no longer used, works in any thread.
            return
        if self._writing.acquire(timeout=max(0.0, grace)):
            try:
                self._store_all()
            finally:
                self._writing.release()
        with self._lock:
            self._thread = None
        self._is_urgent.set()
        self._has_work.set()
        if thread is not None:
            thread.join(grace)

    def _wake(self) -> None:
        """See to it that a thread stores what waits. The lock is held."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name=THREAD, daemon=True)
            _store_at_exit(self)
            try:
                self._thread.start()
            except RuntimeError:
                # The interpreter ends: what waits is stored by ``_store_at_exit``.
                self._thread = None
        if not self._has_work.is_set():
            self._has_work.set()

    def _serve(self) -> None:
        own, pause = threading.current_thread(), self._delay
        while self._goes_on(own):
            self._is_urgent.wait(pause)
            self._is_urgent.clear()
            with self._writing:
                is_stored = self._store_all()
            pause = self._delay if is_stored else min(2 * pause, _LONGEST_PAUSE)

    def _goes_on(self, own: threading.Thread) -> bool:
        """Wait for work; tell whether there is any for this thread, which ends otherwise."""
        while True:
            is_awake = self._has_work.wait(self._linger)
            with self._lock:
                if self._thread is not own:
                    return False
                if self._events or self._counts:
                    return True
                if not is_awake:
                    self._thread = None
                    return False
                self._has_work.clear()

    def _store_all(self) -> bool:
        """Store what waits, in batches; tell whether all of it could be stored. ``_writing`` is held."""
        while True:
            with self._lock:
                events, counts = self._events[:BATCH], self._counts
                if not (events or counts):
                    return True
                self._events, self._counts = self._events[BATCH:], {}
            try:
                self._write(events, counts)
            except StorageError as error:
                self._put_back(events, counts)
                _log.warning("Security events cannot be stored yet: %s", error)
                return False
            except Exception:
                with self._lock:
                    self._leave_out(len(events) + len(counts))
                _log.exception("Security events could not be stored")
                return False
            self._tell_left_out()

    def _put_back(self, events: list[StoredEvent], counts: Mapping[CountKey, int]) -> None:
        with self._lock:
            room = self._most - len(self._events)
            self._leave_out(max(0, len(events) - room))
            self._events = events[: max(0, room)] + self._events
            for key, number in counts.items():
                self._add_to_count(key, number)
            self._has_work.set()

    def _add_to_count(self, key: CountKey, number: int) -> None:
        if key in self._counts or len(self._counts) < self._most:
            self._counts[key] = self._counts.get(key, 0) + number
        else:
            self._leave_out(1)

    def _leave_out(self, number: int) -> None:
        self.left_out += number
        self._untold += number

    def _tell_left_out(self) -> None:
        with self._lock:
            number, self._untold = self._untold, 0
        if number:
            _log.warning("%d security events were not stored: too many came at once", number)


@cache
def _at_exit_once() -> None:
    atexit.register(_finish)


def _store_at_exit(writer: EventWriter) -> None:
    """Let the writer store what waits when the interpreter ends."""
    _at_exit_once()
    _writers.add(writer)


def _finish() -> None:
    until = time.monotonic() + DELAY
    for each in list(_writers):
        each.stop(max(0.0, until - time.monotonic()))
