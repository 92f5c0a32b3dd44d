"""Reading one page of a collection."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from stormpath.server.schema.query import (
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
from stormpath.server.storage import counts, custom_search
from stormpath.server.storage.conditions import between, text_condition
from stormpath.server.storage.query_branches import (
    Branch,
    QueryBranches,
)
from stormpath.server.storage.sorting import SortKey, after
from stormpath.server.storage.sources import Members, Owned, Source, sources
from stormpath.server.storage.tables import Tables


class Listing:
    """One collection under one query."""

    def __init__(
        self,
        connection: sa.Connection,
        tables: Tables,
        owner: str,
        owner_id: str,
        collection: str,
        item: str,
        query: Query,
    ) -> None:
        self.connection = connection
        self.tables = tables
        self.dialect = connection.dialect.name
        self.item = item
        self.query = query
        self.table = tables.of[item]
        self.filters = [self._filter(each) for each in query.filters]
        self.keys = [self._sort_key(each) for each in query.order]
        self.sources = sources(connection, tables, owner, owner_id, collection)
        self.arms = QueryBranches(connection, tables, item, query)

    def read(self) -> Page:
        """Return the page. The total is looked up only where the rows at hand do not already tell it."""
        query = self.query
        # One row more than asked tells whether a next page exists.
        found = self._rows(query.limit + 1)
        rows = [dict(each) for each in found[: query.limit]]
        more = len(found) > query.limit
        offset = query.cursor.offset if query.cursor else query.offset
        size = self._size(offset, len(rows), more)
        sort_values: tuple[Any, ...] = ()
        for row in rows:
            sort_values = tuple(row.pop(each) for each in self._sort_names())
        page = Page(rows, size, offset, query.limit)
        if more and self._has_cursor():
            page.next = Cursor(sort_values, rows[-1]["id"], offset + len(rows), size)
        return page

    def has(self, id: str) -> bool:
        """Tell whether an item is in the collection."""
        conditions = [self.arms.belongs(each) for each in self.sources]
        found = sa.select(self.table.c.id).where(self.table.c.id == id, sa.or_(sa.false(), *conditions))
        return self.connection.execute(found).first() is not None

    def _size(self, offset: int, returned: int, more: bool) -> int:
        if self.query.cursor is not None:
            return self.query.cursor.size
        if not more and (returned or offset == 0):
            return offset + returned
        if self.filters:
            return self._counted(self.sources)
        owned = [each for each in self.sources if isinstance(each, Owned) and self._is_counted(each)]
        groups = [each for each in self.sources if isinstance(each, Members) and len(each.groups) == 1]
        rest = [each for each in self.sources if each not in owned and each not in groups]
        return (
            self._known(self.item, [id for each in owned for id in each.ids])
            + self._known("groupMembership", [id for each in groups for id in each.groups])
            + self._counted(rest)
        )

    def _is_counted(self, source: Owned) -> bool:
        return (self.item, source.column) in self.tables.counted

    def _known(self, item: str, owner_ids: list[str]) -> int:
        return sum(counts.totals(self.connection, self.tables, item, owner_ids).values()) if owner_ids else 0

    def _counted(self, of: list[Source]) -> int:
        """Count one by one: what a filter leaves, and what nobody keeps a number of."""
        if not of:
            return 0
        ids = [
            sa.select(each.id).select_from(each.rows).where(*each.where, *self.filters)
            for each in self.arms.to_count(of)
        ]
        statement = sa.select(sa.func.count()).select_from(sa.union_all(*ids).subquery())
        return int(self.connection.execute(statement).scalar_one())

    def _has_cursor(self) -> bool:
        return not any(each.custom_path for each in self.query.order)

    def _rows(self, limit: int) -> list[sa.RowMapping]:
        arms = self.arms.to_page(self.sources)
        if not arms:
            return []
        offset = 0 if self.query.cursor else self.query.offset
        if len(arms) == 1:
            statement = self._page_of(arms[0], self.tables.columns(self.item)).limit(self._limit(limit))
        else:
            statement = self._merged(arms, limit, offset)
        return list(self.connection.execute(statement.offset(offset) if offset else statement).mappings())

    def _page_of(self, arm: Branch, columns: list[sa.ColumnElement[Any]]) -> sa.Select[Any]:
        sorts = (key.value.label(name) for key, name in zip(self.keys, self._sort_names(), strict=True))
        statement = sa.select(*columns, *sorts).select_from(arm.rows).where(*arm.where, *self.filters)
        if self.query.cursor is not None:
            statement = statement.where(after(self.keys, arm.id, self.query.cursor))
            if not self.keys and arm.id is not self.table.c.id:
                # Said of both sides of the join: PostgreSQL may merge them, from their beginnings on.
                statement = statement.where(self.table.c.id > self.query.cursor.id)
        return statement.order_by(*(key.order for key in self.keys), arm.id)

    def _merged(self, arms: list[Branch], limit: int, offset: int) -> sa.Select[Any]:
        """Return the page out of the arms' first rows: of each no more than the page itself can hold."""
        pages = [
            self._page_of(each, [each.id.label("id")]).limit(self._limit(offset + limit)).subquery()
            for each in arms
        ]
        merged = sa.union_all(*(sa.select(each) for each in pages)).subquery("merged")
        sorts = [merged.c[name] for name in self._sort_names()]
        return (
            sa.select(*self.tables.columns(self.item), *sorts)
            .join_from(merged, self.table, self.table.c.id == merged.c.id)
            .order_by(*(key.of(sort).order for key, sort in zip(self.keys, sorts, strict=True)), merged.c.id)
            .limit(self._limit(limit))
        )

    def _limit(self, rows: int) -> sa.ColumnElement[int] | int:
        """Return the number as it is written out: PostgreSQL then keeps a plan instead of making it anew.

        Not beside a filter: there the right plan depends on what is searched for.
        """
        return rows if self.filters else sa.literal(rows, sa.Integer, literal_execute=True)

    def _sort_names(self) -> list[str]:
        return [f"sort_{index}" for index in range(len(self.keys))]

    def _sort_key(self, order: Order) -> SortKey:
        if order.custom_path:
            documents = self.tables.custom_data[self.item]
            text = custom_search.sort_key(self.dialect, documents, self.table.c.id, order.custom_path)
            return SortKey(text, order.descending, nullable=True)
        column = self.table.c[order.column]
        return SortKey(column, order.descending, nullable=bool(column.nullable))

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
