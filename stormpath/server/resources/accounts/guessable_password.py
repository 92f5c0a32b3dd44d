"""Passwords that an attacker tries first: common ones, and little more than a name (rest-core 6.10)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from stormpath.server.domain.context import Values
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.schema.query import fold
from stormpath.server.security.common_passwords import is_common

#: A name with fewer letters is part of too many good passwords.
MIN_LETTERS: Final = 4

#: A password must have as many characters beside the names in it: a year and a symbol are not enough.
MIN_REST: Final = 6

#: The applications of a directory whose names count: one that has more is not searched for the others.
MAX_APPLICATIONS: Final = 100

_LETTERS: Final = re.compile(r"[^\W\d_]+")

#: Digits and symbols that are written for letters; 1 and ! stand for either of two.
_LEET: Final = tuple(str.maketrans("0345$@7" + "1!", "oeassat" + 2 * letter) for letter in "il")

#: Stands in a password for a name that was taken out, so that what was around it does not become a name.
_GAP: Final = "\0"


def refuse_guessable(unit: Unit, password: str, account: Values, application: Row | None) -> None:
    """Refuse a password that is common, or little more than the names around the account.

    ``application`` is the one that the account is created or its password reset through, if that is known.
    The message does not say which name it was: that would be a part of the password.
    """
    if is_common(password):
        raise ApiError(
            Code.BAD_REQUEST,
            "Password is too common. Please choose another one.",
            "The password is among the 100,000 most common ones: the directory's preventCommon refuses them.",
        )
    if is_little_more_than(password, _names_around(unit, account, application)):
        raise ApiError(
            Code.BAD_REQUEST,
            "Password is too similar to a name. Please choose another one.",
            f"The directory's preventCommon refuses a password with fewer than {MIN_REST} characters beside "
            "the account's username, e-mail and names, and the names of its directory, of the directory's "
            "applications and of the tenant.",
        )


def is_little_more_than(password: str, names: Iterable[str]) -> bool:
    """Tell whether fewer than ``MIN_REST`` characters remain of a password without the words of the names.

    The words are looked for in any letter case, also backwards, and with digits and symbols for letters.
    """
    words = _words(names)
    folded = fold(password)
    return any(_is_mostly_words(each, words) for each in {folded, *map(folded.translate, _LEET)})


def _is_mostly_words(password: str, words: list[str]) -> bool:
    rest = password
    for each in words:
        rest = rest.replace(each, _GAP)
    return rest != password and len(rest.replace(_GAP, "")) < MIN_REST


def _words(names: Iterable[str]) -> list[str]:
    """Return the words that count, also backwards; the longest first, because it may contain others."""
    found = set()
    for name in map(fold, names):
        # As it is, then its parts: joe.smith80 is joe.smith80 and smith.
        for each in (name, *_LETTERS.findall(name)):
            if sum(map(str.isalpha, each)) >= MIN_LETTERS:
                found |= {each, each[::-1]}
    return sorted(found, key=len, reverse=True)


def _names_around(unit: Unit, account: Values, application: Row | None) -> Iterator[str]:
    local_part, _, domain = account["email"].rpartition("@")
    # Of a domain, the last label says nothing about the account.
    yield from (account["username"], local_part, *domain.split(".")[:-1])
    yield from filter(None, (account.get(each) for each in ("given_name", "middle_name", "surname")))
    directory_id = account["directory_id"]
    mapped = unit.mappings.owners("accountStoreMapping", "directory", directory_id)[:MAX_APPLICATIONS]
    owners = (
        unit.get("directory", directory_id),
        unit.get("tenant", unit.tenant_id),
        application,
        *unit.get_many("application", mapped).values(),
    )
    yield from (each["name"] for each in owners if each is not None)
