"""Sort orders, and the rows after a cursor, as SQL expressions that an index can answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from stormpath.server.schema.query import Cursor


@dataclass(frozen=True, slots=True)
class SortKey:
    """A value by which rows are ordered. Nulls come last in ascending order and first in descending order."""

    value: sa.ColumnElement[Any]
    descending: bool
    nullable: bool

    def with_value(self, value: sa.ColumnElement[Any]) -> SortKey:
        """Return the same key for a value that a subquery has computed already."""
        return SortKey(value, self.descending, self.nullable)

    @property
    def order(self) -> sa.ColumnElement[Any]:
        """The expression to order by."""
        if not self.nullable:
            # NULLS LAST where there are none would keep SQLite from using an index.
            return self.value.desc() if self.descending else self.value.asc()
        return self.value.desc().nulls_first() if self.descending else self.value.asc().nulls_last()

    def after(self, bound: sa.ColumnElement[Any] | None) -> sa.ColumnElement[bool]:
        """Return the condition that a row's value comes after this one (``None`` for null)."""
        if self.descending:
            return self.value.is_not(None) if bound is None else self.value < bound
        if bound is None:
            return sa.false()
        return sa.or_(self.value > bound, self.value.is_(None)) if self.nullable else self.value > bound

    def equals(self, bound: sa.ColumnElement[Any] | None) -> sa.ColumnElement[bool]:
        """Return the condition that a row has this value (``None`` for null)."""
        return self.value.is_(None) if bound is None else self.value == bound


def after(keys: Sequence[SortKey], id: sa.ColumnElement[str], cursor: Cursor) -> sa.ColumnElement[bool]:
    """Return the condition that a row is after the cursor: a later key, or equal keys and a later id."""
    # Bound by hand: SQLAlchemy does not compare with a plain True or False.
    bounds = [
        None if value is None else sa.literal(value, key.value.type)
        for key, value in zip(keys, cursor.after, strict=True)
    ]
    if not any(key.nullable or key.descending for key in keys):
        return _row_comparison([*(key.value for key in keys), id], [*bounds, sa.literal(cursor.id, id.type)])
    later: list[sa.ColumnElement[bool]] = []
    equal: list[sa.ColumnElement[bool]] = []
    for key, bound in zip(keys, bounds, strict=True):
        later.append(sa.and_(*equal, key.after(bound)))
        equal.append(key.equals(bound))
    later.append(sa.and_(*equal, id > cursor.id))
    # No index can start in the middle of an OR. It can start at the first key's bound, which the OR implies.
    first = sa.or_(keys[0].after(bounds[0]), keys[0].equals(bounds[0]))
    if keys[0].descending and not keys[0].nullable and bounds[0] is not None:
        first = keys[0].value <= bounds[0]
    return sa.and_(first, sa.or_(*later))


def _row_comparison(values: list[sa.ColumnElement[Any]], bounds: list[Any]) -> sa.ColumnElement[bool]:
    """Compare the values with the bounds as rows: an index on them starts right there."""
    row, bound = (values[0], bounds[0]) if len(values) == 1 else (sa.tuple_(*values), sa.tuple_(*bounds))
    later: sa.ColumnElement[bool] = row > bound
    return later
