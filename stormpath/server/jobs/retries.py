"""Delays before work that failed is tried again, and the number of attempts after which it is given up."""

from __future__ import annotations

import random
from typing import Final, Protocol

_DAY_MS: Final = 24 * 60 * 60 * 1000

#: Work is not given up for its age alone: it would be when a clock jumps.
_FEWEST_ATTEMPTS: Final = 8
#: Two days of trying, and more, by any clock.
_MOST_ATTEMPTS: Final = 60

_FIRST_DELAY: Final = 30.0
_LONGEST_DELAY: Final = 3600.0


def delay_seconds(attempts: int) -> float:
    """Return how long to wait after that many attempts: half a minute, doubled each time, up to an hour.

    A fifth more or less, so that what failed together is not tried again together.
    """
    return _delay(attempts, _FIRST_DELAY, _LONGEST_DELAY)


def _delay(attempts: int, first: float, longest: float) -> float:
    delay: float = min(first * 2.0 ** min(attempts - 1, 20), longest)
    return delay * random.uniform(0.8, 1.2)  # noqa: S311  # An attacker gains nothing by guessing it.


def is_hopeless(attempts: int, created_at: int, now: int) -> bool:
    """Tell whether work that failed once more has been tried for long enough: a day.

    Times are in milliseconds since 1970.
    """
    is_old = now - created_at >= _DAY_MS and attempts >= _FEWEST_ATTEMPTS
    return is_old or attempts >= _MOST_ATTEMPTS


class RetriedWork(Protocol):
    """Work that failed: how often it was tried, when it was ordered, and when it is of no use any more."""

    @property
    def attempts(self) -> int:
        """The number of attempts so far."""

    @property
    def created_at(self) -> int:
        """When it was ordered, in milliseconds since 1970."""

    @property
    def expires_at(self) -> int | None:
        """Until when it is of use, in milliseconds since 1970."""


class RetrySchedule(Protocol):
    """When work is tried again."""

    def next_attempt(self, work: RetriedWork, now: int) -> int | None:
        """Return when work that has just failed is tried again, or ``None`` if it is given up.

        Times are in milliseconds since 1970.
        """


class DayOfRetries:
    """Half a minute, doubled each time, up to an hour; for a day."""

    def next_attempt(self, work: RetriedWork, now: int) -> int | None:
        """Return when work that has just failed is tried again, or ``None`` if it is given up."""
        if is_hopeless(work.attempts, work.created_at, now):
            return None
        return now + round(delay_seconds(work.attempts) * 1000)


DAY_OF_RETRIES: Final = DayOfRetries()


class UntilExpiry:
    """Work of minutes: ``first`` seconds, doubled each time, up to ``longest``; no attempt comes too late."""

    def __init__(self, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest

    def next_attempt(self, work: RetriedWork, now: int) -> int | None:
        """Return when work that has just failed is tried again, or ``None`` if it is given up."""
        if is_hopeless(work.attempts, work.created_at, now):
            return None
        due_at = now + round(_delay(work.attempts, self._first, self._longest) * 1000)
        return due_at if work.expires_at is None or due_at < work.expires_at else None
