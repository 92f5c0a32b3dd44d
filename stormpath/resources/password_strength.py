"""Password strength: the rules for passwords of a directory."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import ClassVar

from stormpath.resources.attributes import Flag, Number
from stormpath.resources.mixins import DictMixin, SaveMixin
from stormpath.resources.resource import Resource


class PasswordStrength(SaveMixin, DictMixin, Resource):
    """The lengths of passwords, and the least number of characters of each class.

    ``prevent_reuse`` is the number of earlier passwords that are refused. ``prevent_common`` refuses the most
    common passwords, and those that are little more than a name. Only the service can check these two.
    """

    NUMERIC_DIGIT_MIN: ClassVar[str] = "0"
    NUMERIC_DIGIT_MAX: ClassVar[str] = "9"
    UPPER_CASE_LETTER_MIN: ClassVar[str] = "A"
    UPPER_CASE_LETTER_MAX: ClassVar[str] = "Z"
    LOWER_CASE_LETTER_MIN: ClassVar[str] = "a"
    LOWER_CASE_LETTER_MAX: ClassVar[str] = "z"
    SYMBOL_CHARS: ClassVar[str] = (
        " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
        "\u00a1\u00a6\u00a7\u00a9\u00ab\u00ac\u00ae\u00b1\u00b5\u00b6\u00b7\u00bb\u00bd\u00bf\u00d7\u00f7"
    )
    # The letters of Latin-1 beyond ASCII, without the multiplication and division signs among them.
    DIACRITIC_CHARS: ClassVar[str] = "".join(
        chr(code) for code in range(0xC0, 0x100) if code not in (0xD7, 0xF7)
    )

    min_length = Number(writable=True)
    max_length = Number(writable=True)
    min_lower_case = Number(writable=True)
    min_upper_case = Number(writable=True)
    min_numeric = Number(writable=True)
    min_symbol = Number(writable=True)
    min_diacritic = Number(writable=True)
    prevent_reuse = Number(writable=True)
    prevent_common = Flag(writable=True)

    def validate_password(self, password: str) -> None:
        """Raise a ``ValueError`` that names the first rule that a password breaks.

        Costs a request unless the rules are loaded. The message does not contain the password. Reuse is not
        checked here. Characters are counted as the service counts them, in Unicode's form NFC.
        """
        password = _prepared(password)
        if len(password) > self.max_length:
            raise ValueError(f"the password must have at most {self.max_length} characters")
        if len(password) < self.min_length:
            raise ValueError(f"the password must have at least {self.min_length} characters")
        for wanted, noun, count in self._counts(password):
            if count < wanted:
                raise ValueError(f"the password must have at least {wanted} {noun}")

    def _counts(self, password: str) -> Iterator[tuple[int, str, int]]:
        """Yield for each class of characters the number required, its name, and the number found."""
        lower_case = (self.LOWER_CASE_LETTER_MIN, self.LOWER_CASE_LETTER_MAX)
        upper_case = (self.UPPER_CASE_LETTER_MIN, self.UPPER_CASE_LETTER_MAX)
        numeric = (self.NUMERIC_DIGIT_MIN, self.NUMERIC_DIGIT_MAX)
        yield self.min_lower_case, "lower case letters (a to z)", _between(*lower_case, password)
        yield self.min_numeric, "digits", _between(*numeric, password)
        yield self.min_symbol, "symbols", _among(self.SYMBOL_CHARS, password)
        yield self.min_upper_case, "upper case letters (A to Z)", _between(*upper_case, password)
        yield self.min_diacritic, "letters with diacritics", _among(self.DIACRITIC_CHARS, password)


def _prepared(password: str) -> str:
    """Return the form that the service counts and hashes (RFC 8265, OpaqueString)."""
    if password.isascii():
        return password
    simple = (" " if unicodedata.category(each) == "Zs" else each for each in password)
    return unicodedata.normalize("NFC", "".join(simple))


def _between(first: str, last: str, password: str) -> int:
    return sum(first <= each <= last for each in password)


def _among(characters: str, password: str) -> int:
    return sum(each in characters for each in password)
