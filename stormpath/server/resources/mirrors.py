"""Mirror directories: copies of what another system holds, which callers may not change (rest-core 6.7)."""

from __future__ import annotations

from typing import Final

from stormpath.server.contract import Unit

CLOUD: Final = "stormpath"


def provider_id(unit: Unit, directory_id: str) -> str:
    """Return what kind of source a directory has: ``stormpath`` for one that is its own."""
    return CLOUD


def is_mirror(unit: Unit, directory_id: str) -> bool:
    """Tell whether the directory copies another system."""
    return provider_id(unit, directory_id) != CLOUD
