"""The API keys that may call the API, across all tenants."""

from __future__ import annotations

import sqlalchemy as sa

from stormpath.server.domain.api_keys import SEPARATE, StoredKey
from stormpath.server.schema import ENABLED
from stormpath.server.storage.damage import reading
from stormpath.server.storage.database import Database


class ApiKeys:
    """The API keys of all tenants (``stormpath.server.domain.api_keys.ApiKeys``)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key_id: str) -> StoredKey | None:
        """Return a key that may call the API, or ``None``."""
        with self._database.connect() as connection, reading(self._database.tables.of["apiKey"], key_id):
            return find(connection, self._database, key_id)


def find(connection: sa.Connection, database: Database, key_id: str) -> StoredKey | None:
    """Return a key that may call the API: enabled, of an enabled account in the administrators' directory."""
    tables = database.tables
    keys, accounts, directories = tables.of["apiKey"], tables.of["account"], tables.of["directory"]
    tenants = tables.of["tenant"]
    is_separate = sa.and_(
        tenants.c.administrators == SEPARATE, tenants.c.owner_account_id.is_distinct_from(keys.c.account_id)
    )
    statement = (
        sa.select(keys.c.id, keys.c.tenant_id, keys.c.account_id, keys.c.secret, is_separate)
        .join_from(keys, accounts, accounts.c.id == keys.c.account_id)
        .join(directories, directories.c.id == accounts.c.directory_id)
        .join(tenants, tenants.c.id == keys.c.tenant_id)
        .where(
            keys.c.id == key_id,
            keys.c.status == ENABLED,
            accounts.c.status == ENABLED,
            directories.c.protected,
        )
    )
    found = connection.execute(statement).one_or_none()
    return None if found is None else StoredKey(*found)
