"""The few facts that the service keeps about itself, by name."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from stormpath.server.storage.database import Database


def read_state(connection: sa.Connection, database: Database) -> dict[str, str]:
    """Return the facts, by name."""
    table = database.tables.service_state
    return {name: value for name, value in connection.execute(sa.select(table.c.name, table.c.value))}


def write_state(connection: sa.Connection, database: Database, facts: Mapping[str, str]) -> None:
    """Add facts, replacing any of the same name."""
    table = database.tables.service_state
    connection.execute(table.delete().where(table.c.name.in_(list(facts))))
    connection.execute(table.insert(), [{"name": name, "value": value} for name, value in facts.items()])
