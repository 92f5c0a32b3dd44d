"""One password in the several forms of Unicode that keyboards write (RFC 8265, OpaqueString).

The same letters are other characters from another keyboard: ``ü``, or ``u`` and a mark. A password is hashed
in one form, the prepared one. Hashes from before there was one, and imported ones, are of what was typed.
"""

from __future__ import annotations

import unicodedata
from typing import Final

#: The longest password (rest-core 5.11), in its prepared form.
LONGEST: Final = 255

#: The longest text that is prepared; a longer one is no password. A letter may be typed as several
#: characters, and preparing takes a time that grows with the square of their number.
LONGEST_TYPED: Final = 2 * LONGEST

#: The most forms of one password, and so the most hashes that verifying it may take.
MOST_FORMS: Final = 3


def prepared(password: str) -> str:
    """Return the form of a password that is hashed, and that is counted by rules: NFC, with simple blanks.

    Other than in RFC 8265, control characters are kept: passwords that have some have always been accepted.
    """
    if password.isascii() or len(password) > LONGEST_TYPED:
        return password
    return unicodedata.normalize("NFC", "".join(map(_simple, password)))


def forms(password: str) -> tuple[str, ...]:
    """Return the forms in which a password may have been hashed: the prepared one, then that which was typed.

    The last one is that of another keyboard. ASCII has one form, most other passwords have two, and those
    with two kinds of blanks three.
    """
    if password.isascii() or len(password) > LONGEST_TYPED:
        return (password,)
    decomposed = unicodedata.normalize("NFD", password)
    other = unicodedata.normalize("NFC", password) if decomposed == password else decomposed
    return tuple(dict.fromkeys((prepared(password), password, other)))


def _simple(character: str) -> str:
    return " " if not character.isascii() and unicodedata.category(character) == "Zs" else character
