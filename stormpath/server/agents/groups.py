"""Entries that are groups: which values they have, by the rules of groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from stormpath.server.agents.batches import GroupEntry
from stormpath.server.agents.entries import INVALID, Kind, Wanted, checked, digest_of
from stormpath.server.domain.context import RequestContext, Values
from stormpath.server.domain.mirrors import GROUP
from stormpath.server.resources.stores import group
from stormpath.server.schema.errors import ApiError

NAME_MISSING: Final = "name_missing"

#: A description has so many characters at the most; a longer one is cut.
_LONGEST: Final = 1000


def _completed(context: RequestContext, values: Values) -> Values:
    return {"description": None, **values, "created_at": context.now_ms()}


KIND: Final = Kind(GROUP, group.RULES, {"name": "name_taken"}, _completed)


def wanted(entries: Iterable[GroupEntry]) -> Sequence[Wanted]:
    """Return the entries as they are to be stored."""
    return [_wanted(each) for each in entries]


def _wanted(entry: GroupEntry) -> Wanted:
    values: Values = {}
    problem = None if entry.name and entry.name.strip() else NAME_MISSING
    description = entry.description and entry.description[:_LONGEST]
    for name, value in (("name", entry.name), ("description", description)):
        try:
            stored = checked(group.GROUP.by_name[name], value)
        except ApiError:
            problem = INVALID
            continue
        if stored is not None or name == "description":
            values[name] = stored
    return Wanted(
        id=entry.id,
        dn=entry.dn,
        dn_key=entry.dn_key,
        name_key=None,
        is_disabled=False,
        values=values,
        digest=digest_of((entry.id, entry.dn, entry.dn_key, entry.name, entry.description), None),
        problem=problem,
        is_storable="name" in values,
    )
