"""The storage contract of the rules: units of work, rows and errors.

The rules own it, because they need it. What one domain needs of storage is in a module of its own beside this
one (``logins``, ``mappings``, ``idempotency``, ``one_time_tokens``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from stormpath.server.domain.agents import AgentStates
from stormpath.server.domain.challenges import Challenges, FactorCodes
from stormpath.server.domain.console_reads import ConsoleReads
from stormpath.server.domain.deletions import Deletions
from stormpath.server.domain.idempotency import IdempotencyKeys
from stormpath.server.domain.issued_tokens import IssuedTokens
from stormpath.server.domain.logins import AccountLinks, Logins, PasswordHashes
from stormpath.server.domain.mappings import StoreMappings
from stormpath.server.domain.mirrors import Mirrors
from stormpath.server.domain.one_time_tokens import StoredTokens
from stormpath.server.domain.outbox import OutboxWriter
from stormpath.server.domain.provider_identities import ProviderIdentities
from stormpath.server.domain.security_events import AdminActions
from stormpath.server.domain.tenant_messages import TenantMessages
from stormpath.server.schema.query import Page, Query

#: A resource's state by column name: ids, texts, numbers, booleans, lists, and times in milliseconds.
Row = dict[str, Any]


class StorageError(Exception):
    """Storage could not do what was asked; nothing was changed."""


class NotUnique(StorageError):
    """A row with this value exists already. ``column`` is the last of those that are unique together."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


class MissingReference(StorageError):
    """The row refers to one that has just been deleted."""


class Busy(StorageError):
    """Another writer held the database for longer than we wait."""


class Unavailable(StorageError):
    """The database cannot be reached, or the connection to it broke."""


class TimedOut(StorageError):
    """A statement took longer than one may; what it belonged to is undone."""


class DamagedRow(StorageError):
    """A row cannot be read or used, and others can. The message names it, and holds none of its values."""

    def __init__(self, table: str, id: str, reason: str) -> None:
        super().__init__(f"The row {id} of the table {table} is damaged: {reason}")


class UnreadableSecret(ValueError):
    """A secret was encrypted under another key, or for another owner than ``belongs_to``."""

    def __init__(self, belongs_to: str) -> None:
        super().__init__("The secret was encrypted under another key.")
        self.belongs_to = belongs_to


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


class CustomData(Protocol):
    """The custom data documents of resources; ``resource`` is the name of their owners' kind."""

    def get(self, resource: str, ids: Iterable[str]) -> dict[str, Row]:
        """Return the custom data rows (document, created_at, modified_at) of those owners that have one."""

    def save(self, resource: str, owner_id: str, row: Mapping[str, Any]) -> None:
        """Add or replace an owner's custom data row."""


class Unit(Protocol):
    """Reads, or changes that are kept together or not at all, on behalf of one tenant.

    ``resource`` is a resource's name (``account``). Rows of other tenants are not found.
    """

    tenant_id: str

    @property
    def outbox(self) -> OutboxWriter:
        """The outbox within this unit."""

    @property
    def tokens(self) -> StoredTokens:
        """The tokens that are spent once."""

    @property
    def issued_tokens(self) -> IssuedTokens:
        """The access and refresh tokens."""

    @property
    def idempotency(self) -> IdempotencyKeys:
        """The idempotency keys and what they have created."""

    @property
    def logins(self) -> Logins:
        """Accounts by their login names."""

    @property
    def passwords(self) -> PasswordHashes:
        """The hashes of accounts' passwords."""

    @property
    def challenges(self) -> Challenges:
        """The challenges of second factors."""

    @property
    def factor_codes(self) -> FactorCodes:
        """The codes of second factors, which are spent."""

    @property
    def account_links(self) -> AccountLinks:
        """The links between accounts."""

    @property
    def provider_identities(self) -> ProviderIdentities:
        """The people at providers for whom accounts were made."""

    @property
    def mappings(self) -> StoreMappings:
        """The account store mappings of applications and organizations."""

    @property
    def custom_data(self) -> CustomData:
        """The custom data of resources."""

    @property
    def deletions(self) -> Deletions:
        """The ids of deleted resources."""

    @property
    def mirrors(self) -> Mirrors:
        """The synchronizations of mirrored directories."""

    @property
    def admin_actions(self) -> AdminActions:
        """The actions of administrators."""

    @property
    def agents(self) -> AgentStates:
        """What is known of the agents of mirrored directories."""

    @property
    def tenant_messages(self) -> TenantMessages:
        """The messages of the tenant, for its administrators."""

    @property
    def console_reads(self) -> ConsoleReads:
        """What the console reads that the API has no resource for."""

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

    def insert_many(self, resource: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add many resources, by rows that all have the same columns. Raises as ``insert`` does."""

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


class Storage(Protocol):
    """A database, in which units of work are opened."""

    def read(self, tenant_id: str) -> AbstractContextManager[Unit]:
        """Open a unit that only reads."""

    def write(self, tenant_id: str) -> AbstractContextManager[Unit]:
        """Open a unit whose changes are kept together when the block ends, or not at all."""
