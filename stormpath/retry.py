"""When a request is sent again, as a value."""

import random
from collections.abc import Mapping
from typing import Any, NamedTuple

from requests.exceptions import RequestException

TOO_MANY_REQUESTS = 429
IDEMPOTENCY_KEY = "Idempotency-Key"


def has_key(headers: Mapping[str, str] | None) -> bool:
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
        return outcome == TOO_MANY_REQUESTS or method in self.safe_methods or has_key(headers)

    def wait_ms(self, retries: int) -> float:
        """Return the delay before retry ``retries`` (0 to 3): about 0.5, 1.1, 2.2 and 4.4 seconds."""
        # The random part keeps clients that failed together from coming back together; it guards no secret.
        return float(2**retries * (500 + random.randint(1, 100)))  # noqa: S311 - spreads retries, guards nothing


def reason_of(failure: BaseException) -> str:
    """Return why a connection failed, in a few words: the innermost cause, which names no path."""
    inner = failure.__cause__ or getattr(failure, "reason", None) or next(iter(failure.args), None)
    if isinstance(inner, BaseException):
        return reason_of(inner)
    return getattr(failure, "strerror", None) or str(inner or type(failure).__name__)
