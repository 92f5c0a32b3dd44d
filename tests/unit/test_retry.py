"""The retry policy: the requests that are sent again, and their delays."""

import pytest
from requests.exceptions import ConnectionError, InvalidURL, ReadTimeout

from stormpath.retry import RetryPolicy, reason_of, retry_after_ms

POLICY = RetryPolicy()


@pytest.mark.parametrize("outcome", [429, 500, 503, 599, 600, ConnectionError(), ReadTimeout()])
def test_a_temporary_failure_is_worth_retrying(outcome: object) -> None:
    assert POLICY.is_worth_retrying(outcome)


@pytest.mark.parametrize("outcome", [200, 302, 400, 401, 404, 409, InvalidURL(), KeyError(), None])
def test_a_permanent_outcome_is_not_worth_retrying(outcome: object) -> None:
    assert not POLICY.is_worth_retrying(outcome)


def test_without_failures_pass_only_throttling_is_worth_retrying() -> None:
    policy = RetryPolicy(failures_pass=False)

    assert policy.is_worth_retrying(429)
    assert not policy.is_worth_retrying(500)


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
@pytest.mark.parametrize("outcome", [429, 503, ConnectionError()])
def test_reading_and_deleting_twice_is_safe(method: str, outcome: object) -> None:
    assert POLICY.is_safe_to_repeat(method, outcome, None)


def test_repeating_a_throttled_post_is_safe() -> None:
    assert POLICY.is_safe_to_repeat("POST", 429, None)


@pytest.mark.parametrize("outcome", [500, 503, ConnectionError()])
def test_repeating_any_other_post_is_safe_only_with_an_idempotency_key(outcome: object) -> None:
    assert not POLICY.is_safe_to_repeat("POST", outcome, {"Content-Type": "application/json"})
    assert POLICY.is_safe_to_repeat("POST", outcome, {"idempotency-KEY": "1"})


@pytest.mark.parametrize("asked", [None, 0, 19_999.5, 20_000])
def test_a_wait_within_the_limit_is_worth_it(asked: float | None) -> None:
    assert POLICY.is_worth_the_wait(asked)


@pytest.mark.parametrize("asked", [20_001, 3_600_000, float("inf")])
def test_a_wait_beyond_the_limit_is_not_worth_it(asked: float) -> None:
    assert not POLICY.is_worth_the_wait(asked)


@pytest.mark.parametrize(
    ("retries", "shortest", "longest"), [(0, 501, 600), (1, 1002, 1200), (3, 4008, 4800)]
)
def test_the_wait_doubles_with_every_retry(retries: int, shortest: int, longest: int) -> None:
    waits = [POLICY.wait_ms(retries) for _ in range(200)]

    assert shortest <= min(waits) < max(waits) <= longest


def test_the_reason_is_the_innermost_cause() -> None:
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
def test_a_retry_after_in_seconds_is_read(asked: str, wait: float) -> None:
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
def test_a_retry_after_date_is_read_in_each_of_its_formats(date: str) -> None:
    assert retry_after_ms(date, THEN - 2.5) == 2_500


def test_a_past_retry_after_date_is_ignored() -> None:
    assert retry_after_ms("Sun, 06 Nov 1994 08:49:37 GMT", THEN) is None


@pytest.mark.parametrize(
    "asked",
    ["", "-5", "1e3", "inf", "nan", "soon", "\u0663", "1,5", "Sun, 31 Feb 2027 08:00:00 GMT", "1 Jan 99999"],
)
def test_an_invalid_retry_after_is_ignored(asked: str) -> None:
    assert retry_after_ms(asked, THEN) is None
