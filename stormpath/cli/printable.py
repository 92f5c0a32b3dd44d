"""Untrusted text, made safe to print: a terminal executes the control sequences in it."""

from __future__ import annotations

import io
import sys
import unicodedata
from typing import Final

#: Joiners of letters and emoji; they do not move the cursor.
_JOINERS: Final = "\u200c\u200d"


def printable(text: str, keep: str = "") -> str:
    r"""Return text with its control characters escaped, except for those to ``keep``.

    An escape sequence becomes ``\x1b[2J``, a change of the reading direction ``\u202e``.
    """
    return "".join(each if _is_harmless(each) or each in keep else _escaped(each) for each in text)


def escape_unencodable_output() -> None:
    """Let standard output escape characters that its encoding does not have, instead of failing."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _is_harmless(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs" or character in _JOINERS


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
