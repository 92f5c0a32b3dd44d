"""What the indexes of searches find: rows that may be in a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from stormpath.server.storage.query_branches import MAX_MERGED
from stormpath.server.storage.sources import ByColumn, ByCondition, GroupMembers, Source

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Scope:
    """The owners, by a column of theirs, to which all rows of a collection belong."""

    column: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows that an index finds, which the query's own conditions still have to be checked on.

    ``rows`` are the tables to read, that of the items among them, and ``id`` its id, which may come
    repeatedly if it ``repeats``. ``hits`` are the entries of the index alone.
    """

    rows: sa.FromClause
    id: sa.ColumnElement[str]
    condition: Condition
    hits: sa.Select[Any]
    repeats: bool = False


def scope_of(sources: Sequence[Source], tenant_id: str) -> Scope | None:
    """Return the directories that hold all sources, or else the tenant; ``None`` for a small collection."""
    directories: list[str] = []
    for each in sources:
        match each:
            case ByColumn(column="directory_id"):
                directories += each.ids
            case ByColumn(column="tenant_id") | ByColumn(column="id"):
                return Scope("tenant_id", (tenant_id,))
            case GroupMembers():
                directories.append(each.directory_id)
            case ByColumn() | ByCondition():
                return None
    if not directories:
        return None
    if len(directories) > MAX_MERGED:
        return Scope("tenant_id", (tenant_id,))
    return Scope("directory_id", tuple(dict.fromkeys(directories)))
