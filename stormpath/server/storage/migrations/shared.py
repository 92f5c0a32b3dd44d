"""Column types and ids that migrations share.

It is part of every migration and frozen like them: a change here would change what old migrations do. It
imports nothing of the package.
"""

from __future__ import annotations

import secrets
from typing import Final

import sqlalchemy as sa

#: Ids, folded keys and other texts that compare byte by byte, whatever the cluster's locale is.
BINARY_TEXT: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_WIDTH: Final = 22


class NewIds:
    """Ids for rows that a migration adds: 128 bits in the UUID version 7 layout, in 22 base-62 characters."""

    def __init__(self) -> None:
        self._last_tick = 0

    def new(self, created_at: int) -> str:
        """Return an id, greater than those made before for the same or an earlier time (in milliseconds)."""
        # Time and counter advance as one number: more than 4096 ids in a millisecond borrow from the next.
        self._last_tick = max(created_at << 12, self._last_tick + 1)
        milliseconds, counter = self._last_tick >> 12, self._last_tick & 0xFFF
        number = (milliseconds & ((1 << 48) - 1)) << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62
        number |= secrets.randbits(62)
        digits = []
        for _ in range(_WIDTH):
            number, digit = divmod(number, len(_ALPHABET))
            digits.append(_ALPHABET[digit])
        return "".join(reversed(digits))
