"""Whether a database can be read and written, for those who ask all the time."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from stormpath.server.domain.storage import Busy, StorageError, Unavailable
from stormpath.server.storage.errors import ERRORS, translate

if TYPE_CHECKING:
    from stormpath.server.storage.database import Database

#: The longest a check takes, and the oldest an answer is, in seconds.
LONGEST: Final = 2.0
OLDEST: Final = 1.0

#: How long a check waits for a connection, a lock or an answer; opening a connection may come before it.
_PATIENCE: Final = 0.8

_PROBE: Final = "health_probe"


class Health:
    """Checks a database, once a second at most, however often and by however many threads it is asked.

    A check reads and writes one row. On SQLite it opens the file anew, so that nothing in memory hides what
    has become of it. The row is committed: only then does SQLite write it, and finds a full disk. The commit
    does not wait for the disk. A lock that another writer holds says nothing about the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engine: sa.Engine | None = None
        self._checking = threading.Lock()
        self._checked_at = -OLDEST
        self._error: StorageError | None = None

    def check(self) -> None:
        """Raise the storage error that a request would meet, if it would."""
        if not self._checking.acquire(timeout=LONGEST):
            raise Unavailable("The database does not answer")
        try:
            if time.monotonic() - self._checked_at >= OLDEST:
                self._error = self._find_error()
                self._checked_at = time.monotonic()
            error = self._error
        finally:
            self._checking.release()
        if error is not None:
            # A new one: a raised error collects the stack of each thread that raises it.
            raise Unavailable(str(error))

    def close(self) -> None:
        """Close its connection."""
        if self._engine is not None:
            self._engine.dispose()

    def _find_error(self) -> StorageError | None:
        database = self._database
        if database.in_memory:
            return None
        try:
            if database.file is not None:
                database.file.check()
            if self._engine is None:
                self._engine = database.new_health_engine(_PATIENCE)
            with self._engine.connect() as connection:
                self._read_and_write(connection)
        except Busy:
            return None
        except StorageError as error:
            return error
        except ERRORS as error:
            found = translate(error)
            return None if isinstance(found, Busy) else found
        return None

    def _read_and_write(self, connection: sa.Connection) -> None:
        state = self._database.tables.service_state
        connection.execute(sa.select(state.c.value)).all()
        changed = connection.execute(
            state.update().where(state.c.name == _PROBE).values(value=str(time.time_ns()))
        )
        if not changed.rowcount:
            connection.execute(state.insert(), [{"name": _PROBE, "value": "0"}])
