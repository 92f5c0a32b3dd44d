"""JSON of the callers' own, read at a cost in time and memory that grows with its length alone.

msgspec reads a number with more digits, or a larger exponent, than a float can hold exactly by long
multiplication: a megabyte of ``1e308`` took 1.6 seconds, one number of a megabyte 3 seconds.
"""

from __future__ import annotations

import math
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


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("Number out of range")
    return number


#: Returns the value of JSON text. Raises what msgspec raises, and ``ValueError`` for a number out of range.
decode: Final[Any] = msgspec.json.Decoder(float_hook=_float).decode

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
