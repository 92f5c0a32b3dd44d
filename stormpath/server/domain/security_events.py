"""Security events that are stored, what administrators did, and counts by day: the contract with storage.

Events and counts are stored a moment after they happen, in batches (``jobs/event_writer.py``). What an
administrator does is stored in the transaction that does it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

DAY_MS: Final = 24 * 60 * 60 * 1000

#: For how many days counts and the actions of administrators are kept.
KEPT_DAYS: Final = 400

#: The most events or actions of one page, accounts of one question, and dead messages that are counted.
MOST_LISTED: Final = 1000


class StoredEvent(NamedTuple):
    """A security event as it is stored: ``None`` stands for what is not known, or what there is none of.

    ``event`` and ``outcome`` are those of the log (``logs/security.py``), ``at`` is in milliseconds since
    1970. ``reason`` is an error code or a word. ``resource`` and ``resource_id`` are what was changed, such
    as an API key. The actor is the caller: an API key, and the account that it acts for or that is logged in
    to the console. ``facts`` is a JSON object of everything else that the line in the log tells. Nothing
    refers to a row of another table: an event outlives its account.
    """

    tenant_id: str
    id: str
    at: int
    event: str
    outcome: str
    account_id: str | None = None
    application_id: str | None = None
    actor_key_id: str | None = None
    actor_account_id: str | None = None
    address: str | None = None
    request_id: str | None = None
    reason: str | None = None
    resource: str | None = None
    resource_id: str | None = None
    facts: str = "{}"


class AdminAction(NamedTuple):
    """What an administrator did in the console. ``action`` is ``created``, ``changed``, ``deleted`` or other.

    ``actor_account_id`` is the administrator's account. ``name`` is the name that the resource had.
    ``changed`` are the names of attributes, with commas between; their values are not kept.
    """

    tenant_id: str
    id: str
    at: int
    actor_account_id: str
    action: str
    resource: str
    resource_id: str
    name: str | None = None
    changed: str = ""
    address: str | None = None
    request_id: str | None = None


class Counted(StrEnum):
    """What is counted by day."""

    LOGINS_SUCCEEDED = "logins_succeeded"
    LOGINS_FAILED = "logins_failed"
    REGISTRATIONS = "registrations"
    RESETS = "resets"
    EMAILS_SENT = "emails_sent"
    EMAILS_FAILED = "emails_failed"
    SMS_SENT = "sms_sent"
    SMS_FAILED = "sms_failed"


class CountKey(NamedTuple):
    """What a number counts. ``day`` is in UTC, in days since 1970."""

    tenant_id: str
    day: int
    kind: str


class DailyCount(NamedTuple):
    """How often something happened to a tenant on one day (UTC, in days since 1970)."""

    day: int
    kind: str
    number: int


#: Stores events, and adds to counts, together.
WriteEvents = Callable[[Sequence[StoredEvent], Mapping[CountKey, int]], None]


class AdminActions(Protocol):
    """The actions of administrators within a unit of work."""

    def add(self, action: AdminAction) -> None:
        """Store an action of the unit's tenant, with the unit's changes."""


class SecurityEvents(Protocol):
    """What is stored, for those who read it. No question is answered with rows of another tenant.

    A page has ``limit`` rows at most, the newest first; ``before`` is the id of the last row of the page
    before it. No page costs more when there are more rows.
    """

    def events(
        self,
        tenant_id: str,
        *,
        account_id: str | None = None,
        event: str | None = None,
        outcome: str | None = None,
        before: str | None = None,
        limit: int = 100,
    ) -> list[StoredEvent]:
        """Return a page of security events, of one account, one event or one outcome where it is given."""

    def actions(
        self, tenant_id: str, *, resource_id: str | None = None, before: str | None = None, limit: int = 100
    ) -> list[AdminAction]:
        """Return a page of what administrators did, to one resource where it is given."""

    def daily(self, tenant_id: str, since_day: int) -> list[DailyCount]:
        """Return the counts of that day and later ones, by day; what did not happen has none."""

    def last_login(self, tenant_id: str, account_ids: Collection[str]) -> dict[str, int]:
        """Return when those accounts logged in last (milliseconds since 1970), as far as that is stored."""


def day_of(at: int) -> int:
    """Return the day (UTC, in days since 1970) of a time in milliseconds."""
    return at // DAY_MS
