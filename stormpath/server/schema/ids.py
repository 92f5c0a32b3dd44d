"""Identifiers: 128 bits in the UUID version 7 layout, written as 22 base-62 characters.

They sort by creation time as plain text (the alphabet is in code point order and the width is fixed), which
keeps B-trees warm and lets an id serve as the cursor of a page.
"""

from __future__ import annotations

import secrets
import time
from typing import Final

from stormpath import forks

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
WIDTH: Final = 22
KEY_ID_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
KEY_ID_WIDTH: Final = 25

# Pairs of digits halve the number of big-integer divisions.
_PAIRS: Final = tuple(high + low for high in ALPHABET for low in ALPHABET)
_COUNTER_BITS: Final = 12

_lock = forks.Lock()
_last_tick = 0


def new_id(now_ms: int | None = None) -> str:
    """Return a new id, greater than every id this process made before for the same or an earlier time.

    ``now_ms`` is the creation time in milliseconds since 1970 (the clock's, when omitted).
    """
    tick = _next_tick(time.time_ns() // 1_000_000 if now_ms is None else now_ms)
    milliseconds, counter = tick >> _COUNTER_BITS, tick & ((1 << _COUNTER_BITS) - 1)
    return encode(
        (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | secrets.randbits(62)
    )


def first_id(milliseconds: int) -> str:
    """Return an id that is smaller than those of that time (milliseconds since 1970) and later ones."""
    return encode((milliseconds & ((1 << 48) - 1)) << 80)


def _next_tick(now_ms: int) -> int:
    # Time and counter advance as one number: more than 4096 ids in a millisecond borrow from the next one.
    global _last_tick
    with _lock:
        wanted = now_ms << _COUNTER_BITS
        _last_tick = wanted if wanted > _last_tick else _last_tick + 1
        return _last_tick


def encode(number: int) -> str:
    """Write a 128-bit number in base 62, at full width."""
    pairs = []
    for _ in range(WIDTH // 2):
        number, rest = divmod(number, 3844)
        pairs.append(_PAIRS[rest])
    return "".join(reversed(pairs))


def new_key_id() -> str:
    """Return a random API key id (rest-core 1.6)."""
    return "".join(secrets.choice(KEY_ID_ALPHABET) for _ in range(KEY_ID_WIDTH))


def is_key_id(text: str) -> bool:
    """Tell whether a text has the form of an API key id."""
    return len(text) == KEY_ID_WIDTH and set(KEY_ID_ALPHABET).issuperset(text)


def may_be_key_id(text: str) -> bool:
    """Tell whether a text has the form of an API key's id, also of one that another service has made."""
    return 20 <= len(text) <= 32 and set(KEY_ID_ALPHABET).issuperset(text)


def new_token() -> str:
    """Return 128 random bits in 22 base-62 characters: a secret, which does not contain its creation time."""
    return encode(secrets.randbits(128))
