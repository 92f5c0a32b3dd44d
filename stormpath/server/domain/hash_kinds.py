"""The kinds of password hashes: hashes of one kind take the same time to verify."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_BCRYPT: Final = re.compile(r"(\{[^}$]*\})?\$2[abxy]\$[0-9]{2}\$")

#: A scheme of LDAP whose hash has no parameters: ``{SSHA}``.
_LDAP: Final = re.compile(r"\{[^}$]*\}(?!.*\$)")

#: What stands in the place of a hash where the agent of a directory tries the password.
_BIND: Final = "$bind$"


class HashKind(NamedTuple):
    """A kind, and the number of accounts with such a hash.

    ``None`` is the service's own scheme; accounts without a password count for it.
    """

    kind: str | None
    number: float


def kind_of(stored: str) -> str:
    """Return the part of a hash that names scheme and cost: what stands before salt and digest."""
    if found := _BCRYPT.match(stored) or _LDAP.match(stored):
        return found[0]
    return stored.rpartition("$")[0].rpartition("$")[0] + "$"


def bind_kind(directory_id: str) -> str:
    """Return the kind of an account without a hash, whose directory has an agent: a bind takes the place."""
    return f"{_BIND}{directory_id}$"


def directory_of_bind(stored: str | None) -> str | None:
    """Return the id of the directory whose agent tries the password, ``None`` for a hash."""
    if stored is None or not stored.startswith(_BIND):
        return None
    return stored.removeprefix(_BIND).removesuffix("$")
