"""Values that may be used once, such as the nonces of signed requests, until they expire."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from stormpath.server.storage.database import Database
from stormpath.server.storage.errors import translate

#: Expired values are removed by one request in so many.
_REMOVE_EXPIRED_EVERY: Final = 1000


class Nonces:
    """The used values of all tenants (``stormpath.server.domain.api_keys.Nonces``)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.nonces
        self._remembered = 0

    def remember(self, purpose: str, value: str, expires_at: int, now: int) -> bool:
        """Store a value until it expires; tell whether it is new. Times are in milliseconds since 1970."""
        try:
            # Not worth a wait for the disk at each request: after a power failure, what was signed just
            # before it could be sent once more.
            with self._database.async_commit_engine.connect() as connection:
                self._remove_expired(connection, now)
                connection.execute(
                    self._table.insert(), [{"purpose": purpose, "value": value, "expires_at": expires_at}]
                )
        except sa.exc.IntegrityError:
            return False
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            raise translate(error) from error
        return True

    def _remove_expired(self, connection: sa.Connection, now: int) -> None:
        self._remembered += 1
        if self._remembered % _REMOVE_EXPIRED_EVERY == 0:
            connection.execute(self._table.delete().where(self._table.c.expires_at < now))
