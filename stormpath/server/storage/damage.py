"""Which row is damaged, once reading or using one has failed. No value of a row gets into a message."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.storage import DamagedRow, Row, UnreadableSecret

# SQLite does not check texts, and its driver puts the whole text into the message.
_NOT_UTF8: Final = re.compile(r"Could not decode to UTF-8 column '(?P<column>\w+)'")

_IS_OF: Final[dict[type, Callable[[Any], bool]]] = {
    sa.Text: lambda value: isinstance(value, str),
    sa.BigInteger: lambda value: isinstance(value, int) and abs(value) < 2**53,
    sa.Boolean: lambda value: isinstance(value, bool),
    sa.LargeBinary: lambda value: isinstance(value, bytes),
}


def undecodable_column(error: BaseException) -> str | None:
    """Return the column whose text SQLite's driver could not decode, if that is the error."""
    original = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    found = _NOT_UTF8.match(str(original)) if isinstance(original, sqlite3.OperationalError) else None
    return None if found is None else found["column"]


def unreadable(table: sa.Table, id: str, error: Exception) -> DamagedRow | None:
    """Return what is wrong with a row whose reading failed, or ``None`` for a failure of another kind."""
    if (column := undecodable_column(error)) is not None:
        return DamagedRow(table.name, id, f"the column {column} is not UTF-8")
    if isinstance(error, ValueError | TypeError):
        return DamagedRow(table.name, id, f"a column cannot be decoded ({type(error).__name__})")
    return None


@contextmanager
def reading(table: sa.Table, id: str) -> Iterator[None]:
    """Raise ``DamagedRow`` where the block cannot read the row with that id."""
    try:
        yield
    except Exception as error:
        if (found := unreadable(table, id, error)) is not None:
            # Without its cause, whose message holds the text.
            raise found from None
        raise


def damaged(rows: Iterable[tuple[sa.Table, Row]], error: BaseException) -> DamagedRow | None:
    """Return what is wrong with the first of these rows that is damaged, where using one of them failed."""
    for table, row in rows:
        id = str(row.get("id") or row.get("owner_id"))
        if isinstance(error, UnreadableSecret) and id in error.belongs_to:
            return DamagedRow(table.name, id, "a secret in it cannot be decrypted")
        for column in table.c:
            if column.name in row and not _is_sound(column, row[column.name]):
                return DamagedRow(table.name, id, f"the column {column.name} holds no {column.type}")
    return None


def _is_sound(column: sa.Column[Any], value: Any) -> bool:
    if value is None:
        return bool(column.nullable)
    if column.name == "document":
        return isinstance(value, str) and _is_object(value)
    return all(is_of(value) for kind, is_of in _IS_OF.items() if isinstance(column.type, kind))


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
