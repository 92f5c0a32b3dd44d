"""What a rule may use while it works on one request."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from stormpath.server.domain.idempotency import Creation
from stormpath.server.domain.storage import Row, Storage, Unit
from stormpath.server.schema import Resource
from stormpath.server.schema.errors import (
    ApiError,
    Code,
)


class Passwords(Protocol):
    """Slow, salted hashes. Making and verifying one may raise a ``ApiError`` (503): too many wait already."""

    def hash(self, password: str) -> str:
        """Return the hash to store."""

    def verify(self, password: str, stored: str | None) -> bool:
        """Tell whether the password is the hashed one; takes as long when there is no hash."""

    def is_outdated(self, stored: str) -> bool:
        """Tell whether the hash should be replaced by a fresh one at the next login."""

    def check_imported(self, hashed: str) -> None:
        """Refuse a hash from elsewhere (rest-core 6.11) that ``verify`` would not understand."""


class Secrets(Protocol):
    """Encryption of what must be read back. A secret is tied to what it belongs to."""

    def seal(self, secret: str, belongs_to: str) -> bytes:
        """Return what to store."""

    def open(self, sealed: bytes, belongs_to: str) -> str:
        """Return the secret."""

    def key_for(self, purpose: str) -> bytes:
        """Return the service's own key for signing what it alone checks, one for each purpose."""

    def digest(self, data: bytes, purpose: str) -> str:
        """Return a digest that says nothing about the data to whoever has not the key."""


#: Turns the representation of a resource into what its reader asked for.
Present = Callable[[dict[str, Any]], dict[str, Any]]

#: How long an idempotency key is remembered.
REMEMBERED_MS: int = 24 * 60 * 60 * 1000


@dataclass(slots=True)
class IdempotentRequest:
    """A creation that its caller may ask for again: of which kind, under which idempotency key.

    The first resource of that kind which the request stores is what it made; key and resource are kept in one
    transaction, so a create never happens twice, whatever breaks on the way to the caller. What creates
    nothing keeps the resource that it was about, and looks whether it ``is_repeat``.
    """

    resource: str
    key: str
    fingerprint: str
    is_repeat: bool = False
    kept_in: Unit | None = field(default=None, repr=False)

    def earlier(self, unit: Unit, now_ms: int) -> Creation | None:
        """Return what the key made already, or ``None``."""
        return unit.idempotency.find(self.key, now_ms)

    def keep(self, unit: Unit, resource: str, id: str, now_ms: int) -> None:
        """Remember what has just been stored, if it is what was asked for. May raise ``Repeated``."""
        # A unit that was undone has forgotten it: the next one keeps it again.
        if resource == self.resource and not self.is_repeat and self.kept_in is not unit:
            expires_at = now_ms + REMEMBERED_MS
            unit.idempotency.remember(Creation(self.key, self.fingerprint, resource, id, expires_at), now_ms)
            self.kept_in = unit


class MailLimits(NamedTuple):
    """How many e-mails may be caused in an hour, by whom they are for; 0 for any number."""

    address: int = 0
    account: int = 0
    directory: int = 0


NO_LIMITS: Final = MailLimits()

#: Connects to the mail server with these values (by column, the password readable) and logs in, or refuses.
TrySmtp = Callable[["Values"], None]


def reaches_none(server: Values) -> None:
    """Refuse any mail server, where none is looked for."""
    raise ApiError(Code.SMTP_UNREACHABLE, "No mail servers can be reached from here.")


@dataclass(frozen=True, slots=True)
class RequestContext:
    """One request's means: the caller's tenant, storage, hashing, encryption, the clock, the declarations.

    The caller is the API key that signed the request; empty where the service itself is at work.
    ``max_links`` is how many links an account may have. ``base_url`` is where the service believes to be.
    """

    tenant_id: str
    storage: Storage
    passwords: Passwords
    secrets: Secrets
    now_ms: Callable[[], int]
    resources: dict[str, Resource]
    caller_key_id: str = ""
    caller_secret: str = field(default="", repr=False)
    idempotent_request: IdempotentRequest | None = None
    max_links: int = 100
    base_url: str = ""
    mail_limits: MailLimits = NO_LIMITS
    try_smtp: TrySmtp = reaches_none

    def read(self) -> AbstractContextManager[Unit]:
        """Open a unit that only reads."""
        return self.storage.read(self.tenant_id)

    def write(self) -> AbstractContextManager[Unit]:
        """Open a unit whose changes are kept together when the block ends, or not at all."""
        return self.storage.write(self.tenant_id)

    @property
    def is_repeat(self) -> bool:
        """Whether the request was carried out before: its caller did not get the answer."""
        return self.idempotent_request is not None and self.idempotent_request.is_repeat

    def keep_idempotent(self, unit: Unit, resource: str, id: str) -> None:
        """Remember, with the unit's changes, what the request made or was about. May raise ``Repeated``."""
        if self.idempotent_request is not None:
            self.idempotent_request.keep(unit, resource, id, self.now_ms())


@dataclass(frozen=True, slots=True)
class Owner:
    """The resource under which a creation was asked for.

    ``application`` is the one through which it was, where that led here.
    """

    resource: Resource
    row: Row
    application: Row | None = None

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.row["id"])


#: A checked body: stored values by column name; custom data changes under ``custom_data``.
Values = dict[str, Any]
