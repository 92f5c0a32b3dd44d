"""Password strength (rest-core 5.13, 6.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from stormpath.server.refusals import Code, Refusal

_SYMBOLS: Final = frozenset(
    " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    "\u00a1\u00a6\u00a7\u00a9\u00ab\u00ac\u00ae\u00b1\u00b5\u00b6\u00b7\u00bb\u00bd\u00bf\u00d7\u00f7"
)


@dataclass(frozen=True, slots=True)
class PasswordStrength:
    """What a directory asks of new passwords. The defaults are the documented ones."""

    min_length: int = 8
    max_length: int = 100
    min_lower_case: int = 1
    min_upper_case: int = 1
    min_numeric: int = 1
    min_symbol: int = 0
    min_diacritic: int = 0

    def check(self, password: str) -> None:
        """Refuse a password that is too short, too long, or lacks a class of characters."""
        if len(password) < self.min_length:
            raise Refusal(Code.TOO_SHORT, f"Password must be at least {self.min_length} characters long.")
        if len(password) > self.max_length:
            raise Refusal(Code.TOO_LONG, f"Password must be at most {self.max_length} characters long.")
        for wanted, found, kind in (
            (self.min_lower_case, sum("a" <= each <= "z" for each in password), "lowercase character"),
            (self.min_upper_case, sum("A" <= each <= "Z" for each in password), "uppercase character"),
            (self.min_numeric, sum("0" <= each <= "9" for each in password), "numeric character"),
            (self.min_symbol, sum(each in _SYMBOLS for each in password), "symbol"),
            (self.min_diacritic, sum(map(_is_diacritic, password)), "diacritic character"),
        ):
            if found < wanted:
                plural = "" if wanted == 1 else "s"
                raise Refusal(Code.BAD_REQUEST, f"Password requires at least {wanted} {kind}{plural}.")


def _is_diacritic(character: str) -> bool:
    return "\u00c0" <= character <= "\u00ff" and character not in "\u00d7\u00f7"


#: The policy a directory starts with.
DEFAULT: Final = PasswordStrength()
