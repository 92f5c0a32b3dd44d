"""What a rule may use while it works on one request."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from stormpath.server.contract import Row, Unit
from stormpath.server.declaration import Resource


class Storage(Protocol):
    """Where units of work come from."""

    def read(self, tenant_id: str) -> AbstractContextManager[Unit]:
        """Open a unit that only reads."""

    def write(self, tenant_id: str) -> AbstractContextManager[Unit]:
        """Open a unit whose changes are kept together when the block ends, or not at all."""


class Passwords(Protocol):
    """Slow, salted hashes. Both calls may raise a ``Refusal`` (503) when too many wait already."""

    def hash(self, password: str) -> str:
        """Return the hash to store."""

    def verify(self, password: str, stored: str | None) -> bool:
        """Tell whether the password is the hashed one; takes as long when there is no hash."""

    def is_outdated(self, stored: str) -> bool:
        """Tell whether the hash should be replaced by a fresh one at the next login."""


class Secrets(Protocol):
    """Encryption of what must be read back. A secret is tied to what it belongs to."""

    def seal(self, secret: str, belongs_to: str) -> bytes:
        """Return what to store."""

    def open(self, sealed: bytes, belongs_to: str) -> str:
        """Return the secret."""


@dataclass(frozen=True, slots=True)
class Work:
    """One request's means: the caller's tenant, storage, hashing, encryption, the clock, the declarations.

    ``max_links`` is how many links an account may have.
    """

    tenant_id: str
    storage: Storage
    passwords: Passwords
    secrets: Secrets
    now_ms: Callable[[], int]
    resources: dict[str, Resource]
    max_links: int = 100

    def read(self) -> AbstractContextManager[Unit]:
        """Open a unit that only reads."""
        return self.storage.read(self.tenant_id)

    def write(self) -> AbstractContextManager[Unit]:
        """Open a unit whose changes are kept together when the block ends, or not at all."""
        return self.storage.write(self.tenant_id)


@dataclass(frozen=True, slots=True)
class Owner:
    """The resource under which a creation was asked for."""

    resource: Resource
    row: Row

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.row["id"])


#: A checked body: stored values by column name; custom data changes under ``custom_data``.
Values = dict[str, Any]
