"""JSON of the callers' own, read at a cost in time and memory that grows with its length alone.

msgspec reads a number with more digits, or a larger exponent, than a float can hold exactly by long
multiplication: a megabyte of ``1e308`` took 1.6 seconds, one number of a megabyte 3 seconds.
"""

from __future__ import annotations

import math
from decimal import Decimal
from itertools import accumulate
from typing import Any, Final

import msgspec

from stormpath.server.schema.errors import ApiError, Code

#: The largest float has 309 before its point.
MAX_DIGITS: Final = 400

#: Stored JSON is parsed again deeper in the call stack, and by the databases' JSON functions, which have
#: limits.
MAX_DEPTH: Final = 200

#: Each array and object takes some 70 bytes of memory, however short it is.
MAX_CONTAINERS: Final = 200_000

#: Each value and member takes up to thirty times its length in memory.
MAX_VALUES: Final = 250_000

_DIGITS_AS_ZEROS: Final = bytes.maketrans(b"123456789", b"000000000")
_ZEROS: Final = b"0" * MAX_DIGITS

_STEPS: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS: Final = bytes(each for each in range(256) if each not in _STEPS)


#: A float keeps that many digits of any number, and of so short a text too: it may have a point.
_KEPT: Final = 15

#: The smallest number of which a float keeps as many digits as of others, about.
_SMALL: Final = 1e-300


class LongFloat(float):
    """A number of which a float cannot keep all digits. It is written again as it was read."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> LongFloat:
        number = super().__new__(cls, text)
        number.text = text
        return number


def _float(text: str) -> float:
    number = float(text)
    if len(text) <= _KEPT + 1 and _SMALL < abs(number) < math.inf:
        return number
    if math.isinf(number):
        raise ValueError("Number out of range")
    if not number:
        # Zero, or too small: PostgreSQL's numbers have no smaller ones than a few thousand digits can write.
        if text.lower().partition("e")[0].strip("-0."):
            raise ValueError("Number out of range")
        return number
    return number if Decimal(repr(number)) == Decimal(text) else LongFloat(text)


def _raw(value: object) -> msgspec.Raw:
    if isinstance(value, LongFloat):
        return msgspec.Raw(value.text.encode())
    raise TypeError(f"{type(value).__name__} is no JSON value.")


#: Returns the value of JSON text. Raises what msgspec raises, and ``ValueError`` for a number out of range.
decode: Final[Any] = msgspec.json.Decoder(float_hook=_float).decode

#: Returns the JSON text of a value that was decoded, with all digits of its numbers.
encode: Final = msgspec.json.Encoder(enc_hook=_raw).encode

#: Returns the members of a stored JSON object, each still as text: none of their values is made.
members: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def check(text: bytes) -> None:
    """Raise an error for JSON that is expensive to read for its length; about as fast as copying it."""
    if len(text) >= MAX_DIGITS and _ZEROS in text.translate(_DIGITS_AS_ZEROS):
        _check_digits(text)
    if text.count(b"[") + text.count(b"{") > MAX_DEPTH:
        _check_brackets(text)
    # Commas separate values, unless they are in strings.
    if text.count(b",") >= MAX_VALUES and _outside_strings(text).count(b",") >= MAX_VALUES:
        raise ApiError(Code.BAD_REQUEST, f"The request body has more than {MAX_VALUES} values.")


def _check_digits(text: bytes) -> None:
    if _ZEROS in _outside_strings(text).translate(_DIGITS_AS_ZEROS):
        raise ApiError(
            Code.BAD_REQUEST, f"The request body has a number with {MAX_DIGITS} digits in a row, or more."
        )


def _check_brackets(text: bytes) -> None:
    brackets = _outside_strings(text).translate(None, _NO_BRACKETS)
    if brackets.count(b"[") + brackets.count(b"{") > MAX_CONTAINERS:
        raise ApiError(
            Code.BAD_REQUEST, f"The request body has more than {MAX_CONTAINERS} arrays and objects."
        )
    if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > MAX_DEPTH:
        raise ApiError(Code.BAD_REQUEST, f"The request body is nested more than {MAX_DEPTH} levels deep.")


def _outside_strings(text: bytes) -> bytes:
    unescaped = text.replace(rb"\\", b"").replace(rb"\"", b"")
    return b'"'.join(unescaped.split(b'"')[::2])
