"""Lists whose filters an index answers: the few rows that it finds, or their number.

``text_search.py`` and ``custom_candidates.py`` know the indexes. Where they find few, these are the list: its
page is sorted in whatever order is asked for. Where they find many, the collection is read in its order as
without filters, since the rows of a page are soon found; and the index only counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import sqlalchemy as sa

from stormpath.server.schema.query import Match, Query
from stormpath.server.storage import counts, custom_candidates, text_search
from stormpath.server.storage.candidates import Candidates, Scope, scope_of
from stormpath.server.storage.query_branches import QueryBranches, indexed
from stormpath.server.storage.sources import GroupMembers, Source
from stormpath.server.storage.tables import Tables

#: The most rows that are few.
FEW: Final = 1000

#: To read a row of SQLite's through the index costs so many times what it costs in the collection's order.
COST_OF_INDEX: Final = 3

Condition = sa.ColumnElement[bool]


class IndexedSearch:
    """The rows of one list: those candidates of an index that meet all ``conditions``.

    ``total`` returns the number of rows of the owners, or ``None`` where no such number is kept.
    """

    def __init__(
        self,
        connection: sa.Connection,
        query: Query,
        candidates: Candidates,
        conditions: Sequence[Condition],
        total: Callable[[], int | None],
    ) -> None:
        self._connection = connection
        self._query = query
        self._candidates = candidates
        self._conditions = conditions
        self._total = total

    def few(self) -> list[str] | None:
        """Return the ids of all rows, in any order; ``None`` if they are more than a few."""
        cursor = self._query.cursor
        if cursor is not None and cursor.size > FEW:
            return None
        statement = self._ids()
        if self._connection.dialect.name == "postgresql":
            # A plan for all of them: with the limit it may read the collection, in the hope of an early end.
            found = statement.cte("found").prefix_with("MATERIALIZED")
            statement = sa.select(found.c.id)
        ids = list(self._connection.execute(statement.limit(FEW + 1)).scalars())
        return None if len(ids) > FEW else ids

    def count(self) -> int | None:
        """Return the number of rows; ``None`` if it takes less to read the whole collection."""
        # PostgreSQL chooses by its statistics.
        if self._connection.dialect.name == "sqlite" and (total := self._total()) is not None:
            enough = total // COST_OF_INDEX
            hits = self._candidates.hits.limit(enough + 1).subquery()
            number = self._connection.execute(sa.select(sa.func.count()).select_from(hits)).scalar_one()
            if number > enough:
                return None
        statement = sa.select(sa.func.count()).select_from(self._ids().subquery())
        return int(self._connection.execute(statement).scalar_one())

    def _ids(self) -> sa.Select[str]:
        found = self._candidates
        ids = sa.select(found.id.label("id")).select_from(found.rows)
        return (ids.distinct() if found.repeats else ids).where(found.condition, *self._conditions)


def find(
    connection: sa.Connection,
    tables: Tables,
    tenant_id: str,
    item: str,
    sources: Sequence[Source],
    branches: QueryBranches,
    query: Query,
    filters: Sequence[Condition],
) -> IndexedSearch | None:
    """Return the search of an index for a list; ``None`` where none helps. ``filters`` are the query's."""
    table = tables.of[item]
    if not filters or table.name not in tables.text_index or branches.is_selective:
        return None
    scope = scope_of(sources, tenant_id)
    if scope is None or _is_by_name(table, query):
        return None
    dialect = connection.dialect.name
    candidates = text_search.candidates(
        dialect, tables, table, query.filters, scope
    ) or custom_candidates.candidates(dialect, tables, item, query.filters, scope)
    if candidates is None or _are_few_members(connection, tables, sources):
        return None
    is_item = sa.or_(*(branches.membership(each) for each in sources))
    total = partial(_total, connection, tables, item, scope)
    return IndexedSearch(connection, query, candidates, [is_item, *filters], total)


def _is_by_name(table: sa.Table, query: Query) -> bool:
    """Tell whether another index of a tenant's rows answers a filter."""
    names = indexed(table, "tenant_id")
    return any(
        isinstance(each, Match) and each.kind in ("equals", "starts") and each.column in names
        for each in query.filters
    )


def _are_few_members(connection: sa.Connection, tables: Tables, sources: Sequence[Source]) -> bool:
    groups: list[str] = []
    for each in sources:
        if not isinstance(each, GroupMembers):
            return False
        groups += each.groups
    return sum(counts.totals(connection, tables, "groupMembership", groups).values()) <= FEW


def _total(connection: sa.Connection, tables: Tables, item: str, scope: Scope) -> int | None:
    if (item, scope.column) not in tables.counted:
        return None
    return sum(counts.totals(connection, tables, item, scope.ids).values())
