"""API keys and used nonces, as request authentication reads them: across all tenants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredKey:
    """An API key that may call the API; its secret is encrypted."""

    id: str
    tenant_id: str
    account_id: str
    encrypted_secret: bytes

    def __repr__(self) -> str:
        return f"<StoredKey {self.id}>"


class ApiKeys(Protocol):
    """The API keys of all tenants."""

    def find(self, key_id: str) -> StoredKey | None:
        """Return a key that may call the API, or ``None``."""


class Nonces(Protocol):
    """Values that may be used once."""

    def remember(self, purpose: str, value: str, expires_at: int, now: int) -> bool:
        """Store a value until it expires; tell whether it is new. Times are in milliseconds since 1970."""
