"""Delays before work that failed is tried again, and the number of attempts after which it is given up."""

import pytest

from stormpath.server.jobs.retries import delay_seconds, is_hopeless

HOUR = 60 * 60
DAY_MS = 24 * HOUR * 1000


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 30), (2, 60), (3, 120), (7, 1920), (8, HOUR), (60, HOUR), (5000, HOUR)]
)
def test_delays_double_up_to_an_hour_a_fifth_more_or_less(attempts, seconds):
    delays = [delay_seconds(attempts) for _ in range(200)]

    assert min(delays) >= 0.8 * seconds
    assert max(delays) <= 1.2 * seconds
    assert max(delays) - min(delays) > 0.1 * seconds


@pytest.mark.parametrize(
    ("age", "attempts", "expected"),
    [
        (0, 1, False),
        (DAY_MS - 1, 59, False),
        (DAY_MS, 8, True),
        # A clock jumps a year ahead, or back.
        (365 * DAY_MS, 7, False),
        (-365 * DAY_MS, 59, False),
        (-365 * DAY_MS, 60, True),
    ],
)
def test_work_is_given_up_after_a_day_of_trying(age, attempts, expected):
    assert is_hopeless(attempts, created_at=DAY_MS, now=DAY_MS + age) is expected
    assert is_hopeless(1, created_at=DAY_MS, now=DAY_MS + age) is False
