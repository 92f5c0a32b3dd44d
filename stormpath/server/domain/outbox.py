"""The outbox: messages are stored there with the change that causes them, and sent from there afterwards.

A message is an e-mail or a text message (SMS); its channel says which.

Its two contracts with storage: :class:`OutboxWriter` is what a rule does within its unit of work,
:class:`Outbox` what senders and operators do, across tenants.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from stormpath.server.domain.leases import Lease, LeaseStore

if TYPE_CHECKING:
    from stormpath.server.domain.storage import Row, Unit

#: The channels: what carries a message to its recipient.
EMAIL: Final = "email"
SMS: Final = "sms"

#: The states of an entry: it is sent when it is due, was sent, or was given up (a dead letter).
PENDING: Final = "PENDING"
SENT: Final = "SENT"
DEAD: Final = "DEAD"

#: The state of an entry that is never sent nor shown, and soon deleted: it was written for its time alone, so
#: that a request about an unknown account takes as long as one about a known account.
DECOY: Final = "DECOY"

#: No entry is postponed for longer. One that seems to be was postponed by a clock that was put back since.
LONGEST_DELAY_MS: Final = 2 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A message as it is added to the outbox. ``content`` is sealed: it may hold a token or a code.

    ``kind`` is that of an e-mail's template. ``address`` is an e-mail address or a phone number. A message
    that is not sent by ``expires_at`` is not sent at all. ``challenge_id`` is the challenge whose code it
    carries.
    """

    id: str
    kind: str
    directory_id: str
    account_id: str
    address: str
    content: bytes
    created_at: int
    expires_at: int | None
    channel: str = EMAIL
    challenge_id: str | None = None

    def __repr__(self) -> str:
        return f"<NewEntry {self.id}>"


@dataclass(frozen=True, slots=True)
class LeasedEntry:
    """A message that one sender has a lease on, and no other takes. ``attempts`` counts this one too."""

    id: str
    lease_token: str
    content: bytes
    attempts: int
    created_at: int
    expires_at: int | None

    def __repr__(self) -> str:
        return f"<LeasedEntry {self.id}>"


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A message in the outbox as operators see it, without its content.

    ``is_leased`` tells that it is being sent. Times are in milliseconds since 1970; ``due_at`` is when it is
    tried next, and means nothing once the ``state`` is not PENDING.
    """

    id: str
    tenant_id: str
    directory_id: str
    account_id: str
    kind: str
    address: str
    state: str
    attempts: int
    created_at: int
    due_at: int
    expires_at: int | None
    finished_at: int | None
    is_leased: bool
    last_error: str | None
    channel: str


class Outcome(Enum):
    """What became of a message that a sender took; ``LEASED`` while it has it."""

    LEASED = "leased"
    SENT = "sent"
    POSTPONED = "postponed"
    DEAD = "dead"


#: Told what became of the text message with the code of a challenge, in the transaction that writes it down:
#: a unit of the message's tenant, the challenge's id, and the outcome. An error other than a ``StorageError``
#: is logged, and changes nothing.
OnSmsOutcome = Callable[["Unit", str, Outcome], None]


class MessageCount(NamedTuple):
    """A message as the rate limits count it; ``id`` is that of its entry.

    The keys are digests of its address, account and directory: equal ones are the same, and none can be read.
    """

    id: str
    address_key: str
    account_key: str
    directory_key: str
    created_at: int
    channel: str = EMAIL


class ReachedLimit(NamedTuple):
    """An account, an address or a directory (``what``) that got as many messages as its ``limit``, or more.

    ``kind`` is that of one of them. The ids are ``None`` where the account was deleted meanwhile; a directory
    names no account. An address, an e-mail address or a phone number, is named by an account that has it.
    """

    what: str
    limit: int
    messages: int
    kind: str | None
    tenant_id: str
    directory_id: str | None
    account_id: str | None
    channel: str = EMAIL


@dataclass(frozen=True, slots=True)
class OutboxFilter:
    """The entries of a channel; e-mails also by the mail server they go through.

    ``through`` `SERVICE` are those for the service-wide mail server: of tenants that have none of their own,
    or whose own failed; ``through`` `TENANTS` are the others. A tenant's own failed those entries that were
    tried ``fallback_after`` times (if that is a number), and all of the tenants that ``fell_back``.
    ``tenant_id`` names the only tenant, ``but`` those that are left out.
    """

    through: str | None = None
    fallback_after: int | None = None
    fell_back: frozenset[str] = frozenset()
    tenant_id: str | None = None
    but: frozenset[str] = frozenset()
    channel: str = EMAIL


SERVICE: Final = "the service-wide mail server"
TENANTS: Final = "mail servers of tenants"
ALL_EMAILS: Final = OutboxFilter()
ALL_SMS: Final = OutboxFilter(channel=SMS)


class OutboxWriter(Protocol):
    """The outbox within a unit of work, for one tenant."""

    def add(self, entry: NewEntry, state: str = PENDING) -> None:
        """Add a message, due at once; unless it is a ``DECOY``, it is sent when the changes are kept."""

    def count(self, message: MessageCount, purge_before: int) -> None:
        """Count a message, also if its account is deleted; counts from before that time may be removed.

        Decoys may be removed too.
        """

    def latest(
        self, column: str, value: str, numbers: Sequence[int], since: int, until: int
    ) -> tuple[int | None, ...]:
        """Return for each number n when the n-th latest message (1 for the latest) was counted, or ``None``.

        Only those are looked at whose ``column`` (one of the keys) has that value, after ``since`` and not
        after ``until``. One statement.
        """

    def uncount(self, address_key: str, account_key: str) -> None:
        """Count messages with both keys no longer, except for their directory."""


class Outbox(LeaseStore, Protocol):
    """The outbox for senders and operators. Unlike a unit of work it holds the entries of all tenants.

    A sender leases an entry, and no other takes it then; what becomes of it is written under that lease, or
    not at all when another sender has taken it over. Times are in milliseconds since 1970. Raises
    ``StorageError``.
    """

    def lease(
        self, token: str, now: int, seconds: int, filter: OutboxFilter = ALL_EMAILS
    ) -> LeasedEntry | None:
        """Take the entry that has been due for longest, or ``None``. ``token`` must be new and unguessable.

        Other senders may release it when they have seen the lease for ``seconds``.
        """

    def next_due(self, now: int, filter: OutboxFilter = ALL_EMAILS) -> int | None:
        """Return when the next entry is due (in the past, if one is), or ``None`` when none waits."""

    def tenants_due(self, now: int, filter: OutboxFilter, limit: int) -> list[str]:
        """Return up to ``limit`` tenants that have a mail server of their own and entries due for it."""

    def mail_server(self, tenant_id: str) -> Row | None:
        """Return a tenant's mail server if it is ``ENABLED``, or ``None``. Its ``password`` is sealed."""

    def finish(self, id: str, token: str, now: int) -> bool:
        """Mark an entry as sent and remove its content; tell whether it was under that lease."""

    def postpone(self, id: str, token: str, error: str, due_at: int) -> bool:
        """Let an entry be tried again at that time; tell whether it was under that lease."""

    def bury(self, id: str, token: str, error: str, now: int) -> bool:
        """Give an entry up; tell whether it was under that lease. Its content is kept for a retry."""

    def leases(self, channel: str = EMAIL) -> list[Lease]:
        """Return the leases of a channel's senders, a batch of them if there are very many."""

    def entries(
        self,
        state: str | None = None,
        limit: int = 100,
        before: str | None = None,
        channel: str | None = None,
    ) -> list[OutboxEntry]:
        """Return the newest entries, of one state and one channel if they are named.

        ``before`` is the id to go on from.
        """

    def entry(self, id: str) -> OutboxEntry | None:
        """Return one entry, or ``None``."""

    def content(self, id: str) -> bytes | None:
        """Return the content of an entry, sealed, or ``None`` once it is sent."""

    def counts(self) -> dict[str, int]:
        """Return how many entries there are of each state."""

    def reached_limits(
        self, limits: dict[str, int], since: int, until: int, channel: str = EMAIL
    ) -> list[ReachedLimit]:
        """Return what got as many messages of one kind as its limit after ``since``, and not after ``until``.

        ``limits`` are numbers by what they limit: ``account``, ``address`` or ``directory``; 0 is none.
        """

    def retry(self, id: str, now: int) -> bool:
        """Make an entry due at once, a dead one too, unless it was sent or is being sent.

        Tells whether it is due now.
        """

    def retry_dead(self, now: int) -> int:
        """Make all dead entries due at once; return how many there are."""

    def purge(self, before: int) -> int:
        """Delete entries that were sent or given up before that time; return how many.

        Looks at a batch of the oldest of each state: call it again while it finds something.
        """
