"""The tables of databases in memory: made by the migrations once in a process, and copied from then on.

The migrations take a tenth of a second and a copy takes a millisecond, which a test suite pays for each test.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, cast

import sqlalchemy as sa

from stormpath.server.storage import migrate

if TYPE_CHECKING:
    from stormpath.server.storage.database import Database

# The pages of a database with empty tables. No row of a tenant is ever in it.
_tables: bytes | None = None


def create_in(database: Database) -> None:
    """Create the tables in a new database in memory. Two threads at once may both run the migrations."""
    global _tables
    if _tables is None:
        with database.transaction(is_long=True) as connection:
            migrate.upgrade(connection)
        with database.connect() as connection:
            _tables = _driver_connection(connection).serialize()
        return
    with database.connect() as connection, closing(sqlite3.connect(":memory:")) as source:
        source.deserialize(_tables)
        source.backup(_driver_connection(connection))


def _driver_connection(connection: sa.Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.driver_connection)
