"""Signals between threads, processes and machines: what was written for others is looked at, at once.

Truth is in the database alone. A signal wakes those who wait for something there, and they look. So one that
is lost costs time, and one too many costs a look; nothing is wrong after either.

Within a process, a signal is an event. Between processes it is a notification of PostgreSQL, or, on SQLite,
the number of its changes (``change_watches.py``). Where neither is possible, those who wait look often.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, TypeVar

from stormpath import forks
from stormpath.server.domain.storage import StorageError
from stormpath.server.storage.change_watches import ChangeWatch, watch_of
from stormpath.server.storage.database import Database

T = TypeVar("T")

#: Seconds after which one who waits looks anyway: while signals of other processes come, and while none do.
RARELY: Final = 2.0
OFTEN: Final = 0.25


class Signals:
    """The signals of one database (``stormpath.server.domain.agent_logins.Signals``).

    Nothing is started, and no connection is opened, before the first one waits.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, set[threading.Event]] = {}
        self._watch: ChangeWatch | None = None
        self._is_closed = False

    def wait(self, channel: str, seconds: float, is_there: Callable[[], T | None]) -> T | None:
        deadline = time.monotonic() + seconds
        with self._event_of(channel) as (event, watch):
            while True:
                # Before looking: a signal that comes meanwhile is not lost.
                event.clear()
                if (found := is_there()) is not None:
                    return found
                rest = deadline - time.monotonic()
                if rest <= 0 or self._is_closed:
                    return None
                event.wait(min(rest, RARELY if watch.hears_others else OFTEN))

    def send(self, channel: str) -> None:
        self._wake(channel)
        with self._lock:
            watch = self._watch_of_all()
        # It was written already; others look by themselves after a while.
        with suppress(StorageError):
            watch.tell_others(channel)

    def close(self) -> None:
        """End all waits, and what watches for changes."""
        with self._lock:
            self._is_closed = True
            watch, self._watch = self._watch, None
        self._wake_all()
        if watch is not None:
            watch.stop()

    @contextmanager
    def _event_of(self, channel: str) -> Iterator[tuple[threading.Event, ChangeWatch]]:
        event = threading.Event()
        with self._lock:
            self._waiting.setdefault(channel, set()).add(event)
            watch = self._watch_of_all()
        watch.begin()
        try:
            yield event, watch
        finally:
            watch.end()
            with self._lock:
                events = self._waiting[channel]
                events.discard(event)
                if not events:
                    del self._waiting[channel]

    def _watch_of_all(self) -> ChangeWatch:
        if self._watch is None:
            self._watch = watch_of(self._database, self._wake, self._wake_all)
        return self._watch

    def _wake(self, channel: str) -> None:
        with self._lock:
            for each in self._waiting.get(channel, ()):
                each.set()

    def _wake_all(self) -> None:
        with self._lock:
            for events in self._waiting.values():
                for each in events:
                    each.set()
