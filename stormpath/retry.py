"""The retry policy: a value that decides whether and when a request is sent again."""

import random
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from requests.exceptions import RequestException

TOO_MANY_REQUESTS = 429
IDEMPOTENCY_KEY = "Idempotency-Key"

_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?").fullmatch


def has_idempotency_key(headers: Mapping[str, str] | None) -> bool:
    """Return whether a request has an ``Idempotency-Key``."""
    return any(name.lower() == IDEMPOTENCY_KEY.lower() for name in headers or ())


class RetryPolicy(NamedTuple):
    """The outcomes that are retried, the requests that may be sent twice, and the delays in between.

    ``retries`` is the number of tries after the first. An outcome is an HTTP status, or the exception raised
    instead. Without ``failures_pass`` only throttled requests are retried.
    """

    retries: int = 4
    longest_wait_ms: int = 20_000
    failures_pass: bool = True
    safe_methods: frozenset[str] = frozenset({"GET", "HEAD", "DELETE"})

    def is_worth_retrying(self, outcome: Any) -> bool:
        """Return whether a later try may succeed: no connection, throttled, or a failure of the service."""
        if isinstance(outcome, int):
            return outcome == TOO_MANY_REQUESTS or (self.failures_pass and outcome >= 500)
        # An exception that is also a ValueError is a mistake in the request, such as a bad URL: a retry
        # cannot help.
        return isinstance(outcome, RequestException) and not isinstance(outcome, ValueError)

    def is_safe_to_repeat(self, method: str, outcome: Any, headers: Mapping[str, str] | None) -> bool:
        """Return whether sending the same request again cannot carry it out twice."""
        # A throttled request was not processed. Any other POST may have been, even without an answer, and the
        # service recognizes a repetition only by its key.
        return outcome == TOO_MANY_REQUESTS or method in self.safe_methods or has_idempotency_key(headers)

    def is_worth_the_wait(self, retry_after_ms: float | None) -> bool:
        """Return whether the wait that the service asks for is within ``longest_wait_ms``.

        A retry before that time would be refused again.
        """
        return retry_after_ms is None or retry_after_ms <= self.longest_wait_ms

    def wait_ms(self, retries: int) -> float:
        """Return the delay before retry ``retries`` (0 to 3): about 0.5, 1.1, 2.2 and 4.4 seconds."""
        # The random part keeps clients that failed together from retrying together; it protects no secret.
        return float(2**retries * (500 + random.randint(1, 100)))  # noqa: S311 - jitter, not security


def retry_after_ms(retry_after: str, now: float) -> float | None:
    """Return the milliseconds to wait for a ``Retry-After``; ``now`` in epoch seconds (RFC 9110, 10.2.3).

    The value is a number of seconds, also with a fraction, or a date. ``None`` when it is neither, and when
    the date is past: the clocks may differ, so a past date says nothing about the wait.
    """
    text = retry_after.strip()
    if _SECONDS(text):
        return float(text) * 1000
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # A date without a zone is in UTC, like all dates of HTTP.
    wait = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now
    return wait * 1000 if wait > 0 else None


def reason_of(failure: BaseException) -> str:
    """Return the reason of a failed connection, in a few words: the innermost cause, without the path."""
    inner = failure.__cause__ or getattr(failure, "reason", None) or next(iter(failure.args), None)
    if isinstance(inner, BaseException):
        return reason_of(inner)
    return getattr(failure, "strerror", None) or str(inner or type(failure).__name__)
