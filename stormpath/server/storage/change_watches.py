"""How a process hears of what others have written, one way for each database."""

from __future__ import annotations

import os
import secrets
import select
import threading
import time
from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.storage import StorageError
from stormpath.server.logs.loggers import get_logger
from stormpath.server.storage.database import Database
from stormpath.server.storage.kept_connections import KeptConnections

_log = get_logger(__name__)

#: A watch keeps a connection of the pool: of a smaller one it takes none.
_LEAST_CONNECTIONS: Final = 4

#: Seconds between two looks at the number of changes of a SQLite file, while anyone waits. Those who wait are
#: woken once in as many times this as they are: what they read then takes a small part of a core.
_LOOK_EVERY: Final = 0.005

#: The channel of all notifications of PostgreSQL; and the longest payload, which has 8,000 bytes at most.
_CHANNEL: Final = "stormpath"

#: Seconds before another connection is tried after one has failed.
_PAUSE: Final = 1.0


class ChangeWatch:
    """Hears nothing of other processes. It is enough for a database that one process has for itself."""

    #: Whether signals of other processes come, or there are none.
    hears_others = True

    def begin(self) -> None:
        """Note that one more waits."""

    def end(self) -> None:
        """Note that it does not wait any more."""

    def tell_others(self, channel: str) -> None:
        """Send a signal to other processes."""

    def stop(self) -> None:
        """End what was started."""


class _Deaf(ChangeWatch):
    """Those who wait look often: there is no connection to spare."""

    hears_others = False


def watch_of(database: Database, wake: Callable[[str], None], wake_all: Callable[[], None]) -> ChangeWatch:
    """Return the watch for a database, which wakes those who wait at one channel, or at all."""
    if database.in_memory:
        return ChangeWatch()
    pool = database.engine.pool
    has_few = isinstance(pool, sa.QueuePool) and pool.size() < _LEAST_CONNECTIONS
    if database.dialect == "sqlite":
        return _Deaf() if has_few else _SqliteWatch(database, wake_all)
    return _PostgresqlWatch(database, wake, wake_all, listens=not has_few)


class _SqliteWatch(ChangeWatch):
    """Looks at the number of changes of the file, while anyone waits, in a thread of its own.

    The number says that something was written, by whichever process, and not what.
    """

    def __init__(self, database: Database, wake_all: Callable[[], None]) -> None:
        self._wake_all = wake_all
        # Kept: the number counts from the connection's beginning. A fork closes it.
        self._connections = KeptConnections(database.engine, _PAUSE)
        self._errors = database.errors
        self._changed = threading.Condition(threading.Lock())
        self._waiting = 0
        self._is_stopped = False
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        with self._changed:
            self._waiting += 1
            if self._thread is None and not self._is_stopped:
                self._thread = threading.Thread(target=self._look, name="stormpath-changes", daemon=True)
                self._thread.start()
            self._changed.notify()

    def end(self) -> None:
        with self._changed:
            self._waiting -= 1

    def stop(self) -> None:
        with self._changed:
            self._is_stopped = True
            self._changed.notify()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(_PAUSE)
        self._connections.close()

    def _look(self) -> None:
        seen: object = None
        awake_again = 0.0
        while self._is_needed():
            now = time.monotonic()
            if now >= awake_again and (found := self._number()) != seen:
                seen = found
                awake_again = now + _LOOK_EVERY * self._waiting
                self._wake_all()
            time.sleep(_LOOK_EVERY)

    def _is_needed(self) -> bool:
        with self._changed:
            if not self._waiting and not self._is_stopped:
                # Idle connections are the pool's: no one looks.
                self._connections.close()
            while not self._waiting and not self._is_stopped:
                self._changed.wait()
            return not self._is_stopped

    def _number(self) -> object:
        """Return what changes with each commit of another connection, and with the connection."""
        try:
            pooled = self._connections.take()
            try:
                driver: Any = pooled.driver_connection
                number = driver.execute("PRAGMA data_version").fetchone()[0]
            except BaseException:
                pooled.invalidate()
                pooled.close()
                raise
            self._connections.keep(pooled)
        except (*self._errors, StorageError):
            time.sleep(_PAUSE)
            # Those who wait look by themselves, and meet the error.
            return object()
        return id(driver), number


class _PostgresqlWatch(ChangeWatch):
    """Listens to notifications in a thread, on a connection that it keeps.

    A pooler such as PgBouncer, which gives each transaction another session, passes none on: then those who
    wait look often.
    """

    hears_others = False

    def __init__(
        self,
        database: Database,
        wake: Callable[[str], None],
        wake_all: Callable[[], None],
        *,
        listens: bool,
    ) -> None:
        self._database = database
        self._wake = wake
        self._wake_all = wake_all
        # This process has woken its own already.
        self._own = secrets.token_hex(8)
        self._lock = threading.Lock()
        self._listens = listens
        self._thread: threading.Thread | None = None
        # A pipe: the thread waits for its end, or for a notification.
        self._stopping: tuple[int, int] | None = None

    def begin(self) -> None:
        with self._lock:
            if self._thread is None and self._listens:
                self._stopping = end, _ = os.pipe()
                self._thread = threading.Thread(
                    target=self._serve, args=(end,), name="stormpath-listener", daemon=True
                )
                self._thread.start()

    def tell_others(self, channel: str) -> None:
        payload = f"{self._own} {channel}"
        self._database.write_without_wait(
            lambda driver: driver.execute("SELECT pg_notify(%s, %s)", (_CHANNEL, payload))
        )

    def stop(self) -> None:
        with self._lock:
            self._listens = False
            thread, stopping, self._stopping = self._thread, self._stopping, None
        if thread is None or stopping is None:
            return
        os.write(stopping[1], b"\0")
        if thread is not threading.current_thread():
            thread.join(_PAUSE)
        if not thread.is_alive():
            for each in stopping:
                os.close(each)

    def _serve(self, end: int) -> None:
        while True:
            try:
                self._listen(end)
            except (*self._database.errors, StorageError, OSError) as error:
                _log.warning("Notifications of the database do not come: %s", type(error).__name__)
            finally:
                self.hears_others = False
                self._wake_all()
            if not self._listens:
                return
            _wait_for(end, seconds=_PAUSE)

    def _listen(self, end: int) -> None:
        pooled = self._database.engine.raw_connection()
        try:
            driver: Any = pooled.driver_connection
            if not driver.has_session:
                self._listens = False
                return
            driver.execute(f"LISTEN {_CHANNEL}")
            # What was sent before is found by those who look now.
            self.hears_others = True
            self._wake_all()
            while self._listens:
                self._hear(driver.pgconn)
                _wait_for(driver.pgconn.socket, end)
                driver.pgconn.consume_input()
        finally:
            # The session listens: it must not be another one's.
            pooled.invalidate()
            pooled.close()

    def _hear(self, pgconn: Any) -> None:
        while (found := pgconn.notifies()) is not None:
            sender, _, channel = found.extra.decode().partition(" ")
            if sender != self._own:
                self._wake(channel)


def _wait_for(*readable: int, seconds: float | None = None) -> None:
    # Not select(): a server has more than a thousand files open.
    poll = select.poll()
    for each in readable:
        poll.register(each, select.POLLIN)
    poll.poll(None if seconds is None else seconds * 1000)
