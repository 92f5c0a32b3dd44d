"""Whether a database can hold the data: found when it is opened, and not when the first name does not fit."""

from __future__ import annotations

import sqlite3
from typing import Final

import sqlalchemy as sa

from stormpath.server.storage.database import Database

_FIRST_WITH_TRIGRAMS: Final = (3, 34, 0)
_FTS5: Final = "SELECT 1 FROM pragma_module_list WHERE name = 'fts5'"

_POSTGRESQL: Final = """
SELECT current_setting('server_encoding'), pg_is_in_recovery(),
    current_setting('transaction_read_only') = 'on',
    EXISTS (SELECT FROM pg_catalog.pg_collation WHERE collname = 'und-x-icu')
"""


def refuse_unsuitable(connection: sa.Connection, database: Database) -> None:
    """Raise ``CannotOpen`` with the remedy for a database that would lose or refuse data. One statement."""
    find = _problem_of_sqlite if database.dialect == "sqlite" else _problem_of_postgresql
    if (problem := find(connection)) is not None:
        raise database.cannot_open(problem)


def _problem_of_sqlite(connection: sa.Connection) -> str | None:
    if not _has_trigrams(connection):
        return (
            f"SQLite {sqlite3.sqlite_version}, which this Python was built with, has no full-text index of "
            "trigrams (FTS5), by which texts are searched. Use SQLite 3.34 or newer"
        )
    encoding = connection.exec_driver_sql("PRAGMA encoding").scalar_one()
    if encoding == "UTF-8":
        return None
    # It compares and sorts texts by their bytes, and the service by their characters.
    return (
        f"its encoding is {encoding}, and the service needs UTF-8. Copy it: "
        "sqlite3 old.db .dump | sqlite3 new.db"
    )


def _has_trigrams(connection: sa.Connection) -> bool:
    if sqlite3.sqlite_version_info < _FIRST_WITH_TRIGRAMS:
        return False
    return connection.exec_driver_sql(_FTS5).first() is not None


def _problem_of_postgresql(connection: sa.Connection) -> str | None:
    encoding, is_standby, is_read_only, has_icu = connection.exec_driver_sql(_POSTGRESQL).one()
    if encoding != "UTF8":
        return (
            f"its encoding is {encoding}, which cannot hold all texts. Create one with "
            "CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0, and restore a dump of this one into "
            "it, if it has data"
        )
    if is_standby:
        return (
            "the server is a standby, which takes no changes. Name the primary, or name all servers and add "
            "target_session_attrs=read-write to the URL"
        )
    if is_read_only:
        return (
            "it takes no changes, because default_transaction_read_only is on for this server, database, "
            "role or URL"
        )
    if not has_icu:
        return (
            "this PostgreSQL has no collation und-x-icu, by which custom data is searched. Use one that was "
            "built with ICU, as all common packages are"
        )
    return None
