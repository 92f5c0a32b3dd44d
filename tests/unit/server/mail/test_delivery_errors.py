"""What is said of a message that could not be sent, and when it is tried again."""

from dataclasses import replace

import pytest

from stormpath.server.domain.storage import LeasedEmail
from stormpath.server.mail.delivery_errors import (
    delay_seconds,
    is_hopeless,
    one_line,
    spellings,
    without_quotes,
)
from stormpath.server.mail.email import Email

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
        # What a clock does that jumps a year ahead, or back.
        (365 * DAY_MS, 7, False),
        (-365 * DAY_MS, 59, False),
        (-365 * DAY_MS, 60, True),
    ],
)
def test_a_message_is_given_up_after_a_day_of_trying(age, attempts, expected):
    claimed = LeasedEmail("id", "claim", b"", attempts, created_at=DAY_MS, expires_at=None)

    assert is_hopeless(claimed, DAY_MS + age) is expected
    assert is_hopeless(replace(claimed, attempts=1), DAY_MS + age) is False


def test_what_a_server_says_becomes_one_short_line():
    assert one_line("450 4.2.0 \x1b[31mtry\r\n  later\x00\u2028") == "450 4.2.0 [31mtry later"
    assert len(one_line("x" * 5000)) == 300


def test_tokens_are_taken_out_of_what_a_server_quotes():
    token = "0351NbO89RWKFR3SXXBGM3"
    content = Email("A", "a@example.com", "b@example.com", "Hi", text=f"https://x.org/?sptoken={token}&a=b")

    said = without_quotes(f"550 spam: https://x.org/?sptoken={token} (see 0351NbO89RWKFR3SXXBGM4)", content)

    assert said == "550 spam: https://x.org/?sptoken=*** (see 0351NbO89RWKFR3SXXBGM4)"


def test_a_password_is_known_in_the_ways_in_which_it_is_sent():
    assert spellings("user", "secret") == ["AHVzZXIAc2VjcmV0", "c2VjcmV0", "secret"]
