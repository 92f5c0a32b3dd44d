"""Dates in searches: periods, and ranges of them (rest-core 4.4)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, NamedTuple

from stormpath.server.schema.errors import ApiError, Code, shown

_PERIOD: Final = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:[T ](?P<hour>\d\d)(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d{1,6}))?)?)?)?)?)?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?",
    re.ASCII,
)
_RANGE: Final = re.compile(r"([\[(])([^,]*),([^,]*)([\])])")


class Period(NamedTuple):
    """From ``start`` (included) to ``end`` (excluded), in milliseconds since 1970."""

    start: int
    end: int


class Bounds(NamedTuple):
    """The two ends of a range as written; an empty text is an open end."""

    low: str
    high: str
    low_included: bool
    high_included: bool


def parse_period(text: str) -> Period | None:
    """Return the period a text names, in UTC unless it names a zone, or ``None`` when it is no date."""
    found = _PERIOD.fullmatch(text.strip())
    if found is None:
        return None
    try:
        return _period(found)
    except (ValueError, OverflowError):
        return None


def parse_bounds(text: str) -> Bounds | None:
    """Return the ends of ``[a,b]``, ``(a,b)``, ``[a,]`` and so on, or ``None`` for any other text."""
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        return None
    opening, low, high, closing = found.groups()
    bounds = Bounds(low.strip(), high.strip(), opening == "[", closing == "]")
    return bounds if bounds.low or bounds.high else None


def reversed_range(text: str) -> ApiError:
    """Return the error for a range whose end is not after its start."""
    return ApiError(Code.RANGE_REVERSED, f"The end of the range {shown(text)} is not after its start.")


def _period(found: re.Match[str]) -> Period:
    part = {name: int(digits) for name, digits in found.groupdict().items() if digits and name in _FIELDS}
    moment = datetime(
        part["year"],
        part.get("month", 1),
        part.get("day", 1),
        part.get("hour", 0),
        part.get("minute", 0),
        part.get("second", 0),
        tzinfo=_zone(found["zone"]),
    )
    start = _milliseconds(moment)
    if found["fraction"]:
        start += int(found["fraction"].ljust(3, "0")[:3])
        return Period(start, start + 1)
    return Period(start, _end(moment, part))


_FIELDS: Final = ("year", "month", "day", "hour", "minute", "second")


def _end(moment: datetime, part: dict[str, int]) -> int:
    finest = next(name for name in reversed(_FIELDS) if name in part)
    try:
        if finest == "year":
            return _milliseconds(moment.replace(year=moment.year + 1))
        if finest == "month":
            return _milliseconds((moment + timedelta(days=31)).replace(day=1))
        return _milliseconds(moment + timedelta(**{f"{finest}s": 1}))
    except (ValueError, OverflowError):
        # The last periods of the calendar: the year 10000 is no date in Python.
        return _milliseconds(datetime.max.replace(tzinfo=UTC)) + 1


def _zone(text: str | None) -> timezone:
    if text is None or text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 14 or minutes > 59:
        raise ValueError("no such zone")
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
