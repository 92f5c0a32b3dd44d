"""API keys and used nonces, as request authentication reads them: across all tenants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

#: Of a tenant: its administrators' API keys may act for their own administrator only, the owner's for all.
SEPARATE: Final = "separate"

#: Of a tenant: every administrator's API key may act for all of them.
SHARED: Final = "shared"


@dataclass(frozen=True, slots=True)
class StoredKey:
    """An API key that may call the API; its secret is encrypted.

    It ``is_separate`` when it may not act for other administrators: the tenant's administrators are
    ``SEPARATE``, and its account is not the tenant's owner.
    """

    id: str
    tenant_id: str
    account_id: str
    encrypted_secret: bytes
    is_separate: bool = False

    def __repr__(self) -> str:
        return f"<StoredKey {self.id}>"


class ApiKeys(Protocol):
    """The API keys of all tenants."""

    def find(self, key_id: str) -> StoredKey | None:
        """Return a key that may call the API, or ``None``."""


class Nonces(Protocol):
    """Values that may be used once."""

    def remember(self, purpose: str, value: str, dated: int, now: int) -> bool:
        """Store a value; tell whether it is new. One that is too old to be remembered is not.

        ``dated`` is the date that comes with it, in milliseconds since 1970, as ``now`` is.
        """
