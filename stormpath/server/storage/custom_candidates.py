"""Which rows a search by equality, or by prefix, in custom data may find, read from its index.

Ranges, texts inside values and orders read the documents.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from stormpath.server.schema.query import CustomMatch, Filter
from stormpath.server.storage import custom_entries
from stormpath.server.storage.candidates import Candidates, Scope
from stormpath.server.storage.conditions import text_condition
from stormpath.server.storage.cross_join import CrossJoin
from stormpath.server.storage.custom_entries import UNINDEXED
from stormpath.server.storage.tables import Tables


def candidates(
    dialect: str, tables: Tables, resource: str, filters: Sequence[Filter], scope: Scope
) -> Candidates | None:
    """Return the rows that one of the filters may find; ``None`` where the index answers none of them."""
    wanted = [each for each in filters if isinstance(each, CustomMatch) and each.kind in ("equals", "starts")]
    if not wanted or resource not in tables.custom_values:
        return None
    # The first that is equal, or else the first: it finds fewer.
    match = min(wanted, key=lambda each: each.kind != "equals")
    table, owners = tables.custom_values[resource], tables.of[resource]
    of_scope = _is_in(tables, table, scope)
    owner_ids = [sa.select(table.c.owner_id).where(of_scope, each) for each in _conditions(table, match)]
    found = sa.union_all(*owner_ids)
    entries = found.subquery("entries")
    hits = sa.select(entries.c.owner_id)
    if dialect == "postgresql":
        return Candidates(owners, owners.c.id, owners.c.id.in_(found), hits)
    rows = CrossJoin(entries, owners, owners.c.id == entries.c.owner_id)
    return Candidates(rows, owners.c.id, sa.true(), hits, repeats=True)


def _conditions(table: sa.Table, match: CustomMatch) -> list[sa.ColumnElement[bool]]:
    path, value, number = custom_entries.wanted(match)
    at_path = table.c.path == path
    unindexed_path, unindexed_value = UNINDEXED
    conditions: list[Any] = [
        sa.and_(at_path, text_condition(table.c.value, match.kind, value)),
        sa.and_(table.c.path == unindexed_path, table.c.value == unindexed_value),
    ]
    if number is not None:
        conditions.append(sa.and_(at_path, table.c.value == number))
    return conditions


def _is_in(tables: Tables, table: sa.Table, scope: Scope) -> sa.ColumnElement[bool]:
    if scope.column == "directory_id":
        return table.c.directory_id.in_(scope.ids)
    directories = tables.of["directory"].c
    return table.c.directory_id.in_(sa.select(directories.id).where(directories.tenant_id.in_(scope.ids)))
