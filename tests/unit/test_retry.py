"""Which request is sent again, and when."""

import pytest
from requests.exceptions import ConnectionError, InvalidURL, ReadTimeout

from stormpath.retry import RetryPolicy, reason_of, retry_after_ms

POLICY = RetryPolicy()


@pytest.mark.parametrize("outcome", [429, 500, 503, 599, 600, ConnectionError(), ReadTimeout()])
def test_what_may_pass_with_time_is_worth_retrying(outcome: object) -> None:
    assert POLICY.is_worth_retrying(outcome)


@pytest.mark.parametrize("outcome", [200, 302, 400, 401, 404, 409, InvalidURL(), KeyError(), None])
def test_what_stays_as_it_is_is_not(outcome: object) -> None:
    assert not POLICY.is_worth_retrying(outcome)


def test_without_passing_failures_only_throttling_is() -> None:
    policy = RetryPolicy(failures_pass=False)

    assert policy.is_worth_retrying(429)
    assert not policy.is_worth_retrying(500)


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
@pytest.mark.parametrize("outcome", [429, 503, ConnectionError()])
def test_reading_and_deleting_twice_is_safe(method: str, outcome: object) -> None:
    assert POLICY.is_safe_to_repeat(method, outcome, None)


def test_a_throttled_post_was_not_processed() -> None:
    assert POLICY.is_safe_to_repeat("POST", 429, None)


@pytest.mark.parametrize("outcome", [500, 503, ConnectionError()])
def test_any_other_post_may_have_been_unless_it_carries_a_key(outcome: object) -> None:
    assert not POLICY.is_safe_to_repeat("POST", outcome, {"Content-Type": "application/json"})
    assert POLICY.is_safe_to_repeat("POST", outcome, {"idempotency-KEY": "1"})


@pytest.mark.parametrize("asked", [None, 0, 19_999.5, 20_000])
def test_a_wait_that_we_are_ready_for_is_worth_it(asked: float | None) -> None:
    assert POLICY.is_worth_the_wait(asked)


@pytest.mark.parametrize("asked", [20_001, 3_600_000, float("inf")])
def test_a_longer_one_is_not(asked: float) -> None:
    assert not POLICY.is_worth_the_wait(asked)


@pytest.mark.parametrize(
    ("retries", "shortest", "longest"), [(0, 501, 600), (1, 1002, 1200), (3, 4008, 4800)]
)
def test_the_wait_doubles_with_every_retry(retries: int, shortest: int, longest: int) -> None:
    waits = [POLICY.wait_ms(retries) for _ in range(200)]

    assert shortest <= min(waits) < max(waits) <= longest


def test_the_reason_is_the_innermost_one() -> None:
    refused = OSError(111, "Connection refused")
    outer = ConnectionError("HTTPConnectionPool(...) url: /v1/tokens/abc")
    outer.__cause__ = refused

    assert reason_of(outer) == "Connection refused"
    assert reason_of(ConnectionError(ValueError("odd"))) == "odd"
    assert reason_of(ReadTimeout()) == "ReadTimeout"


# Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
THEN = 784_111_777.0


@pytest.mark.parametrize(
    ("asked", "wait"), [("0", 0), ("120", 120_000), (" 3 ", 3_000), ("0.25", 250), ("9" * 5000, float("inf"))]
)
def test_seconds_are_waited_for(asked: str, wait: float) -> None:
    assert retry_after_ms(asked, THEN) == wait


@pytest.mark.parametrize(
    "date",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 Nov 1994 09:49:37 +0100",
    ],
)
def test_a_date_is_waited_for_in_each_of_its_spellings(date: str) -> None:
    assert retry_after_ms(date, THEN - 2.5) == 2_500


def test_a_date_that_is_over_asks_for_nothing() -> None:
    assert retry_after_ms("Sun, 06 Nov 1994 08:49:37 GMT", THEN) is None


@pytest.mark.parametrize(
    "asked",
    ["", "-5", "1e3", "inf", "nan", "soon", "\u0663", "1,5", "Sun, 31 Feb 2027 08:00:00 GMT", "1 Jan 99999"],
)
def test_what_is_neither_asks_for_nothing(asked: str) -> None:
    assert retry_after_ms(asked, THEN) is None
