"""How the sources of a collection are read under one query: each becomes one or more arms of a statement.

The databases would choose by their statistics, which SQLite does not keep and PostgreSQL's planner does not
have for what is only known at run time. Here the numbers of the rows are known (``storage/counts.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.schema.query import (
    Match,
    Query,
)
from stormpath.server.storage import counts
from stormpath.server.storage.sources import Members, Owned, Scoped, Source
from stormpath.server.storage.tables import Tables

#: As many pages are merged into one; of more owners all items are sorted. SQLite takes a union of 500.
MAX_MERGED: Final = 100

_HOME: Final = "directory_id"

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a statement: where its rows come from, and which column with their ids to sort by."""

    rows: sa.FromClause
    id: sa.ColumnElement[str]
    where: tuple[Condition, ...]


class QueryBranches:
    """The arms for one kind of item and one query."""

    def __init__(self, connection: sa.Connection, tables: Tables, item: str, query: Query) -> None:
        self._connection = connection
        self._tables = tables
        self._table = tables.of[item]
        self._query = query
        self._first = query.order[0].column if query.order else "id"
        at_home = _indexed(self._table, _HOME)
        self._is_sorted_at_home = self._first in at_home
        # What such a filter finds is little, and an index of the directory finds it.
        self._is_selective = any(
            isinstance(each, Match) and each.kind in ("equals", "starts") and each.column in at_home
            for each in query.filters
        )

    def to_page(self, sources: Sequence[Source]) -> list[Branch]:
        """Return arms each of which gives its first rows at once, where an index allows it."""
        return [arm for each in sources for arm in self._to_page(each)]

    def to_count(self, sources: Sequence[Source]) -> list[Branch]:
        """Return arms whose rows are all wanted."""
        return [self._whole(each) for each in sources]

    def belongs(self, source: Source) -> Condition:
        """Return what an item holds that is in the source, for one item at a time."""
        match source:
            case Owned():
                return _is_one_of(self._table.c[source.column], source.ids)
            case Members():
                return self._is_member(source.groups)
            case Scoped():
                return source.condition

    def _to_page(self, source: Source) -> list[Branch]:
        match source:
            case Owned() if source.column == "tenant_id" and not self._is_selective:
                return self._split(self._at_home(source))
            case Owned():
                return self._split(source)
            case Members() if self._is_walked(source):
                return [self._walk(source)]
        return [self._whole(source)]

    def _whole(self, source: Source) -> Branch:
        match source:
            case Members() if self._is_selective:
                return self._walk(source)
            case Members():
                return self._gather(source)
            case Owned(column="tenant_id") if self._is_selective and _HOME in self._table.c:
                return self._arm(self._is_of_tenants(source.ids))
        return self._arm(self.belongs(source))

    def _at_home(self, source: Owned) -> Owned:
        """Return the tenant's directories in its place where they have the order that the tenant lacks."""
        if not self._is_sorted_at_home or self._first in _indexed(self._table, source.column):
            return source
        directories = self._tables.of["directory"].c
        found = sa.select(directories.id).where(_is_one_of(directories.tenant_id, source.ids))
        ids = tuple(self._connection.execute(found.limit(MAX_MERGED + 1)).scalars())
        return source if len(ids) > MAX_MERGED else Owned(_HOME, ids)

    def _split(self, source: Owned) -> list[Branch]:
        merged = self._first in _indexed(self._table, source.column) and not self._is_selective
        if not merged or len(source.ids) > MAX_MERGED:
            return [self._whole(source)]
        return [self._arm(self._table.c[source.column] == each) for each in source.ids]

    def _is_walked(self, source: Members) -> bool:
        """Tell whether to walk through the directory in its order; else the members are gathered and sorted.

        Of a directory of n accounts with m members, a walk reads n/m accounts for each row of the page.
        """
        if self._query.filters or not self._is_sorted_at_home:
            return False
        if self._first == "id" and len(source.groups) == 1:
            # The members lie in that order already.
            return False
        members = sum(
            counts.totals(self._connection, self._tables, "groupMembership", source.groups).values()
        )
        accounts = counts.totals(self._connection, self._tables, "account", [source.directory_id])
        wanted = self._query.offset + self._query.limit
        return members * members >= wanted * accounts.get(source.directory_id, 0)

    def _walk(self, source: Members) -> Branch:
        return self._arm(self._table.c[_HOME] == source.directory_id, self._is_member(source.groups))

    def _gather(self, source: Members) -> Branch:
        memberships = self._tables.of["groupMembership"]
        if len(source.groups) > 1:
            # Who is in two of the groups is there once.
            ids = sa.select(memberships.c.account_id).where(memberships.c.group_id.in_(source.groups))
            return self._arm(self._table.c.id.in_(ids))
        rows = memberships.join(self._table, self._table.c.id == memberships.c.account_id)
        return Branch(rows, memberships.c.account_id, (memberships.c.group_id == source.groups[0],))

    def _is_member(self, groups: tuple[str, ...]) -> Condition:
        # A value and not EXISTS, which the databases may turn round and begin with the memberships.
        memberships = self._tables.of["groupMembership"].c
        found = sa.select(memberships.account_id).where(
            memberships.account_id == self._table.c.id, _is_one_of(memberships.group_id, groups)
        )
        return found.limit(1).scalar_subquery().is_not(None)

    def _is_of_tenants(self, tenant_ids: tuple[str, ...]) -> Condition:
        directories = self._tables.of["directory"].c
        of_tenants = sa.select(directories.id).where(_is_one_of(directories.tenant_id, tenant_ids))
        return self._table.c[_HOME].in_(of_tenants)

    def _arm(self, *where: Condition) -> Branch:
        return Branch(self._table, self._table.c.id, where)


def _indexed(table: sa.Table, column: str) -> set[str]:
    """Return the columns in whose order an index holds the rows that have one value of ``column``."""
    keys: list[list[Any]] = [list(each.columns) for each in table.indexes]
    return {key[1].name for key in keys if len(key) > 1 and key[0].name == column}


def _is_one_of(column: sa.ColumnElement[str], values: Sequence[str]) -> Condition:
    return column == values[0] if len(values) == 1 else column.in_(values)
