"""The lifetimes of tokens: ISO 8601 durations, which are counted in the calendar (rest-auth 3.2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import isodate


@lru_cache(maxsize=256)
def _parsed(text: str) -> timedelta | isodate.Duration:
    # Imported here: a service that issues no token does not need it.
    import isodate

    return isodate.parse_duration(text)


def end_of(ttl: str, since: int) -> int:
    """Return when a duration ends that begins ``since`` that time, both in whole seconds since 1970."""
    parsed = _parsed(ttl)
    if isinstance(parsed, timedelta):
        return since + int(parsed.total_seconds())
    return int((datetime.fromtimestamp(since, UTC) + parsed).timestamp())
