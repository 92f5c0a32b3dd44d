"""The condition for rows that have one of many values, by an index that is known to lead to them.

While a first synchronization fills a table, PostgreSQL knows nothing of what is in it, takes a directory for
one row, and reads all of its rows instead of those that are asked for. So the condition itself says how the
rows are found: value by value, each by all columns of the index, and then by their places.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from stormpath.server.storage.column_types import BINARY_TEXT


def among(
    connection: sa.Connection, table: sa.Table, fixed: Mapping[str, str], column: str, values: Collection[str]
) -> sa.ColumnElement[bool]:
    """Return the condition that a row has the ``fixed`` values, and one of the ``values`` in the column."""
    if connection.dialect.name != "postgresql":
        return sa.and_(
            *(table.c[name] == value for name, value in fixed.items()), table.c[column].in_(values)
        )
    # S608: names of our own tables and columns. OFFSET keeps the planner from joining in another way.
    conditions = " AND ".join([f"each.{name} = :fixed_{name}" for name in fixed] + [f"each.{column} = value"])
    found = (
        f"{table.name}.ctid = ANY (ARRAY(SELECT found.place FROM unnest(:values) AS value "  # noqa: S608  # Our names.
        f"CROSS JOIN LATERAL (SELECT each.ctid AS place FROM {table.name} AS each WHERE {conditions} OFFSET 0) "
        "AS found))"
    )
    condition: sa.ColumnElement[bool] = sa.text(found).bindparams(
        sa.bindparam("values", list(values), postgresql.ARRAY(BINARY_TEXT)),
        *(sa.bindparam(f"fixed_{name}", value, BINARY_TEXT) for name, value in fixed.items()),
    )  # type: ignore[assignment]  # A text is a condition where one is asked for.
    return condition
