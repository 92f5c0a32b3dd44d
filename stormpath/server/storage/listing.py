"""Reading one page of a collection."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from stormpath.server.query import (
    AnyContains,
    Between,
    Cursor,
    CustomBetween,
    CustomMatch,
    Filter,
    Match,
    Order,
    Page,
    Query,
)
from stormpath.server.storage import custom_search, scopes
from stormpath.server.storage.conditions import between, text_condition
from stormpath.server.storage.tables import Tables


class Listing:
    """The SQL of one collection under one query."""

    def __init__(
        self,
        tables: Tables,
        dialect: str,
        owner: str,
        owner_id: str,
        collection: str,
        item: str,
        query: Query,
    ) -> None:
        self.tables = tables
        self.dialect = dialect
        self.item = item
        self.query = query
        self.table = tables.of[item]
        self.where = [
            scopes.condition(tables, owner, collection, item, owner_id),
            *(self._filter(each) for each in query.filters),
        ]
        self.keys = [(self._sort_column(each), each.descending) for each in query.order]

    def read(self, connection: sa.Connection) -> Page:
        """Return the page. The total is counted only where the rows at hand do not already tell it."""
        query = self.query
        # One row more than asked tells whether a next page exists.
        found = connection.execute(self._rows(query.limit + 1)).mappings().all()
        rows = [dict(each) for each in found[: query.limit]]
        more = len(found) > query.limit
        offset = query.cursor.offset if query.cursor else query.offset
        size = self._size(connection, offset, len(rows), more)
        sort_values: tuple[Any, ...] = ()
        for row in rows:
            sort_values = tuple(row.pop(f"sort_{index}") for index in range(len(self.keys)))
        page = Page(rows, size, offset, query.limit)
        if more and self._has_cursor():
            page.next = Cursor(sort_values, rows[-1]["id"], offset + len(rows), size)
        return page

    def _size(self, connection: sa.Connection, offset: int, returned: int, more: bool) -> int:
        if self.query.cursor is not None:
            return self.query.cursor.size
        if not more and (returned or offset == 0):
            return offset + returned
        counted = sa.select(sa.func.count()).select_from(self.table).where(*self.where)
        return int(connection.execute(counted).scalar_one())

    def _has_cursor(self) -> bool:
        return not any(each.custom_path for each in self.query.order)

    def _rows(self, limit: int) -> sa.Select[Any]:
        sorts = [column.label(f"sort_{index}") for index, (column, _) in enumerate(self.keys)]
        statement = sa.select(*self.tables.columns(self.item), *sorts).where(*self.where)
        if self.query.cursor is not None:
            statement = statement.where(self._after(self.query.cursor))
        order = [
            column.desc().nulls_first() if descending else column.asc().nulls_last()
            for column, descending in self.keys
        ]
        statement = statement.order_by(*order, self.table.c.id).limit(limit)
        return (
            statement if self.query.cursor or not self.query.offset else statement.offset(self.query.offset)
        )

    def _after(self, cursor: Cursor) -> sa.ColumnElement[bool]:
        """Return what holds after the cursor: a later key, or equal keys and a later id."""
        later: list[sa.ColumnElement[bool]] = []
        equal: list[sa.ColumnElement[bool]] = []
        for (column, descending), value in zip(self.keys, cursor.after, strict=True):
            # Bound by hand: SQLAlchemy does not compare with a plain True or False.
            bound = None if value is None else sa.literal(value, column.type)
            later.append(sa.and_(*equal, _sorts_after(column, bound, descending)))
            equal.append(column.is_(None) if bound is None else column == bound)
        later.append(sa.and_(*equal, self.table.c.id > cursor.id))
        return sa.or_(*later)

    def _sort_column(self, order: Order) -> sa.ColumnElement[Any]:
        if order.custom_path:
            documents = self.tables.custom_data[self.item]
            return custom_search.sort_key(self.dialect, documents, self.table.c.id, order.custom_path)
        return self.table.c[order.column]

    def _filter(self, wanted: Filter) -> sa.ColumnElement[bool]:
        match wanted:
            case Match():
                return text_condition(self.table.c[wanted.column], wanted.kind, wanted.value)
            case AnyContains():
                texts = (self.table.c[each] for each in wanted.columns)
                return sa.or_(*(text_condition(each, "contains", wanted.value) for each in texts))
            case Between():
                return between(self.table.c[wanted.column], wanted)
            case CustomMatch() | CustomBetween():
                documents = self.tables.custom_data[self.item]
                return custom_search.matches(self.dialect, documents, self.table.c.id, wanted)


def _sorts_after(
    column: sa.ColumnElement[Any], value: sa.ColumnElement[Any] | None, descending: bool
) -> sa.ColumnElement[bool]:
    # Nulls come last in ascending order and first in descending order.
    if descending:
        return column.is_not(None) if value is None else column < value
    return sa.false() if value is None else sa.or_(column > value, column.is_(None))
