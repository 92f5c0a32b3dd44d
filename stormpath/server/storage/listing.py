"""Reads one page of a collection."""

from __future__ import annotations

from collections.abc import Sequence
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
    OneOf,
    Order,
    Page,
    Query,
)
from stormpath.server.storage import counts, custom_search, indexed_search
from stormpath.server.storage.column_types import BINARY_TEXT
from stormpath.server.storage.conditions import between, text_condition
from stormpath.server.storage.query_branches import Branch, QueryBranches
from stormpath.server.storage.sorting import SortKey, after
from stormpath.server.storage.sources import ByColumn, GroupMembers, Source, sources
from stormpath.server.storage.tables import Tables


class Listing:
    """One collection, filtered and sorted by one query."""

    def __init__(
        self,
        connection: sa.Connection,
        tables: Tables,
        tenant_id: str,
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
        self.sort_keys = [self._sort_key(each) for each in query.order]
        self.sources = sources(connection, tables, owner, owner_id, collection)
        self.branches = QueryBranches(connection, tables, item, query)
        self.indexed = indexed_search.find(
            connection, tables, tenant_id, item, self.sources, self.branches, query, self.filters
        )

    def read(self) -> Page:
        """Return the page. Its size is queried only where the rows that were read do not show it."""
        if self.indexed is not None and (ids := self.indexed.few()) is not None:
            return self._page_of(ids)
        query = self.query
        # One row more than asked tells whether a next page exists.
        found = self._rows(query.limit + 1)
        more = len(found) > query.limit
        return self._page(found, self._size(self._offset, min(len(found), query.limit), more))

    def _page_of(self, ids: list[str]) -> Page:
        """Return the page of a list that consists of these items."""
        query, size = self.query, len(ids)
        if not query.order:
            # The page's own ids: the database need not read and sort all of them.
            after_cursor = sorted(each for each in ids if query.cursor is None or each > query.cursor.id)
            start = 0 if query.cursor else query.offset
            ids = after_cursor[start : start + query.limit + 1]
        if not ids:
            return Page([], size, self._offset, query.limit)
        of_ids = Branch(self.table, self.table.c.id, (self._is_one_of(ids),))
        statement = self._branch_page(of_ids, self.tables.columns(self.item), ()).limit(query.limit + 1)
        if query.order and not query.cursor and query.offset:
            statement = statement.offset(query.offset)
        return self._page(list(self.connection.execute(statement).mappings()), size)

    def _is_one_of(self, ids: list[str]) -> sa.ColumnElement[bool]:
        if self.dialect == "postgresql":
            # One parameter, and one statement to prepare for any number of ids.
            return self.table.c.id == sa.any_(sa.literal(ids, sa.ARRAY(BINARY_TEXT)))
        return self.table.c.id.in_(ids)

    def _page(self, found: list[sa.RowMapping], size: int) -> Page:
        """Return the page of the rows that were read, of which one more than its limit shows a next page."""
        rows = [dict(each) for each in found[: self.query.limit]]
        sort_values: tuple[Any, ...] = ()
        for row in rows:
            sort_values = tuple(row.pop(each) for each in self._sort_names())
        page = Page(rows, size, self._offset, self.query.limit)
        if len(found) > self.query.limit:
            page.next = Cursor(sort_values, rows[-1]["id"], self._offset + len(rows), size)
        return page

    @property
    def _offset(self) -> int:
        return self.query.cursor.offset if self.query.cursor else self.query.offset

    def contains(self, id: str) -> bool:
        """Tell whether an item is in the collection."""
        conditions = [self.branches.membership(each) for each in self.sources]
        found = sa.select(self.table.c.id).where(self.table.c.id == id, sa.or_(sa.false(), *conditions))
        return self.connection.execute(found).first() is not None

    def _size(self, offset: int, returned: int, more: bool) -> int:
        if self.query.cursor is not None:
            return self.query.cursor.size
        if not more and (returned or offset == 0):
            return offset + returned
        if self.indexed is not None and (size := self.indexed.count()) is not None:
            return size
        if self.filters:
            return self._count_rows(self.sources)
        by_column = [
            each for each in self.sources if isinstance(each, ByColumn) and self._has_kept_total(each)
        ]
        groups = [each for each in self.sources if isinstance(each, GroupMembers) and len(each.groups) == 1]
        rest = [each for each in self.sources if each not in by_column and each not in groups]
        return (
            self._kept_total(self.item, [id for each in by_column for id in each.ids])
            + self._kept_total("groupMembership", [id for each in groups for id in each.groups])
            + self._count_rows(rest)
        )

    def _has_kept_total(self, source: ByColumn) -> bool:
        return (self.item, source.column) in self.tables.counted

    def _kept_total(self, item: str, owner_ids: list[str]) -> int:
        return sum(counts.totals(self.connection, self.tables, item, owner_ids).values()) if owner_ids else 0

    def _count_rows(self, of: list[Source]) -> int:
        """Count the rows themselves: where a query filters, and in sources without a kept total."""
        if not of:
            return 0
        ids = [
            sa.select(each.id).select_from(each.rows).where(*each.where, *self.filters)
            for each in self.branches.to_count(of)
        ]
        statement = sa.select(sa.func.count()).select_from(sa.union_all(*ids).subquery())
        return int(self.connection.execute(statement).scalar_one())

    def _rows(self, limit: int) -> list[sa.RowMapping]:
        branches = self.branches.to_page(self.sources)
        if not branches:
            return []
        offset = 0 if self.query.cursor else self.query.offset
        if len(branches) == 1:
            statement = self._branch_page(branches[0], self.tables.columns(self.item), self.filters).limit(
                self._limit(limit)
            )
        else:
            statement = self._merged_pages(branches, limit, offset)
        return list(self.connection.execute(statement.offset(offset) if offset else statement).mappings())

    def _branch_page(
        self, branch: Branch, columns: list[sa.ColumnElement[Any]], filters: Sequence[sa.ColumnElement[bool]]
    ) -> sa.Select[Any]:
        sorts = (key.value.label(name) for key, name in zip(self.sort_keys, self._sort_names(), strict=True))
        statement = sa.select(*columns, *sorts).select_from(branch.rows).where(*branch.where, *filters)
        if self.query.cursor is not None:
            statement = statement.where(after(self.sort_keys, branch.id, self.query.cursor))
            if not self.sort_keys and branch.id is not self.table.c.id:
                # On both sides of the join: else PostgreSQL may read the other side from its start.
                statement = statement.where(self.table.c.id > self.query.cursor.id)
        return statement.order_by(*(key.order for key in self.sort_keys), branch.id)

    def _merged_pages(self, branches: list[Branch], limit: int, offset: int) -> sa.Select[Any]:
        """Return the page, merged from the first rows of each branch: from none more than a page."""
        pages = [
            self._branch_page(each, [each.id.label("id")], self.filters)
            .limit(self._limit(offset + limit))
            .subquery()
            for each in branches
        ]
        merged = sa.union_all(*(sa.select(each) for each in pages)).subquery("merged")
        sorts = [merged.c[name] for name in self._sort_names()]
        return (
            sa.select(*self.tables.columns(self.item), *sorts)
            .join_from(merged, self.table, self.table.c.id == merged.c.id)
            .order_by(
                *(key.with_value(sort).order for key, sort in zip(self.sort_keys, sorts, strict=True)),
                merged.c.id,
            )
            .limit(self._limit(limit))
        )

    def _limit(self, rows: int) -> sa.ColumnElement[int] | int:
        """Return the limit as a literal: PostgreSQL then reuses a plan instead of planning again.

        With a filter it stays a parameter: the right plan depends on the value that is searched for.
        """
        return rows if self.filters else sa.literal(rows, sa.Integer, literal_execute=True)

    def _sort_names(self) -> list[str]:
        return [f"sort_{index}" for index in range(len(self.sort_keys))]

    def _sort_key(self, order: Order) -> SortKey:
        if order.custom_path:
            documents = self.tables.custom_data[self.item]
            key = custom_search.sort_key(self.dialect, documents, self.table.c.id, order.custom_path)
            return SortKey(key, order.descending, nullable=True)
        column = self.table.c[order.column]
        return SortKey(column, order.descending, nullable=bool(column.nullable))

    def _filter(self, wanted: Filter) -> sa.ColumnElement[bool]:
        match wanted:
            case Match():
                return text_condition(self.table.c[wanted.column], wanted.kind, wanted.value)
            case OneOf():
                return self.table.c[wanted.column].in_(wanted.values)
            case AnyContains():
                return sa.and_(*(self._any_contains(wanted, word) for word in wanted.words))
            case Between():
                return between(self.table.c[wanted.column], wanted)
            case CustomMatch() | CustomBetween():
                documents = self.tables.custom_data[self.item]
                return custom_search.matches(self.dialect, documents, self.table.c.id, wanted)

    def _any_contains(self, wanted: AnyContains, word: str) -> sa.ColumnElement[bool]:
        # A word without a space is in a part of what is joined.
        joined = wanted.joined if len(word.split()) > 1 else ()
        return sa.or_(
            *(text_condition(self.table.c[each], "contains", word) for each in (*wanted.columns, *joined))
        )
