"""The checks of a new password: strength, reuse, format (rest-core 6.10, 6.11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from stormpath.server.domain.context import Passwords
from stormpath.server.domain.storage import Row
from stormpath.server.schema.errors import ApiError, Code, shown

SYMBOLS: Final = frozenset(
    " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    "\u00a1\u00a6\u00a7\u00a9\u00ab\u00ac\u00ae\u00b1\u00b5\u00b6\u00b7\u00bb\u00bd\u00bf\u00d7\u00f7"
)

#: The query option of creations whose ``password`` is a hash, and its only value.
HASH_FORMAT: Final = "passwordFormat"
MCF: Final = "mcf"


def _is_diacritic(character: str) -> bool:
    return "\u00c0" <= character <= "\u00ff" and character not in "\u00d7\u00f7"


#: The classes of characters in the order in which they are checked: column, membership test, name.
_CLASSES: Final[tuple[tuple[str, Callable[[str], bool], str], ...]] = (
    ("min_lower_case", lambda each: "a" <= each <= "z", "lowercase character"),
    ("min_upper_case", lambda each: "A" <= each <= "Z", "uppercase character"),
    ("min_numeric", lambda each: "0" <= each <= "9", "numeric character"),
    ("min_symbol", SYMBOLS.__contains__, "symbol"),
    ("min_diacritic", _is_diacritic, "diacritic character"),
)


def check_strength(password: str, strength: Row) -> None:
    """Refuse a password that is too short, too long, or lacks a class of characters."""
    low, high = strength["min_length"], strength["max_length"]
    if len(password) < low:
        raise ApiError(
            Code.TOO_SHORT,
            "Account password minimum length not satisfied.",
            f"Password must be at least {low} characters long.",
        )
    if len(password) > high:
        raise ApiError(Code.TOO_LONG, f"Password must be at most {high} characters long.")
    for column, is_member, name in _CLASSES:
        minimum = strength[column]
        if sum(map(is_member, password)) < minimum:
            plural = "" if minimum == 1 else "s"
            raise ApiError(Code.BAD_REQUEST, f"Password requires at least {minimum} {name}{plural}.")


def refuse_reuse(password: str, hashes: Iterable[str], passwords: Passwords) -> None:
    """Refuse a password that matches one of the hashes. Each hash costs a verification."""
    if any(passwords.verify(password, each) for each in hashes):
        raise ApiError(
            Code.PASSWORD_REUSED,
            "Password was used before. Please choose another one.",
            "The directory's preventReuse forbids the account's latest passwords, the present one included.",
        )


def password_format(text: str) -> str:
    """Parse the query option ``passwordFormat``, in any letter case."""
    if text.lower() != MCF:
        raise ApiError(
            Code.BAD_FORMAT,
            "The imported password designates an algorithm that is an unsupported value.",
            f"passwordFormat must be {MCF}; {shown(text)} is not.",
        )
    return MCF
