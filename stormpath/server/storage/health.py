"""Whether a database can be read and written."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from stormpath.server.domain.storage import Busy, StorageError, Unavailable
from stormpath.server.storage.errors import ERRORS, translate
from stormpath.server.storage.repeated_reads import is_lost

if TYPE_CHECKING:
    from stormpath.server.storage.database import Database

#: How long a check waits for a connection, a lock or an answer; opening a connection may come before it.
_PATIENCE: Final = 0.8

_PROBE: Final = "health_probe"


class Health:
    """Checks a database as requests use it, within two seconds.

    A check reads and writes one row. On SQLite it opens the file anew, so that nothing in memory hides what
    has become of it. The row is committed: only then does SQLite write it, and finds a full disk. The commit
    does not wait for the disk. A lock that another writer holds says nothing about the database.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engine: sa.Engine | None = None

    def check(self) -> None:
        """Raise the storage error that a request would meet, if it would."""
        error = self._find_error()
        if error is not None:
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
            self._try(self._engine)
        except Busy:
            return None
        except StorageError as error:
            return error
        except ERRORS as error:
            found = translate(error)
            return None if isinstance(found, Busy) else found
        return None

    def _try(self, engine: sa.Engine) -> None:
        try:
            with engine.connect() as connection:
                self._read_and_write(connection)
        except sa.exc.DBAPIError as error:
            # The server may have ended it since the last check. To do all of it again does no harm.
            if not is_lost(error):
                raise
            with engine.connect() as connection:
                self._read_and_write(connection)

    def _read_and_write(self, connection: sa.Connection) -> None:
        state = self._database.tables.service_state
        connection.execute(sa.select(state.c.value)).all()
        changed = connection.execute(
            state.update().where(state.c.name == _PROBE).values(value=str(time.time_ns()))
        )
        if not changed.rowcount:
            connection.execute(state.insert(), [{"name": _PROBE, "value": "0"}])
