"""Whose a resource is: for what can be read without saying who one is."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa

from stormpath.server.storage.database import Database
from stormpath.server.storage.errors import translate


class TokenPlace(NamedTuple):
    """Where a token belongs: to a tenant, and to the application it came through, if it did."""

    tenant_id: str
    application_id: str | None


def tenant_of(database: Database, resource: str, id: str) -> str | None:
    """Return the id of the tenant that a resource belongs to, or ``None``. Looks across tenants."""
    table = database.tables.of[resource]
    found = _one(database, sa.select(table.c.tenant_id).where(table.c.id == id))
    return None if found is None else found.tenant_id


def place_of_token(database: Database, purpose: str, digest: str) -> TokenPlace | None:
    """Return where a token belongs, or ``None``; whether it is still good does not matter here."""
    table = database.tables.workflow_tokens
    columns = (table.c.tenant_id, table.c.application_id)
    found = _one(database, sa.select(*columns).where(table.c.purpose == purpose, table.c.digest == digest))
    return None if found is None else TokenPlace(found.tenant_id, found.application_id)


def _one(database: Database, statement: sa.Select[Any]) -> sa.Row[Any] | None:
    try:
        with database.engine.connect() as connection:
            return connection.execute(statement).one_or_none()
    except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
        raise translate(error) from error
