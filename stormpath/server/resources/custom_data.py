"""Custom data: the caller's own JSON document on a resource (rest-core 5.12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from stormpath.server.domain.storage import (
    Row,
    Unit,
)
from stormpath.server.schema import Resource
from stormpath.server.schema.errors import (
    ApiError,
    Code,
    not_found,
)

MAX_BYTES: Final = 10 * 1024 * 1024

_encode = msgspec.json.Encoder().encode


def merge(unit: Unit, resource: Resource, owner: Row, changes: Mapping[str, Any], now_ms: int) -> None:
    """Add the keys to the owner's document, replacing those it has; nested objects are replaced whole."""
    document, created_at = _locked(unit, resource, owner)
    encoded = _encode({**document, **changes})
    if len(encoded) > MAX_BYTES:
        raise ApiError(
            Code.CUSTOM_DATA_TOO_LARGE,
            f"Custom data is limited to {MAX_BYTES} bytes for each resource; this would make {len(encoded)}.",
        )
    _store(unit, resource, owner, encoded, created_at, now_ms)


def remove_key(unit: Unit, resource: Resource, owner: Row, key: str, now_ms: int) -> None:
    """Remove one key from the owner's document; nothing happens when it is not there."""
    document, created_at = _locked(unit, resource, owner)
    if key in document:
        del document[key]
        _store(unit, resource, owner, _encode(document), created_at, now_ms)


def clear(unit: Unit, resource: Resource, owner: Row, now_ms: int) -> None:
    """Remove every key."""
    _, created_at = _locked(unit, resource, owner)
    _store(unit, resource, owner, b"{}", created_at, now_ms)


def _locked(unit: Unit, resource: Resource, owner: Row) -> tuple[dict[str, Any], int]:
    # Two merges at once must not lose each other's keys: the owner's row is the lock.
    if not unit.lock(resource.name, owner["id"]):
        raise not_found()
    row = unit.custom_data.get(resource.name, [owner["id"]]).get(owner["id"])
    if row is None:
        return {}, owner["created_at"]
    return msgspec.json.decode(row["document"]), row["created_at"]


def _store(unit: Unit, resource: Resource, owner: Row, encoded: bytes, created_at: int, now_ms: int) -> None:
    unit.custom_data.save(
        resource.name,
        owner["id"],
        {"document": encoded.decode(), "created_at": created_at, "modified_at": now_ms},
    )
