"""Periods in the words of people: ``1 hour 30 minutes`` is ``PT1H30M`` on the wire."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from stormpath.server.console.texts import gettext, ngettext

#: By unit: its letter in ISO 8601, and whether it stands behind the ``T`` of times.
_UNITS: Final = {
    "year": ("Y", False),
    "month": ("M", False),
    "week": ("W", False),
    "day": ("D", False),
    "hour": ("H", True),
    "minute": ("M", True),
    "second": ("S", True),
}
_LONGEST: Final = 64
_ISO: Final = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII
)
_WORDS: Final = re.compile(r"(\d+)\s*(year|month|week|day|hour|minute|second)s?", re.ASCII | re.IGNORECASE)


def words(iso: str) -> str:
    """Return a period of ISO 8601 in words; one that has none, such as half a second, as it is."""
    found = _ISO.fullmatch(iso) if len(iso) <= _LONGEST else None
    if found is None or not any(found.groups()):
        return iso
    parts = [(int(each), unit) for each, unit in zip(found.groups(), _UNITS, strict=True) if each is not None]
    return " ".join(_part(number, unit) for number, unit in parts if number) or gettext("0 seconds")


def iso(text: str) -> str:
    """Return words as a period of ISO 8601; any other text is returned as it is, for the API to judge."""
    if len(text) > _LONGEST:
        return text
    found = _WORDS.findall(text)
    if not found or _WORDS.sub("", text).replace(",", "").replace("and", "").strip():
        return text
    given = {unit.lower(): number for number, unit in found}
    if len(given) < len(found):
        return text
    if "week" in given and len(given) > 1:
        # Weeks stand alone in ISO 8601.
        given["day"] = str(int(given.get("day", 0)) + 7 * int(given.pop("week")))
    date, time = ("".join(_letters(given, is_time)) for is_time in (False, True))
    return f"P{date}T{time}" if time else f"P{date}"


def _letters(given: dict[str, str], is_time: bool) -> Iterator[str]:
    for unit, (letter, of_time) in _UNITS.items():
        if unit in given and of_time is is_time:
            yield f"{given[unit]}{letter}"


def _part(number: int, unit: str) -> str:
    match unit:
        case "year":
            return ngettext("%(number)s year", "%(number)s years", number)
        case "month":
            return ngettext("%(number)s month", "%(number)s months", number)
        case "week":
            return ngettext("%(number)s week", "%(number)s weeks", number)
        case "day":
            return ngettext("%(number)s day", "%(number)s days", number)
        case "hour":
            return ngettext("%(number)s hour", "%(number)s hours", number)
        case "minute":
            return ngettext("%(number)s minute", "%(number)s minutes", number)
        case _:
            return ngettext("%(number)s second", "%(number)s seconds", number)
