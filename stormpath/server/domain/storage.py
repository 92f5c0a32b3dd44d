"""What the rules need of storage: the contract between them, owned by the side that needs it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from stormpath.server.domain.outbox import OutboxWriter
from stormpath.server.schema.query import (
    Page,
    Query,
)

#: A resource's state by column name: ids, texts, numbers, booleans, lists, and times in milliseconds.
Row = dict[str, Any]


class StorageError(Exception):
    """Storage could not do what was asked; nothing was changed."""


class NotUnique(StorageError):
    """A row with this value exists already. ``column`` is the last of those that must be unique together."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


class MissingReference(StorageError):
    """The row refers to one that has just been deleted."""


class Busy(StorageError):
    """Another writer held the database for longer than we wait."""


class Unavailable(StorageError):
    """The database cannot be reached, or the connection to it broke."""


class Repeated(Busy):
    """Another request with this idempotency key has just created what this one was about to."""


class CannotOpen(RuntimeError):
    """The database cannot be opened; the message is one line that says why and what to do."""


class NotSetUp(CannotOpen):
    """The database was never set up (``is_new``), or by an earlier version."""

    def __init__(self, name: str, *, is_new: bool) -> None:
        super().__init__(
            f"The database {name} is not set up for this version: "
            f"run `stormpath init --database {name}` first."
        )
        self.is_new = is_new


@dataclass(frozen=True, slots=True)
class Login:
    """The account a login names, with what decides whether it may enter.

    ``group_status`` and ``organization_status`` are those of what it was reached through, if it was.
    ``linking_status`` is that of the account linking policy that applies.
    """

    account_id: str
    password_hash: str | None
    account_status: str
    directory_id: str
    directory_status: str
    group_status: str | None
    organization_status: str | None
    linking_status: str | None

    def __repr__(self) -> str:
        return f"<Login of account {self.account_id}>"


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


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """One link of an account: its id, and the account at its other end with its directory."""

    link_id: str
    account_id: str
    directory_id: str


@dataclass(frozen=True, slots=True)
class StoredKey:
    """An API key that may call the API; its secret is encrypted."""

    id: str
    tenant_id: str
    account_id: str
    encrypted_secret: bytes

    def __repr__(self) -> str:
        return f"<StoredKey {self.id}>"


@dataclass(frozen=True, slots=True)
class OneTimeToken:
    """A token that may be spent once, without the token itself: ``digest`` says nothing about it.

    ``purpose`` tells what it is good for; ``email`` is the address it was asked for or sent to. Times are in
    milliseconds since 1970; one that has no ``expires_at`` does not expire. ``application_id`` is that of the
    application it came through, if it did.
    """

    purpose: str
    digest: str
    account_id: str
    application_id: str | None
    email: str
    created_at: int
    expires_at: int | None


class Unit(Protocol):
    """Reads, or changes that are kept together or not at all, on behalf of one tenant.

    ``resource`` is a resource's name (``account``). What belongs to another tenant is not there.
    """

    tenant_id: str

    @property
    def outbox(self) -> OutboxWriter:
        """The outbox within this unit."""

    def get(self, resource: str, id: str) -> Row | None:
        """Return the resource with that id, or ``None``."""

    def get_many(self, resource: str, ids: Iterable[str]) -> dict[str, Row]:
        """Return the resources with those ids, by id; those that are missing are left out."""

    def find(self, resource: str, **columns: Any) -> Row | None:
        """Return one resource whose columns equal these values, or ``None``."""

    def page(self, owner: str, owner_id: str, collection: str, item: str, query: Query) -> Page:
        """Return a page of an owner's collection of items."""

    def contains(self, owner: str, owner_id: str, collection: str, item: str, id: str) -> bool:
        """Tell whether the item is in the owner's collection."""

    def insert(self, resource: str, row: Mapping[str, Any]) -> None:
        """Add a resource; ``row`` has its id and tenant. Raises ``NotUnique`` or ``MissingReference``."""

    def update(self, resource: str, id: str, changes: Mapping[str, Any]) -> bool:
        """Change columns; return whether it exists. Raises ``NotUnique`` or ``MissingReference``."""

    def delete(self, resource: str, id: str) -> bool:
        """Remove a resource and all that belongs to it; tell whether it was there."""

    def lock(self, resource: str, id: str) -> bool:
        """Keep other units from changing the resource until this one ends; tell whether it is there."""

    def keep_event(self, event: object) -> None:
        """Keep an event until the unit ends: it is reported once the unit's changes are committed."""

    def attempt(self) -> AbstractContextManager[None]:
        """Try changes that may fail: when the block raises, they are undone and the unit goes on."""

    def remember_creation(self, creation: Creation, now: int) -> None:
        """Keep what an idempotency key has made, unless it has not expired: then raise ``Repeated``."""

    def find_creation(self, key: str, now: int) -> Creation | None:
        """Return what the idempotency key has made, or ``None`` when it is new or has expired."""

    def custom_data(self, resource: str, ids: Iterable[str]) -> dict[str, Row]:
        """Return the custom data rows (document, created_at, modified_at) of those owners that have one."""

    def save_custom_data(self, resource: str, owner_id: str, row: Mapping[str, Any]) -> None:
        """Add or replace an owner's custom data row."""

    def find_login(
        self, application_id: str, login: str, store: tuple[str, str] | None, *, by_email: bool = False
    ) -> Login | None:
        """Return the first account, in the order of the application's stores, that a folded login names.

        An organization among them is searched in its place, store by store. With a ``store`` (its kind and
        id), only that one is searched. ``by_email`` means no username.
        """

    def ways_to_store(self, application_id: str, kind: str, store_id: str) -> list[str]:
        """Return the status of each way by which the application reaches a store; none when it does not.

        A directory or group reached through an organization has the organization's status, and so has the
        organization itself. What is mapped directly, or a group whose directory is, is ENABLED.
        """

    def password_hashes(self, account_id: str, limit: int) -> list[str]:
        """Return the hashes of an account's latest passwords, its present one first."""

    def keep_password_hash(self, account_id: str, id: str, limit: int) -> None:
        """Put the present hash into the account's history under a new ``id``; keep that many, the latest."""

    def replace_password_hash(self, account_id: str, old: str, new: str) -> bool:
        """Swap a password hash, unless it has changed since ``old`` was read."""

    def mapping_ids(self, mapping: str, owner_id: str) -> list[str]:
        """Return the ids of an owner's mappings, by list index. ``mapping`` is the mappings' resource."""

    def renumber(self, mapping: str, ids: Iterable[str]) -> None:
        """Give mappings the list indexes 0, 1, 2 ... in the order given."""

    def clear_flag(self, mapping: str, owner_id: str, flag: str) -> None:
        """Unset a default flag (its column) on all of an owner's mappings."""

    def mapping_owners(self, mapping: str, kind: str, store_id: str) -> list[str]:
        """Return the ids of the owners that map the store, or a group in it when it is a directory."""

    def add_token(self, token: OneTimeToken) -> None:
        """Keep a token until it is spent, revoked or has expired.

        Raises :class:`MissingReference` when its application is gone.
        """

    def find_token(
        self, purpose: str, digest: str, now: int, application_id: str | None = None
    ) -> OneTimeToken | None:
        """Return a token that can be spent now, or ``None``.

        With an ``application_id``, only one that came through that application.
        """

    def spend_token(self, purpose: str, digest: str, now: int, application_id: str | None = None) -> bool:
        """Spend a token that could be found so; tell whether there was one. Of several at once, one can."""

    def revoke_tokens(self, purpose: str, account_id: str, now: int) -> None:
        """Make all tokens of an account for that purpose useless."""

    def account_links(self, account_id: str) -> list[LinkEnd]:
        """Return the links of an account."""
