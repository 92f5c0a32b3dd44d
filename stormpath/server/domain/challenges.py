"""Challenges of second factors, and what is spent by answering one (rest-auth 8.3, 8.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

CREATED: Final = "CREATED"
WAITING_FOR_PROVIDER: Final = "WAITING_FOR_PROVIDER"
WAITING_FOR_VALIDATION: Final = "WAITING_FOR_VALIDATION"
SUCCESS: Final = "SUCCESS"
FAILED: Final = "FAILED"
UNDELIVERED: Final = "UNDELIVERED"

#: In these, a challenge can be answered; the others are final.
PENDING: Final = (CREATED, WAITING_FOR_PROVIDER, WAITING_FOR_VALIDATION, FAILED)

#: A challenge that is not answered within that time, in milliseconds, expires.
LIFETIME_MS: Final = 300_000

#: So many wrong codes may be submitted to one challenge.
MOST_WRONG: Final = 5

#: A step that was spent so many steps after one that is due now was spent by a clock that was wrong: it is no
#: bar, or a clock that was a day ahead would keep people out for that day. Ten minutes.
WRONG_CLOCK_STEPS: Final = 20

#: So many of the newest challenges of a factor are kept, and all that can be answered.
MOST_KEPT: Final = 100


class Challenges(Protocol):
    """The challenges of one tenant."""

    def succeed(self, id: str, now: int) -> bool:
        """End a challenge that can be answered now, with ``SUCCESS``; tell whether there was one.

        Of any number of callers, one can.
        """

    def fail(self, id: str, now: int) -> bool:
        """Count a wrong code for a challenge that can be answered now; tell whether there was one."""

    def note_delivery(self, id: str, status: str) -> bool:
        """Store how far its message has come; tell whether that was news.

        A challenge that was answered, or whose delivery has ended, keeps its status.
        """

    def forget_old(self, factor_id: str, now: int) -> None:
        """Remove old challenges of a factor beyond those that are kept. One statement."""


class FactorCodes(Protocol):
    """The codes of one tenant's factors, each good for one use."""

    def spend_step(self, factor_id: str, step: int) -> bool:
        """Accept the code of a time step of an authenticator; tell whether it was later than all before.

        Steps that only a wrong clock can have spent do not count (``WRONG_CLOCK_STEPS``).
        Of any number of callers, one can. One statement.
        """

    def keep_recovery_codes(self, factor_id: str, digests: Sequence[str]) -> None:
        """Keep the digests of a new set of recovery codes."""

    def spend_recovery_code(self, factor_id: str, digest: str) -> bool:
        """Remove a recovery code; tell whether it was there. Of any number of callers, one can."""
