"""The index of custom data: which documents have a value, or one that begins with a text, at a path.

It is a table with a row for each entry (``custom_entries.py``), written in the transaction that stores the
document. Ranges, texts inside values and orders read the documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from stormpath.server.schema import Collection, Resource, snake_case
from stormpath.server.schema.query import CustomMatch, Filter
from stormpath.server.storage import custom_entries
from stormpath.server.storage.candidates import Candidates, Scope
from stormpath.server.storage.column_types import BINARY_TEXT
from stormpath.server.storage.conditions import text_condition
from stormpath.server.storage.cross_join import CrossJoin
from stormpath.server.storage.custom_entries import UNINDEXED

if TYPE_CHECKING:
    from stormpath.server.storage.tables import Tables

#: How many documents are in memory while all are indexed.
_AT_ONCE: Final = 500


def searched(resources: Iterable[Resource]) -> list[str]:
    """Return the kinds of items whose collections are searched by custom data."""
    collections = (each for resource in resources for each in resource.own if isinstance(each, Collection))
    return sorted({each.of for each in collections if each.searches_custom_data})


def add_table(metadata: sa.MetaData, resource: Resource) -> sa.Table:
    """Declare the table of a resource's entries. A directory's are side by side, and hold no other's."""
    owner = snake_case(resource.plural)
    name = f"{owner}_custom_values"
    return sa.Table(
        name,
        metadata,
        sa.Column("directory_id", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("path", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("value", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column(
            "owner_id",
            BINARY_TEXT,
            sa.ForeignKey(f"{owner}.id", ondelete="CASCADE"),
            primary_key=True,
            nullable=False,
        ),
        sa.Index(f"ix_{name}_owner_id", "owner_id"),
        sqlite_with_rowid=False,
    )


def keep(connection: sa.Connection, tables: Tables, resource: str, owner_id: str, document: str) -> None:
    """Bring the entries of an owner's document up to date."""
    table = tables.custom_values.get(resource)
    if table is None:
        return
    owner = table.c.owner_id == owner_id
    stored = connection.execute(sa.select(table.c.path, table.c.value).where(owner))
    before, now = {(path, value) for path, value in stored}, custom_entries.of_document(document)
    if gone := before - now:
        of_entry = (table.c.path == sa.bindparam("at"), table.c.value == sa.bindparam("was"))
        rows = [{"at": path, "was": value} for path, value in gone]
        connection.execute(table.delete().where(owner, *of_entry), rows)
    if new := now - before:
        owners = tables.of[resource].c
        directory_id = connection.execute(sa.select(owners.directory_id).where(owners.id == owner_id))
        common = {"owner_id": owner_id, "directory_id": directory_id.scalar_one()}
        connection.execute(table.insert(), [common | {"path": path, "value": value} for path, value in new])


def index_all(connection: sa.Connection, tables: Tables) -> None:
    """Index the documents that were stored before there was an index: a migration has marked them."""
    for resource, table in tables.custom_values.items():
        documents = tables.custom_data[resource].c
        is_unindexed = (table.c.path == UNINDEXED[0], table.c.value == UNINDEXED[1])
        found = (
            sa.select(documents.owner_id, documents.document)
            .join_from(table, tables.custom_data[resource], documents.owner_id == table.c.owner_id)
            .where(*is_unindexed, sa.func.length(documents.document) <= custom_entries.LONGEST_DOCUMENT)
            .order_by(documents.owner_id)
            .limit(_AT_ONCE)
        )
        last = ""
        while rows := connection.execute(found.where(documents.owner_id > last)).all():
            for owner_id, document in rows:
                keep(connection, tables, resource, owner_id, document)
            last = rows[-1].owner_id


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
    if dialect == "postgresql":
        found = sa.union_all(*owner_ids)
        return Candidates(owners, owners.c.id, owners.c.id.in_(found), found)
    entries = sa.union_all(*owner_ids).subquery("entries")
    rows = CrossJoin(entries, owners, owners.c.id == entries.c.owner_id)
    return Candidates(rows, owners.c.id, sa.true(), sa.select(entries.c.owner_id), repeats=True)


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
