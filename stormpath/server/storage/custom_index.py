"""The index of custom data: which documents have a value, or one that begins with a text, at a path.

It is a table with a row for each entry (``custom_entries.py``), written in the transaction that stores the
document.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from stormpath.server.schema import Collection, Resource, snake_case
from stormpath.server.storage import custom_entries
from stormpath.server.storage.column_types import BINARY_TEXT
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
