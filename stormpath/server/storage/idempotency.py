"""What requests with an idempotency key have created, until the keys expire."""

from __future__ import annotations

from itertools import count
from typing import Final

import sqlalchemy as sa

from stormpath.server.domain.storage import (
    Creation,
    Repeated,
)
from stormpath.server.storage.tables import Tables

#: Expired keys are removed by one creation in so many.
FORGET_EVERY: Final = 1000

_remembered: Final = count(1)

# Both databases spell it so. What is there and has not expired is left as it is, and no row is counted.
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


def remember(connection: sa.Connection, tables: Tables, tenant_id: str, creation: Creation, now: int) -> None:
    """Keep what a key has made. Raises :class:`Repeated` when another request with the key was quicker."""
    if next(_remembered) % FORGET_EVERY == 0:
        forget_expired(connection, tables, now)
    values = {name: getattr(creation, name) for name in Creation.__dataclass_fields__}
    if connection.execute(_REMEMBER, {"tenant_id": tenant_id, "now": now, **values}).rowcount == 0:
        raise Repeated("Another request with this idempotency key is being answered.")


def find(connection: sa.Connection, tables: Tables, tenant_id: str, key: str, now: int) -> Creation | None:
    table = tables.idempotency_keys
    columns = (table.c[name] for name in Creation.__dataclass_fields__)
    statement = sa.select(*columns).where(
        table.c.tenant_id == tenant_id, table.c.key == key, table.c.expires_at > now
    )
    found = connection.execute(statement).one_or_none()
    return None if found is None else Creation(*found)


def forget_expired(connection: sa.Connection, tables: Tables, now: int) -> None:
    """Remove the keys, of all tenants, whose time is over."""
    table = tables.idempotency_keys
    key = (table.c.tenant_id, table.c.key)
    # Rows that another transaction holds are left to it: nobody waits for a clean-up.
    expired = sa.select(*key).where(table.c.expires_at <= now).with_for_update(skip_locked=True)
    connection.execute(table.delete().where(sa.tuple_(*key).in_(expired)))
