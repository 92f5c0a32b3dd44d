"""Idempotency keys, and what the requests that carried them have created."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Creation:
    """What a request with an idempotency key created. ``expires_at`` is in milliseconds since 1970.

    The fingerprint tells whether another request is the same one; nothing can be read from it.
    """

    key: str
    fingerprint: str
    resource: str
    resource_id: str
    expires_at: int


class IdempotencyKeys(Protocol):
    """The idempotency keys of one tenant that have not expired."""

    def remember(self, creation: Creation, now: int) -> None:
        """Store what a key has created. Raises ``Repeated`` when the key is stored and has not expired."""

    def find(self, key: str, now: int) -> Creation | None:
        """Return what the key has created, or ``None`` when it is new or has expired."""
