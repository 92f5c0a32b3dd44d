"""The tenant that a resource or a token belongs to, for requests that no API key comes with."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from stormpath.server.storage.database import Database


class TokenOwner(NamedTuple):
    """The tenant of a token, and the application it came through, if it did."""

    tenant_id: str
    application_id: str | None


def tenant_of(database: Database, resource: str, id: str) -> str | None:
    """Return the id of the tenant that a resource belongs to, or ``None``. Reads the rows of all tenants."""
    table = database.tables.of[resource]
    found = _one(database, sa.select(table.c.tenant_id).where(table.c.id == id))
    return None if found is None else found.tenant_id


def tenant_named(database: Database, folded_key: str) -> str | None:
    """Return the id of the tenant with that key, or ``None``."""
    tenants = database.tables.of["tenant"]
    found = _one(database, sa.select(tenants.c.id).where(tenants.c.key_key == folded_key))
    return None if found is None else str(found.id)


def owner_of_token(database: Database, purpose: str, digest: str) -> TokenOwner | None:
    """Return the owner of a token, or ``None``; also of a token that is spent or has expired."""
    table = database.tables.workflow_tokens
    columns = (table.c.tenant_id, table.c.application_id)
    found = _one(database, sa.select(*columns).where(table.c.purpose == purpose, table.c.digest == digest))
    return None if found is None else TokenOwner(found.tenant_id, found.application_id)


def _one(database: Database, statement: sa.Select[Any]) -> sa.Row[Any] | None:
    with database.connect() as connection:
        return connection.execute(statement).one_or_none()
