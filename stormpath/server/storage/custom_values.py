"""Values in custom data, as SQLite compares them; PostgreSQL does it in SQL (``custom_search.py``).

Each function is given what ``json_extract`` returns for two paths: the JSON text of an array with the value
first, whose numbers have all their digits. (For one path it returns what SQLite makes of a number: a float.)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import msgspec

from stormpath.server.schema.query import (
    MAX_COMPOSED,
    Between,
    CustomBetween,
    CustomMatch,
    MatchKind,
    fold_custom_data,
)

#: Tells whether a value matches. A null, an array and an object never do.
Predicate = Callable[[Any], bool]

_COMPARISONS: Final[dict[MatchKind, Callable[[str, str], bool]]] = {
    "equals": str.__eq__,
    "starts": str.startswith,
    "ends": str.endswith,
    "contains": str.__contains__,
}

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ISO_8601: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?"
)

_NOTHING: Final = "[null,null]"
_COMPLEMENTS: Final = str.maketrans("0123456789", "9876543210")

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_encode = msgspec.json.Encoder().encode


def encoded(wanted: CustomMatch | CustomBetween) -> str:
    """Return a filter as the functions are given it."""
    return _encode(wanted).decode()


def matches(found: str, wanted: str) -> bool:
    """Tell whether one of the values found matches the :class:`CustomMatch`."""
    return found != _NOTHING and _is_any(_matcher(wanted), _decode(found)[0])


def is_between(found: str, wanted: str) -> bool:
    """Tell whether one of the values found is within the :class:`CustomBetween`."""
    return found != _NOTHING and _is_any(_range(wanted), _decode(found)[0])


def order_key(found: str) -> str | None:
    """Return the text by whose bytes rows are ordered, or ``None`` for no value: the lowest of an array's.

    Numbers come first, by value; then texts, by their folded first 255 characters, with true and false among
    them.
    """
    if found == _NOTHING:
        return None
    value = _decode(found)[0]
    if isinstance(value, list):
        return min((key for each in value if (key := _order_key(each)) is not None), default=None)
    return _order_key(value)


def number_key(number: int | Decimal) -> str:
    """Return a text whose bytes are in the order of the numbers, and equal for equal ones.

    PostgreSQL has the same as a function of its own (``custom_data_number_key``, in migration 0013).
    """
    # The value is 0.text, times ten to this power. A tuple of its digits would take longer.
    if isinstance(number, int):
        text = str(abs(number))
        power = len(text)
    else:
        text = f"{number.copy_abs():e}".partition("e")[0].replace(".", "")
        power = number.adjusted() + 1
    text = text.rstrip("0")
    if not text:
        return "1"
    if number < 0:
        return f"0{50_000 - power}{text.translate(_COMPLEMENTS)}~"
    return f"2{50_000 + power}{text}"


def instant(text: str) -> int | None:
    """Return the time that an ISO 8601 text names, in milliseconds since 1970, or ``None``.

    PostgreSQL has the same as a function of its own (``custom_data_instant``, in the first migration).
    """
    if not _ISO_8601.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _is_any(predicate: Predicate, value: Any) -> bool:
    return any(map(predicate, value)) if isinstance(value, list) else predicate(value)


@lru_cache(maxsize=64)
def _matcher(wanted: str) -> Predicate:
    """Return the predicate of a filter: it is called for thousands of values."""
    match = msgspec.json.decode(wanted, type=CustomMatch)
    if match.kind == "present":
        return lambda value: text_of(value) is not None
    compare, text, number = _COMPARISONS[match.kind], match.value, match.number

    def is_match(value: Any) -> bool:
        if number is not None and _is_number(value) and value == number:
            return True
        own = text_of(value)
        return own is not None and compare(own, text)

    return is_match


@lru_cache(maxsize=64)
def _range(wanted: str) -> Predicate:
    bounds = msgspec.json.decode(wanted, type=CustomBetween)
    numbers, instants = bounds.numbers, bounds.instants

    def is_within(value: Any) -> bool:
        if isinstance(value, str):
            return instants is not None and _is_within(instant(value), instants)
        return numbers is not None and _is_number(value) and _is_within(value, numbers)

    return is_within


def _is_within(value: int | Decimal | None, bounds: Between) -> bool:
    if value is None:
        return False
    low, high = bounds.low, bounds.high
    return (low is None or value > low or (bounds.low_included and value == low)) and (
        high is None or value < high or (bounds.high_included and value == high)
    )


def _is_number(value: Any) -> bool:
    # True and false are numbers in Python.
    return type(value) is int or type(value) is Decimal


def text_of(value: Any) -> str | None:
    """Return the folded text of a value, in which a number has no exponent; ``None`` where there is none."""
    if isinstance(value, str):
        return fold_custom_data(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        # PostgreSQL's numbers have no negative zero.
        return f"{value if value else value.copy_abs():f}"
    return None


def _order_key(value: Any) -> str | None:
    if _is_number(value):
        return number_key(value)
    if isinstance(value, str):
        # A NUL in a cursor would be an error in PostgreSQL.
        return "3" + fold_custom_data(value[:MAX_COMPOSED]).replace("\x00", "")
    text = text_of(value)
    return None if text is None else "3" + text
