"""Idempotency keys, and what the requests that carried them have created, until the keys expire."""

from __future__ import annotations

from itertools import count
from typing import Final

import sqlalchemy as sa

from stormpath.server.domain.idempotency import Creation
from stormpath.server.domain.storage import Repeated
from stormpath.server.storage.tables import Tables
from stormpath.server.storage.tenant_scoped import TenantScoped

#: Expired keys are removed by one creation in so many.
REMOVE_EXPIRED_EVERY: Final = 1000

_remembered: Final = count(1)

# Both databases spell it so. A key that has not expired is left as it is, and the row count is 0.
_REMEMBER: Final = sa.text(
    """
    INSERT INTO idempotency_keys (tenant_id, key, fingerprint, resource, resource_id, expires_at)
    VALUES (:tenant_id, :key, :fingerprint, :resource, :resource_id, :expires_at)
    ON CONFLICT (tenant_id, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, resource = excluded.resource,
        resource_id = excluded.resource_id, expires_at = excluded.expires_at
    WHERE idempotency_keys.expires_at <= :now
    """
)


class IdempotencyKeys(TenantScoped):
    """The idempotency keys of a tenant."""

    def remember(self, creation: Creation, now: int) -> None:
        """Store what a key has created. Raises :class:`Repeated` when another request was first."""
        if next(_remembered) % REMOVE_EXPIRED_EVERY == 0:
            remove_expired(self._connection, self._tables, now)
        values = {name: getattr(creation, name) for name in Creation.__dataclass_fields__}
        parameters = {"tenant_id": self._tenant_id, "now": now, **values}
        if self._connection.execute(_REMEMBER, parameters).rowcount == 0:
            raise Repeated("Another request with this idempotency key is being answered.")

    def find(self, key: str, now: int) -> Creation | None:
        table = self._tables.idempotency_keys
        columns = (table.c[name] for name in Creation.__dataclass_fields__)
        statement = sa.select(*columns).where(
            table.c.tenant_id == self._tenant_id, table.c.key == key, table.c.expires_at > now
        )
        found = self._connection.execute(statement).one_or_none()
        return None if found is None else Creation(*found)


def remove_expired(connection: sa.Connection, tables: Tables, now: int) -> None:
    """Remove the keys, of all tenants, that have expired."""
    table = tables.idempotency_keys
    key = (table.c.tenant_id, table.c.key)
    # Rows that another transaction has locked are left to a later clean-up: this one waits for no lock.
    expired = sa.select(*key).where(table.c.expires_at <= now).with_for_update(skip_locked=True)
    connection.execute(table.delete().where(sa.tuple_(*key).in_(expired)))
