"""The ids of deleted resources: two days of them, without any data.

Kinds of resource that can be deleted by a request are remembered, also where one goes with its parent
(``cascades.py``).

**No deletion waits for another one's memory.** A row's key ends with the resource whose deletion it belongs
to, and that resource is locked first. So a directory and one of its accounts, deleted by two requests at
once, never write the same key: they could wait for each other, one with the account and one with the key.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from stormpath.server.domain.deletions import REMEMBERED_MS
from stormpath.server.storage import deadlines
from stormpath.server.storage.tables import Tables
from stormpath.server.storage.tenant_scoped import TenantScoped

#: What a deletion forgets at the least. It forgets twice as many as it adds, so that the table cannot grow.
FORGOTTEN_AT_ONCE: Final = 100


class StoredDeletions(TenantScoped):
    """The deletions of a tenant (``stormpath.server.domain.deletions.Deletions``)."""

    def remember(self, resource: str, id: str, now: int) -> None:
        tables = self._tables
        if resource in tables.large_owners:
            deadlines.allow(self._connection, deadlines.LONG)
        if self._connection.dialect.name == "postgresql":
            table = tables.of[resource]
            # What is being added to it is there, or is refused, before its parts are looked for.
            self._connection.execute(sa.select(table.c.id).where(table.c.id == id).with_for_update())
        values = {"id": id, "tenant_id": self._tenant_id, "now": now}
        added = self._connection.execute(tables.remembering(resource), values).rowcount
        forget(self._connection, tables, now, max(FORGOTTEN_AT_ONCE, 2 * added))

    def include(self, resource: str, id: str) -> bool:
        table = self._tables.deletions
        found = sa.select(table.c.id).where(
            table.c.tenant_id == self._tenant_id, table.c.id == id, table.c.resource == resource
        )
        return self._connection.execute(found.limit(1)).first() is not None


def forget(connection: sa.Connection, tables: Tables, now: int, most: int) -> None:
    """Remove the oldest of the rows, of all tenants, that have been kept for long enough."""
    table = tables.deletions
    key = tuple(table.primary_key)
    # Rows that another transaction has locked are left to a later clean-up: this one waits for no lock.
    old = (
        sa.select(*key)
        .where(table.c.deleted_at <= now - REMEMBERED_MS)
        .order_by(table.c.deleted_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    connection.execute(table.delete().where(sa.tuple_(*key).in_(old)))
