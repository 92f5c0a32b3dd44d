"""The kinds of password hashes: hashes of one kind take the same time to verify."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_BCRYPT: Final = re.compile(r"\$2[abxy]\$[0-9]{2}\$")


class HashKind(NamedTuple):
    """A kind, and the number of accounts with such a hash.

    ``None`` is the service's own scheme; accounts without a password count for it.
    """

    kind: str | None
    number: float


def kind_of(stored: str) -> str:
    """Return the part of a hash that names scheme and cost: what stands before salt and digest."""
    if found := _BCRYPT.match(stored):
        return found[0]
    return stored.rpartition("$")[0].rpartition("$")[0] + "$"
