"""The messages of one tenant in the outbox, as its administrators see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from stormpath.server.domain.outbox import OutboxEntry, ReachedLimit

#: More of one state are counted as so many, and so many dead ones are sent again at once.
MOST_COUNTED: Final = 1000

#: The most entries of one page.
MOST_LISTED: Final = 100


class TenantMessages(Protocol):
    """The outbox within a unit of work: the entries of the unit's tenant, and of no other.

    Entries are in the order in which they were added, the newest first; ``before`` is the id to go on from.
    """

    def entries(
        self,
        *,
        state: str | None = None,
        channel: str | None = None,
        address: str = "",
        before: str | None = None,
        limit: int = MOST_LISTED,
    ) -> list[OutboxEntry]:
        """Return a page of entries: of a state, of a channel, and to an address that has this text in it."""

    def entry(self, id: str) -> OutboxEntry | None:
        """Return one entry, or ``None``."""

    def content(self, id: str) -> bytes | None:
        """Return the content of an entry, sealed, or ``None`` once it is sent."""

    def counts(self) -> dict[str, int]:
        """Return how many entries wait and how many are dead, ``MOST_COUNTED`` of each at the most."""

    def retry(self, id: str, now: int) -> bool:
        """Make an entry due at once, a dead one too, unless it was sent or is being sent.

        Tells whether it is due now; senders in this process are woken.
        """

    def retry_dead(self, now: int) -> int:
        """Make dead entries due at once, ``MOST_COUNTED`` at the most; return how many."""

    def messages_since(self, since: int) -> dict[str, int]:
        """Return how many messages were counted after that time (milliseconds since 1970), by channel."""

    def reached_limits(
        self, limits: Mapping[str, int], since: int, until: int, channel: str
    ) -> list[ReachedLimit]:
        """Return what got so many messages of one kind after ``since``, and not after ``until``.

        ``limits`` are numbers by what they limit: ``account``, ``address`` or ``directory``; 0 is none.
        """
