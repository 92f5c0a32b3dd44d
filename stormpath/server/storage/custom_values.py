"""Values in custom data, as SQLite compares them; PostgreSQL does it in SQL (``custom_search.py``).

Each function is given what ``json_extract`` returns for two paths: the JSON text of an array with the value
first, whose numbers have all their digits. (For one path it returns what SQLite makes of a number: a float.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

import msgspec

from stormpath.server.schema.query import (
    MAX_COMPOSED,
    Between,
    CustomBetween,
    CustomMatch,
    MatchKind,
    fold_custom_data,
)

#: What is in custom data, but for null, arrays and objects. ``bool`` is an ``int`` in Python only.
Scalar = str | int | Decimal

_TRUE_FALSE: Final = {True: "true", False: "false"}

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
_decode_match = lru_cache(maxsize=64)(msgspec.json.Decoder(CustomMatch).decode)
_decode_between = lru_cache(maxsize=64)(msgspec.json.Decoder(CustomBetween).decode)


def encoded(wanted: CustomMatch | CustomBetween) -> str:
    """Return a filter as the functions are given it."""
    return _encode(wanted).decode()


def matches(found: str, wanted: str) -> bool:
    """Tell whether one of the values found matches the :class:`CustomMatch`."""
    match = _decode_match(wanted)
    return any(_is_match(each, match) for each in _scalars(found))


def is_between(found: str, wanted: str) -> bool:
    """Tell whether one of the values found is within the :class:`CustomBetween`."""
    bounds = _decode_between(wanted)
    return any(_is_between(each, bounds) for each in _scalars(found))


def order_key(found: str) -> str | None:
    """Return the text by whose bytes rows are ordered, or ``None`` for no value: the lowest of an array's.

    Numbers come first, by value; then texts, by their folded first 255 characters, with true and false among
    them.
    """
    return min(map(_order_key, _scalars(found)), default=None)


def number_key(number: int | Decimal) -> str:
    """Return a text whose bytes are in the order of the numbers, and equal for equal ones.

    PostgreSQL has the same as a function of its own (``custom_data_number_key``, in migration 0013).
    """
    sign, digits, exponent = Decimal(number).as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    if not text:
        return "1"
    # The value is 0.text, times ten to this power.
    power = len(text) + int(exponent)
    text = text.rstrip("0")
    if sign:
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


def _scalars(found: str) -> Iterator[Scalar]:
    if found == _NOTHING:
        return
    value = _decode(found)[0]
    for each in value if isinstance(value, list) else (value,):
        if each is not None and not isinstance(each, list | dict):
            yield each


def _is_match(value: Scalar, wanted: CustomMatch) -> bool:
    if wanted.kind == "present":
        return True
    if wanted.number is not None and _is_number(value) and value == wanted.number:
        return True
    return _COMPARISONS[wanted.kind](_text(value), wanted.value)


def _is_between(value: Scalar, wanted: CustomBetween) -> bool:
    if isinstance(value, str):
        return wanted.instants is not None and _is_within(instant(value), wanted.instants)
    return wanted.numbers is not None and _is_number(value) and _is_within(value, wanted.numbers)


def _is_within(value: int | Decimal | None, bounds: Between) -> bool:
    if value is None:
        return False
    low, high = bounds.low, bounds.high
    return (low is None or value > low or (bounds.low_included and value == low)) and (
        high is None or value < high or (bounds.high_included and value == high)
    )


def _is_number(value: Scalar) -> bool:
    return not isinstance(value, str | bool)


def _text(value: Scalar) -> str:
    """Return the value's text; that of a number without an exponent."""
    if isinstance(value, str):
        return fold_custom_data(value)
    if isinstance(value, bool):
        return _TRUE_FALSE[value]
    if isinstance(value, Decimal):
        # PostgreSQL's numbers have no negative zero.
        return f"{value if value else value.copy_abs():f}"
    return str(value)


def _order_key(value: Scalar) -> str:
    if isinstance(value, str):
        # A NUL in a cursor would be an error in PostgreSQL.
        return "3" + fold_custom_data(value[:MAX_COMPOSED]).replace("\x00", "")
    return number_key(value) if _is_number(value) else "3" + _text(value)
