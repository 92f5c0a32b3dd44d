"""Custom data: the caller's own JSON document on a resource (rest-core 5.12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.storage import Row, Unit
from stormpath.server.schema import Resource, json_text
from stormpath.server.schema.errors import ApiError, Code, not_found

MAX_BYTES: Final = 10 * 1024 * 1024


def merge(unit: Unit, resource: Resource, owner: Row, changes: Mapping[str, Any], now_ms: int) -> bool:
    """Add keys to the owner's document or replace their values; nested objects are replaced as a whole.

    Tells whether that changed anything, as the others do.
    """
    document, created_at = _lock_and_read(unit, resource, owner)
    before = json_text.encode(document)
    encoded = json_text.encode({**document, **changes})
    if encoded == before:
        return False
    if len(encoded) > MAX_BYTES:
        raise ApiError(
            Code.CUSTOM_DATA_TOO_LARGE,
            f"Custom data is limited to {MAX_BYTES} bytes for each resource; this would make {len(encoded)}.",
        )
    _save(unit, resource, owner, encoded, created_at, now_ms)
    return True


def remove_key(unit: Unit, resource: Resource, owner: Row, key: str, now_ms: int) -> bool:
    """Remove one key from the owner's document, if it is there."""
    document, created_at = _lock_and_read(unit, resource, owner)
    if key not in document:
        return False
    del document[key]
    _save(unit, resource, owner, json_text.encode(document), created_at, now_ms)
    return True


def clear(unit: Unit, resource: Resource, owner: Row, now_ms: int) -> bool:
    """Remove every key."""
    document, created_at = _lock_and_read(unit, resource, owner)
    _save(unit, resource, owner, b"{}", created_at, now_ms)
    return bool(document)


def _lock_and_read(unit: Unit, resource: Resource, owner: Row) -> tuple[dict[str, Any], int]:
    # The lock on the owner's row keeps two concurrent merges from losing each other's keys.
    if not unit.lock(resource.name, owner["id"]):
        raise not_found()
    row = unit.custom_data.get(resource.name, [owner["id"]]).get(owner["id"])
    if row is None:
        return {}, owner["created_at"]
    return json_text.members(row["document"]), row["created_at"]


def _save(unit: Unit, resource: Resource, owner: Row, encoded: bytes, created_at: int, now_ms: int) -> None:
    unit.custom_data.save(
        resource.name,
        owner["id"],
        {"document": encoded.decode(), "created_at": created_at, "modified_at": now_ms},
    )
