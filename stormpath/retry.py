"""When a request is sent again, as a value."""

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
    """Say whether a request tells by a key which other one it repeats."""
    return any(name.lower() == IDEMPOTENCY_KEY.lower() for name in headers or ())


class RetryPolicy(NamedTuple):
    """Which outcome is worth another try, which request may be sent twice, and how long to wait in between.

    ``retries`` counts the tries after the first. An outcome is an HTTP status, or the exception that took its
    place. Without ``failures_pass`` only being throttled is a reason to wait.
    """

    retries: int = 4
    longest_wait_ms: int = 20_000
    failures_pass: bool = True
    safe_methods: frozenset[str] = frozenset({"GET", "HEAD", "DELETE"})

    def is_worth_retrying(self, outcome: Any) -> bool:
        """Say whether a later try may go better: no connection, throttled, or a failure of the service."""
        if isinstance(outcome, int):
            return outcome == TOO_MANY_REQUESTS or (self.failures_pass and outcome >= 500)
        # One that is also a ValueError names a mistake in the request, such as a bad URL, which no time
        # mends.
        return isinstance(outcome, RequestException) and not isinstance(outcome, ValueError)

    def is_safe_to_repeat(self, method: str, outcome: Any, headers: Mapping[str, str] | None) -> bool:
        """Say whether sending the same again cannot do the same thing twice."""
        # A throttled request was not processed. Any other POST may have been, even when no answer came
        # back, and the service knows a repetition only by its key.
        return outcome == TOO_MANY_REQUESTS or method in self.safe_methods or has_idempotency_key(headers)

    def is_worth_the_wait(self, retry_after_ms: float | None) -> bool:
        """Say whether the service asks for no longer wait than we are ready for.

        To come back earlier would be to be refused again.
        """
        return retry_after_ms is None or retry_after_ms <= self.longest_wait_ms

    def wait_ms(self, retries: int) -> float:
        """Return the delay before retry ``retries`` (0 to 3): about 0.5, 1.1, 2.2 and 4.4 seconds."""
        # The random part keeps clients that failed together from coming back together; it guards no secret.
        return float(2**retries * (500 + random.randint(1, 100)))  # noqa: S311 - spreads retries, guards nothing


def retry_after_ms(retry_after: str, now: float) -> float | None:
    """Return how long a ``Retry-After`` asks to wait, ``now`` in seconds since 1970 (RFC 9110, 10.2.3).

    Seconds, also with a fraction, or a date. ``None`` when it is neither, and when the date is over: our
    clocks may differ, so that says only that the service has been in trouble.
    """
    text = retry_after.strip()
    if _SECONDS(text):
        return float(text) * 1000
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # One without a zone is in UTC: so are all of HTTP's.
    wait = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now
    return wait * 1000 if wait > 0 else None


def reason_of(failure: BaseException) -> str:
    """Return why a connection failed, in a few words: the innermost cause, which names no path."""
    inner = failure.__cause__ or getattr(failure, "reason", None) or next(iter(failure.args), None)
    if isinstance(inner, BaseException):
        return reason_of(inner)
    return getattr(failure, "strerror", None) or str(inner or type(failure).__name__)
