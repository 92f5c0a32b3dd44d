"""Statements of the hot path, compiled once and passed to the driver directly.

SQLAlchemy's own execution of a small query costs several times what the database needs for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from stormpath.server.storage.repeated_reads import ReadingConnection, is_lost

ResultProcessor = Callable[[Any], Any]


class Prepared:
    """A query for one row at most. Its parameters are the statement's bound names."""

    def __init__(self, statement: sa.Select[Any], dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._sql = str(compiled)
        self._constants: Mapping[str, Any] = compiled.params
        # Only a driver with positional parameters has these.
        self._positions: Sequence[str] | None = getattr(compiled, "positiontup", None)
        columns = list(statement.selected_columns)
        self._names = [str(each.key) for each in columns]
        self._processors = _processors(self._names, columns, dialect)

    def one(self, connection: sa.Connection, **given: Any) -> dict[str, Any] | None:
        """Return the row by column name, or ``None``. Raises the driver's own errors."""
        parameters: Any = {**self._constants, **given}
        if self._positions is not None:
            parameters = [parameters[each] for each in self._positions]
        try:
            found = _driver(connection).execute(self._sql, parameters).fetchone()
        except Exception as error:
            if not (isinstance(connection, ReadingConnection) and is_lost(error)):
                raise
            connection.replace()
            found = _driver(connection).execute(self._sql, parameters).fetchone()
        if found is None:
            return None
        row = dict(zip(self._names, found, strict=True))
        for name, process in self._processors:
            row[name] = process(row[name])
        return row


class PreparedChange:
    """A change of one row. Its values are those of the bound names, of the types that the driver takes."""

    def __init__(self, statement: sa.Insert | sa.Delete, dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._sql = str(compiled)
        self._positions: Sequence[str] | None = getattr(compiled, "positiontup", None)

    def execute(self, connection: sa.Connection, **values: Any) -> int:
        """Return how many rows were changed. Raises the driver's own errors."""
        given: Any = tuple(values[each] for each in self._positions) if self._positions else values
        changed: int = _driver(connection).execute(self._sql, given).rowcount
        return changed


def _driver(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection


def _processors(
    names: Sequence[str], columns: Sequence[sa.ColumnElement[Any]], dialect: sa.Dialect
) -> list[tuple[str, ResultProcessor]]:
    """Return SQLAlchemy's conversions of the driver's values, for the columns that have one."""
    found: list[tuple[str, ResultProcessor]] = []
    for name, column in zip(names, columns, strict=True):
        process = column.type.dialect_impl(dialect).result_processor(dialect, None)
        if process is not None:
            found.append((name, process))
    return found
