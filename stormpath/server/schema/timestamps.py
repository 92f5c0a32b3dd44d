"""Times in the format of the API."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache


def timestamp(milliseconds: int | None) -> str | None:
    """Write a stored time as ``2015-08-25T19:57:05.976Z``."""
    if milliseconds is None:
        return None
    day, rest = divmod(milliseconds, 86_400_000)
    hour, rest = divmod(rest, 3_600_000)
    minute, rest = divmod(rest, 60_000)
    return f"{_date(day)}T{hour:02d}:{minute:02d}:{rest // 1000:02d}.{rest % 1000:03d}Z"


@lru_cache(maxsize=1024)
def _date(day: int) -> str:
    # Times on a page share few days, and the calendar is the expensive part.
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
