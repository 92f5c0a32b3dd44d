"""Text of strangers, made safe to print: a terminal obeys what it is told between the letters."""

from __future__ import annotations

import io
import sys
import unicodedata
from typing import Final

#: They join letters and emoji, and move nothing.
_JOINERS: Final = "\u200c\u200d"


def printable(text: str, keep: str = "") -> str:
    r"""Return text with its control characters written out, except for those to ``keep``.

    An escape sequence becomes ``\x1b[2J``, and what turns the direction of reading ``\u202e``.
    """
    return "".join(each if _is_harmless(each) or each in keep else _escaped(each) for each in text)


def print_any_letter() -> None:
    """Let standard output write out letters that its encoding does not have, instead of failing."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _is_harmless(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs" or character in _JOINERS


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
