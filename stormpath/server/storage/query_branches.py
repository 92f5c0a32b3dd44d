"""The branches of the statement that reads a collection: each of its sources becomes one or more of them.

The databases would choose a plan by their statistics, which SQLite does not keep and PostgreSQL's planner
does not have for values that are only known at run time. Here the numbers of rows are known
(``storage/counts.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.schema.query import Match, Query
from stormpath.server.storage import counts
from stormpath.server.storage.sources import ByColumn, ByCondition, GroupMembers, Source
from stormpath.server.storage.tables import Tables

#: The most pages that are merged into one; of more owners all items are sorted. SQLite takes a union of 500.
MAX_MERGED: Final = 100

_DIRECTORY: Final = "directory_id"

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a statement: the tables its rows come from, and the column with their ids to sort by."""

    rows: sa.FromClause
    id: sa.ColumnElement[str]
    where: tuple[Condition, ...]


class QueryBranches:
    """Makes the branches for one kind of item and one query."""

    def __init__(self, connection: sa.Connection, tables: Tables, item: str, query: Query) -> None:
        self._connection = connection
        self._tables = tables
        self._table = tables.of[item]
        self._query = query
        self._first = query.order[0].column if query.order else "id"
        sorted_columns = indexed(self._table, _DIRECTORY)
        self._directory_has_order = self._first in sorted_columns
        #: Whether a filter finds few rows, which an index of the directory finds.
        self.is_selective = any(
            isinstance(each, Match) and each.kind in ("equals", "starts") and each.column in sorted_columns
            for each in query.filters
        )

    def to_page(self, sources: Sequence[Source]) -> list[Branch]:
        """Return branches that yield their first rows without a sort, where an index allows it."""
        return [branch for each in sources for branch in self._to_page(each)]

    def to_count(self, sources: Sequence[Source]) -> list[Branch]:
        """Return branches whose rows are all read."""
        return [self._all_rows(each) for each in sources]

    def membership(self, source: Source) -> Condition:
        """Return the condition that an item is in the source, to be checked for one item at a time."""
        match source:
            case ByColumn():
                return _is_one_of(self._table.c[source.column], source.ids)
            case GroupMembers():
                return self._is_member(source.groups)
            case ByCondition():
                return source.condition

    def _to_page(self, source: Source) -> list[Branch]:
        match source:
            case ByColumn() if source.column == "tenant_id" and not self.is_selective:
                return self._branch_per_owner(self._by_directories(source))
            case ByColumn():
                return self._branch_per_owner(source)
            case GroupMembers() if self._prefers_directory_scan(source):
                return [self._scan_directory(source)]
        return [self._all_rows(source)]

    def _all_rows(self, source: Source) -> Branch:
        match source:
            case GroupMembers() if self.is_selective:
                return self._scan_directory(source)
            case GroupMembers():
                return self._join_memberships(source)
            case ByColumn(column="tenant_id") if self.is_selective and _DIRECTORY in self._table.c:
                return self._branch(self._is_of_tenants(source.ids))
        return self._branch(self.membership(source))

    def _by_directories(self, source: ByColumn) -> ByColumn:
        """Return the tenant's directories as the source where only their index has the order of the query."""
        if not self._directory_has_order or self._first in indexed(self._table, source.column):
            return source
        directories = self._tables.of["directory"].c
        found = sa.select(directories.id).where(_is_one_of(directories.tenant_id, source.ids))
        ids = tuple(self._connection.execute(found.limit(MAX_MERGED + 1)).scalars())
        return source if len(ids) > MAX_MERGED else ByColumn(_DIRECTORY, ids)

    def _branch_per_owner(self, source: ByColumn) -> list[Branch]:
        merged = self._first in indexed(self._table, source.column) and not self.is_selective
        if not merged or len(source.ids) > MAX_MERGED:
            return [self._all_rows(source)]
        return [self._branch(self._table.c[source.column] == each) for each in source.ids]

    def _prefers_directory_scan(self, source: GroupMembers) -> bool:
        """Tell whether to scan the directory in index order; else all members are read and sorted.

        Of a directory of n accounts with m members, a scan reads n/m accounts for each row of the page.
        """
        if self._query.filters or not self._directory_has_order:
            return False
        if self._first == "id" and len(source.groups) == 1:
            # The memberships' index has that order already.
            return False
        members = sum(
            counts.totals(self._connection, self._tables, "groupMembership", source.groups).values()
        )
        accounts = counts.totals(self._connection, self._tables, "account", [source.directory_id])
        wanted = self._query.offset + self._query.limit
        return members * members >= wanted * accounts.get(source.directory_id, 0)

    def _scan_directory(self, source: GroupMembers) -> Branch:
        return self._branch(self._table.c[_DIRECTORY] == source.directory_id, self._is_member(source.groups))

    def _join_memberships(self, source: GroupMembers) -> Branch:
        memberships = self._tables.of["groupMembership"]
        if len(source.groups) > 1:
            # A member of two of the groups is listed once.
            ids = sa.select(memberships.c.account_id).where(memberships.c.group_id.in_(source.groups))
            return self._branch(self._table.c.id.in_(ids))
        rows = memberships.join(self._table, self._table.c.id == memberships.c.account_id)
        return Branch(rows, memberships.c.account_id, (memberships.c.group_id == source.groups[0],))

    def _is_member(self, groups: tuple[str, ...]) -> Condition:
        # A value and not EXISTS, which the databases may reorder to begin with the memberships.
        memberships = self._tables.of["groupMembership"].c
        found = sa.select(memberships.account_id).where(
            memberships.account_id == self._table.c.id, _is_one_of(memberships.group_id, groups)
        )
        return found.limit(1).scalar_subquery().is_not(None)

    def _is_of_tenants(self, tenant_ids: tuple[str, ...]) -> Condition:
        directories = self._tables.of["directory"].c
        of_tenants = sa.select(directories.id).where(_is_one_of(directories.tenant_id, tenant_ids))
        return self._table.c[_DIRECTORY].in_(of_tenants)

    def _branch(self, *where: Condition) -> Branch:
        return Branch(self._table, self._table.c.id, where)


def indexed(table: sa.Table, column: str) -> set[str]:
    """Return the columns in whose order an index holds the rows that have one value of ``column``."""
    keys: list[list[Any]] = [list(each.columns) for each in table.indexes]
    return {key[1].name for key in keys if len(key) > 1 and key[0].name == column}


def _is_one_of(column: sa.ColumnElement[str], values: Sequence[str]) -> Condition:
    return column == values[0] if len(values) == 1 else column.in_(values)
