"""API keys, the memory of nonces, and the few facts the service keeps about itself."""

from __future__ import annotations

import sqlalchemy as sa

from stormpath.server.domain.storage import StoredKey
from stormpath.server.schema import ENABLED
from stormpath.server.storage.database import Database
from stormpath.server.storage.errors import translate


class ApiKeys:
    """What request authentication needs of storage. Unlike a unit of work it looks across tenants."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tables = database.tables
        self._remembered = 0

    def find(self, key_id: str) -> StoredKey | None:
        """Return a key that may call the API, or ``None``."""
        try:
            with self._database.engine.connect() as connection:
                return find(connection, self._database, key_id)
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            raise translate(error) from error

    def remember(self, purpose: str, value: str, expires_at: int, now: int) -> bool:
        """Keep a value that may be used once; tell whether it is new. Times are in milliseconds."""
        table = self._tables.nonces
        try:
            # Not worth a wait for the disk at each request: after a power failure, what was signed just
            # before it could be sent once more.
            with self._database.relaxed.connect() as connection:
                self._forget_expired(connection, now)
                connection.execute(
                    table.insert(), [{"purpose": purpose, "value": value, "expires_at": expires_at}]
                )
        except sa.exc.IntegrityError:
            return False
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            raise translate(error) from error
        return True

    def _forget_expired(self, connection: sa.Connection, now: int) -> None:
        # Now and then, so that it costs one request in many.
        self._remembered += 1
        if self._remembered % 1000 == 0:
            connection.execute(self._tables.nonces.delete().where(self._tables.nonces.c.expires_at < now))


def find(connection: sa.Connection, database: Database, key_id: str) -> StoredKey | None:
    """Return a key that may call the API: enabled, of an enabled account in the administrators' directory."""
    tables = database.tables
    keys, accounts, directories = tables.of["apiKey"], tables.of["account"], tables.of["directory"]
    statement = (
        sa.select(keys.c.id, keys.c.tenant_id, keys.c.account_id, keys.c.secret)
        .join_from(keys, accounts, accounts.c.id == keys.c.account_id)
        .join(directories, directories.c.id == accounts.c.directory_id)
        .where(
            keys.c.id == key_id,
            keys.c.status == ENABLED,
            accounts.c.status == ENABLED,
            directories.c.protected,
        )
    )
    found = connection.execute(statement).one_or_none()
    return None if found is None else StoredKey(*found)


def read_state(connection: sa.Connection, database: Database) -> dict[str, str]:
    """Return the facts the service keeps about itself, by name."""
    table = database.tables.service_state
    return {name: value for name, value in connection.execute(sa.select(table.c.name, table.c.value))}


def write_state(connection: sa.Connection, database: Database, facts: dict[str, str]) -> None:
    """Add facts to those the service keeps about itself, replacing any of the same name."""
    table = database.tables.service_state
    connection.execute(table.delete().where(table.c.name.in_(list(facts))))
    connection.execute(table.insert(), [{"name": name, "value": value} for name, value in facts.items()])
