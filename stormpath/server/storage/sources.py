"""The sources of a collection: parts that have no item in common, each of which an index can read.

A union such as an application's accounts is resolved first: a condition of one OR another subquery would
read, and sort, a million rows for a page of 25. The sources' own pages are merged instead, and their sizes
added.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

import sqlalchemy as sa

from stormpath.server.schema import Collection, snake_case
from stormpath.server.storage import membership_conditions
from stormpath.server.storage.store_mappings import stores_of_application, stores_of_organization
from stormpath.server.storage.tables import Tables


@dataclass(frozen=True, slots=True)
class ByColumn:
    """Items whose column holds one of these ids; the column may be ``id`` itself."""

    column: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupMembers:
    """Accounts of one directory that are in at least one of these groups of it."""

    directory_id: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ByCondition:
    """Items that meet a condition: collections that stay small."""

    condition: sa.ColumnElement[bool]


Source = ByColumn | GroupMembers | ByCondition

#: Returns the query for the ids of an owner's account stores of one kind.
StoresOf = Callable[[Tables, str, str], sa.SelectBase]


def sources(
    connection: sa.Connection, tables: Tables, owner: str, owner_id: str, collection: str
) -> list[Source]:
    """Return the sources of an owner's collection; none, when nothing can be in it."""
    if find := _SOURCES_OF.get((owner, collection)):
        return find(connection, tables, owner_id)
    if (condition := membership_conditions.condition(tables, owner, collection, owner_id)) is not None:
        return [ByCondition(condition)]
    declared = tables.resources[owner].by_name[collection]
    through = isinstance(declared, Collection) and declared.through
    return [ByColumn(f"{snake_case(through or owner)}_id", (owner_id,))]


def accounts_of_stores(
    stores_of: StoresOf, connection: sa.Connection, tables: Tables, owner_id: str
) -> list[Source]:
    """Return accounts of the mapped directories, and members of the mapped groups (rest-core 6.5)."""
    directories, groups = _stores(stores_of, connection, tables, owner_id)
    of_directory: dict[str, list[str]] = {}
    for group_id, directory_id in groups:
        of_directory.setdefault(directory_id, []).append(group_id)
    members = [GroupMembers(directory_id, tuple(found)) for directory_id, found in of_directory.items()]
    return [*_by_column("directory_id", directories), *members]


def groups_of_stores(
    stores_of: StoresOf, connection: sa.Connection, tables: Tables, owner_id: str
) -> list[Source]:
    """Return groups of the mapped directories, and the mapped groups."""
    directories, groups = _stores(stores_of, connection, tables, owner_id)
    return _by_column("directory_id", directories) + _by_column("id", [group_id for group_id, _ in groups])


def accounts_of_group(connection: sa.Connection, tables: Tables, group_id: str) -> list[Source]:
    """Return the members of a group."""
    groups = tables.of["group"].c
    found = connection.execute(sa.select(groups.directory_id).where(groups.id == group_id))
    return [GroupMembers(directory_id, (group_id,)) for directory_id in found.scalars()]


def _by_column(column: str, ids: list[str]) -> list[Source]:
    return [ByColumn(column, tuple(ids))] if ids else []


def _stores(
    stores_of: StoresOf, connection: sa.Connection, tables: Tables, owner_id: str
) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the mapped directories, and the mapped groups (with their directory) in no mapped directory."""
    groups = tables.of["group"].c
    directories = stores_of(tables, owner_id, "directory").subquery()
    mapped_groups = groups.id.in_(stores_of(tables, owner_id, "group"))
    statement = sa.union_all(
        sa.select(directories.c[0], sa.cast(sa.null(), sa.Text)),
        sa.select(groups.directory_id, groups.id).where(mapped_groups),
    )
    found = connection.execute(statement).all()
    inside = {directory_id for directory_id, group_id in found if group_id is None}
    outside = {(group, directory) for directory, group in found if group and directory not in inside}
    return sorted(inside), sorted(outside)


_FindSources = Callable[[sa.Connection, Tables, str], list[Source]]

_SOURCES_OF: Final[dict[tuple[str, str], _FindSources]] = {
    ("application", "accounts"): partial(accounts_of_stores, stores_of_application),
    ("application", "groups"): partial(groups_of_stores, stores_of_application),
    ("organization", "accounts"): partial(accounts_of_stores, stores_of_organization),
    ("organization", "groups"): partial(groups_of_stores, stores_of_organization),
    ("group", "accounts"): accounts_of_group,
}
