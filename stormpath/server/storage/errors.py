"""The translation of drivers' errors to the errors of the storage contract, in this one place."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy.exc

from stormpath.server.domain.storage import (
    Busy,
    DamagedRow,
    MissingReference,
    NotUnique,
    StorageError,
    TimedOut,
    Unavailable,
)
from stormpath.server.storage.damage import undecodable_column

# SQLite names the columns of the index, PostgreSQL the index itself.
_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (?P<columns>.+)")


# Errors whose message is about the whole file.
_ABOUT_THE_FILE: Final = (
    "SQLITE_CANTOPEN",
    "SQLITE_CORRUPT",
    "SQLITE_FULL",
    "SQLITE_IOERR",
    "SQLITE_NOTADB",
    "SQLITE_PERM",
    "SQLITE_READONLY",
)

#: SQLAlchemy's errors that come from the database or the connection to it. Others are mistakes of ours.
ERRORS: Final = (
    sqlalchemy.exc.DBAPIError,
    sqlalchemy.exc.TimeoutError,
    # The connection broke, and was used further.
    sqlalchemy.exc.PendingRollbackError,
    sqlalchemy.exc.ResourceClosedError,
)


class OwnError(sqlite3.OperationalError):
    """An error that this package raises in place of SQLite: its message holds no values of rows."""


@contextmanager
def translated(driver: Any = None) -> Iterator[None]:
    """Raise storage errors instead of the driver's, where a rule may want to answer one.

    SQLAlchemy does not wrap the errors of prepared statements: for these, give the ``driver`` (its module).
    """
    errors = ERRORS if driver is None else (*ERRORS, driver.Error)
    try:
        yield
    except errors as error:
        raise translate(error) from error


def translate(error: Exception) -> StorageError:
    """Return the storage error for a driver's own, or for SQLAlchemy's around it."""
    if isinstance(error, sqlalchemy.exc.TimeoutError):
        return Busy("All connections to the database are in use.")
    original: Any = error.orig if isinstance(error, sqlalchemy.exc.DBAPIError) else error
    if isinstance(original, sqlalchemy.exc.SQLAlchemyError):
        return Unavailable(f"SQLAlchemy: {type(original).__name__}")
    if isinstance(original, OwnError):
        return Unavailable(str(original))
    if isinstance(original, sqlite3.Error):
        return _from_sqlite(original)
    return _from_postgresql(original)


def _from_sqlite(error: sqlite3.Error) -> StorageError:
    name = getattr(error, "sqlite_errorname", "")
    if found := _SQLITE_UNIQUE.match(str(error)):
        last = found["columns"].split(", ")[-1].partition(".")[2]
        return NotUnique(last.removesuffix("_key"))
    if name == "SQLITE_CONSTRAINT_FOREIGNKEY":
        return MissingReference(str(error))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Busy("The database is locked by another writer.")
    if name == "SQLITE_INTERRUPT":
        return TimedOut("A statement took too long, and was stopped.")
    if (column := undecodable_column(error)) is not None:
        return DamagedRow("?", "?", f"the column {column} is not UTF-8")
    # Other messages may hold values of rows.
    reason = str(error) if name.startswith(_ABOUT_THE_FILE) else type(error).__name__
    return Unavailable(f"{name or 'SQLite'}: {reason}")


def _from_postgresql(error: Any) -> StorageError:
    state = getattr(error, "sqlstate", None) or ""
    if state == "23505":
        index, table = error.diag.constraint_name or "", error.diag.table_name or ""
        return NotUnique(index.removeprefix(f"uq_{table}_"))
    if state == "23503":
        return MissingReference("The row it refers to has been deleted.")
    if state == "57014":
        return TimedOut("A statement took too long, and was stopped.")
    if state in ("40001", "40P01", "55P03"):
        return Busy("Another transaction holds what this one needs.")
    return Unavailable(f"PostgreSQL: {type(error).__name__} {state}".rstrip())
