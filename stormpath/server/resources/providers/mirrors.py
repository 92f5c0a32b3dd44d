"""Mirror directories: read-only copies of the accounts and groups of another system (rest-core 6.7)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from stormpath.server.domain.context import Owner, RequestContext, Values
from stormpath.server.domain.storage import Unit
from stormpath.server.schema.errors import ApiError, Code

CLOUD: Final = "stormpath"
LDAP: Final = "ldap"
ACTIVE_DIRECTORY: Final = "ad"

#: Kinds whose accounts an agent copies; other mirrors copy an account at its login.
COPIED_BY_AGENTS: Final = frozenset({LDAP, ACTIVE_DIRECTORY})

_UNDERSCORE: Final = re.compile(r"_([a-z])")

#: The columns of a mirrored account or group that callers may change.
WRITABLE: Final = frozenset({"status", "custom_data"})


def provider_id(unit: Unit, directory_id: str) -> str:
    """Return the kind of a directory's provider: ``stormpath`` for a cloud directory."""
    provider = unit.get("provider", directory_id)
    return CLOUD if provider is None else str(provider["provider_id"])


def is_mirror(unit: Unit, directory_id: str) -> bool:
    """Tell whether the directory is a copy of another system."""
    return provider_id(unit, directory_id) != CLOUD


def refuse_creation(context: RequestContext, store: Owner) -> Owner:
    """Return the directory or group of a creation; refuse one that is a mirror or belongs to one."""
    with context.read() as unit:
        refuse_mirrored(unit, store.row.get("directory_id") or store.id)
    return store


def refuse_mirrored(unit: Unit, directory_id: str) -> None:
    """Refuse to create or remove resources of a mirror directory."""
    if is_mirror(unit, directory_id):
        raise _mirror_error()


def refuse_copied_by_agent(unit: Unit, directory_id: str) -> None:
    """Refuse to remove an account that the agent would copy again."""
    if provider_id(unit, directory_id) in COPIED_BY_AGENTS:
        raise _mirror_error()


def refuse_changes(unit: Unit, directory_id: str, changes: Values) -> None:
    """Refuse to change copied attributes; ``changes`` are the values, by column, that differ."""
    copied = sorted(set(changes) - WRITABLE)
    if copied and is_mirror(unit, directory_id):
        names = _attribute_names(copied)
        raise ApiError(
            Code.READ_ONLY_IN_MIRROR,
            "This is copied from another system and can only be changed there.",
            f"In a mirror directory only status and customData can be changed, not {names}.",
        )


def _attribute_names(columns: Iterable[str]) -> str:
    return ", ".join(_UNDERSCORE.sub(lambda match: match[1].upper(), each) for each in columns)


def _mirror_error() -> ApiError:
    return ApiError(
        Code.MIRROR_DIRECTORY,
        "The directory is a copy of another system.",
        "Accounts, groups and memberships of a mirror directory are made and removed in the system that it "
        "copies, not here.",
    )
