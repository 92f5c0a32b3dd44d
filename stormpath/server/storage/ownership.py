"""Whose a resource is: for what can be read without saying who one is."""

from __future__ import annotations

import sqlalchemy as sa

from stormpath.server.storage.database import Database
from stormpath.server.storage.errors import translate


def tenant_of(database: Database, resource: str, id: str) -> str | None:
    """Return the id of the tenant that a resource belongs to, or ``None``. Looks across tenants."""
    table = database.tables.of[resource]
    statement = sa.select(table.c.tenant_id).where(table.c.id == id)
    try:
        with database.engine.connect() as connection:
            found: str | None = connection.execute(statement).scalar_one_or_none()
            return found
    except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
        raise translate(error) from error
