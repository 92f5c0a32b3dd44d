"""Containers that were renamed or moved: the entries in them have other DNs then, and count as unchanged."""

from __future__ import annotations

from itertools import islice
from typing import Final

from stormpath.agent.changes import reading
from stormpath.agent.connection import Connection
from stormpath.agent.directory_problems import DirectoryProblem
from stormpath.agent.directory_settings import DirectorySettings
from stormpath.agent.search import NO_ATTRIBUTES, Search, entries, first

#: When more have changed they are not looked at one by one.
MOST: Final = 20

_ANY: Final = "".join(f"(objectClass={each})" for each in reading.CONTAINERS)


def changed_container(connection: Connection, settings: DirectorySettings, usn: int) -> str | None:
    """Return the DN of a container of accounts or groups that has changed since; ``None`` when none has."""
    # One that is new has nothing in it but what was moved there, which has changed itself.
    changed = f"(&(|{_ANY})(uSNChanged>={usn})(!(uSNCreated>={usn})))"
    found = entries(connection, Search(settings.base, changed, NO_ATTRIBUTES))
    dns = [each.dn for each in islice(found, MOST + 1)]
    if len(dns) > MOST:
        return dns[0]
    return next((each for each in dns if _has_entries(connection, settings, each)), None)


def _has_entries(connection: Connection, settings: DirectorySettings, dn: str) -> bool:
    either = f"(|{settings.accounts.filter}{settings.groups.filter})"
    try:
        return first(connection, Search(dn, either, NO_ATTRIBUTES)) is not None
    except DirectoryProblem as problem:
        # Renamed once more: what is in it is not known.
        if problem.kind == "base_not_found":
            return True
        raise
