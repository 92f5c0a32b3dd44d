"""What the database deletes with a resource: it follows from the foreign keys of the tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from stormpath.server.storage.column_types import BINARY_TEXT

if TYPE_CHECKING:
    from stormpath.server.storage.tables import Tables

Ids = sa.Select[tuple[str]]
IsDeleted = Callable[[sa.ColumnElement[Any]], sa.ColumnElement[bool]]


def remembering(tables: Tables, resource: str) -> sa.Insert:
    """Return the statement that keeps a resource's ``id``, and those of all that is deleted with it."""
    id = sa.bindparam("id", type_=BINARY_TEXT)
    root = tables.of[resource]
    found: dict[str, list[Ids]] = {resource: [sa.select(root.c.id).where(root.c.id == id)]}
    for kind, ids in _parts(tables, resource, lambda column: column == id, frozenset()):
        if "DELETE" in tables.resources[kind].verbs:
            found.setdefault(kind, []).append(ids)
    # One that is reached in two ways, such as a membership by its account and its group, is kept once.
    of_kind = {
        kind: (sa.union(*ways) if ways[1:] else ways[0]).subquery(kind) for kind, ways in found.items()
    }
    selects = [
        sa.select(
            sa.bindparam("tenant_id", type_=BINARY_TEXT),
            ids.c.id,
            sa.literal(kind, BINARY_TEXT),
            id,
            sa.bindparam("now", type_=sa.BigInteger),
        )
        for kind, ids in of_kind.items()
    ]
    return tables.deletions.insert().from_select(list(tables.deletions.c.keys()), sa.union_all(*selects))


def _parts(
    tables: Tables, resource: str, is_deleted: IsDeleted, above: frozenset[str]
) -> Iterator[tuple[str, Ids]]:
    """Yield each kind of resource that goes with a deleted one, and the query for their ids.

    ``is_deleted`` returns the condition that a column holds the id of a deleted ``resource``.
    """
    parent = tables.of[resource]
    above = above | {resource}
    for kind, declared in tables.resources.items():
        if declared.view_of or kind in above:
            continue
        table = tables.of[kind]
        for key in table.foreign_keys:
            if key.column.table is parent and key.ondelete == "CASCADE":
                ids = sa.select(table.c.id).where(is_deleted(key.parent))
                yield kind, ids
                yield from _parts(tables, kind, _is_one_of(ids), above)


def _is_one_of(ids: Ids) -> IsDeleted:
    return lambda column: column.in_(ids)
