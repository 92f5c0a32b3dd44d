"""Delays before work that failed is tried again, and the number of attempts after which it is given up."""

from __future__ import annotations

import random
from typing import Final

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
    delay: float = min(_FIRST_DELAY * 2.0 ** min(attempts - 1, 20), _LONGEST_DELAY)
    return delay * random.uniform(0.8, 1.2)  # noqa: S311  # An attacker gains nothing by guessing it.


def is_hopeless(attempts: int, created_at: int, now: int) -> bool:
    """Tell whether work that failed once more has been tried for long enough: a day.

    Times are in milliseconds since 1970.
    """
    is_old = now - created_at >= _DAY_MS and attempts >= _FEWEST_ATTEMPTS
    return is_old or attempts >= _MOST_ATTEMPTS
