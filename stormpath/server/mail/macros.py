r"""Macros in the texts of e-mails (rest-core 6.15): plain work on text, which reaches nothing else.

``${name}`` and the quiet ``$!{name}`` are replaced by values, and in bodies Java escapes (``\n``, ``\u00e9``)
by the characters they stand for. Everything happens in one pass over the template's text: the text of a
value is never resolved again. There are no expressions.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

ValueOf = Callable[[str], str | None]

_MACRO: Final = r"\$(?P<quiet>!?)\{(?P<name>[\w.-]+)\}"
_HIGH: Final = r"\\u[dD][89abAB][0-9a-fA-F]{2}"
_LOW: Final = r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_ESCAPE: Final = rf"(?P<pair>{_HIGH}{_LOW})|\\u(?P<code>[0-9a-fA-F]{{4}})|\\(?P<letter>[ntr\"'\\])"

_IN_HEADERS: Final = re.compile(_MACRO)
_IN_BODIES: Final = re.compile(f"{_MACRO}|{_ESCAPE}")

_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "'": "'", "\\": "\\"}

#: All characters that end a line for some reader, all other control characters, those that turn the direction
#: of reading for the rest of the line, and those that UTF-8 cannot write.
_BREAKING: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")
_UNWRITABLE: Final = re.compile("[\x00\ud800-\udfff]")


def names(text: str) -> set[str]:
    """Return the names of the macros in a text."""
    return {found["name"] for found in _IN_HEADERS.finditer(text)}


def in_header(text: str, value_of: ValueOf, limit: int) -> str:
    """Return a header's text with its macros resolved, on one line, at most ``limit`` characters of it."""
    return one_line(_resolved(_IN_HEADERS, text, value_of, limit)[:limit])


def in_body(text: str, value_of: ValueOf, limit: int) -> str:
    """Return a body with its macros and escapes resolved, at most ``limit`` characters of it."""
    return writable(_resolved(_IN_BODIES, text, value_of, limit)[:limit])


def one_line(text: str) -> str:
    """Return a text as it may stand in a header: a space for each run of what could end or spoil it."""
    return _BREAKING.sub(" ", text).strip()


def writable(text: str) -> str:
    """Return a text as a body can hold it: with no NUL, and nothing that UTF-8 cannot write."""
    return _UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def value_at(document: object, path: str) -> object:
    """Return the value at a dotted path in nested objects, or ``None``.

    A key that is the whole of the path that is left comes first: keys may have dots in them.
    """
    while isinstance(document, dict):
        if path in document:
            return document[path]
        key, dot, path = path.partition(".")
        if not dot:
            return None
        document = document.get(key)
    return None


def _resolved(pattern: re.Pattern[str], text: str, value_of: ValueOf, limit: int) -> str:
    """Resolve until there is enough: a small template may name a large value many times."""
    taken: list[str] = []
    known: dict[str, str] = {}
    end = 0
    for found in pattern.finditer(text):
        # A template of 100,000 characters may have 25,000 of them: this is all that each costs.
        piece = known.get(found[0])
        if piece is None:
            piece = known[found[0]] = _written(found, value_of)
        start, stop = found.span()
        if start > end:
            taken.append(text[end:start])
            limit -= start - end
        if limit <= 0:
            break
        taken.append(piece[:limit])
        limit -= len(piece)
        end = stop
        if limit <= 0:
            break
    else:
        taken.append(text[end:])
    return "".join(taken)


def _written(found: re.Match[str], value_of: ValueOf) -> str:
    if (name := found["name"]) is None:
        return _unescaped(found)
    value = value_of(name)
    if value is None:
        return "" if found["quiet"] else found[0]
    return value


def _unescaped(found: re.Match[str]) -> str:
    if found["letter"]:
        return _LETTERS[found["letter"]]
    if found["code"]:
        return chr(int(found["code"], 16))
    high, low = int(found["pair"][2:6], 16), int(found["pair"][8:12], 16)
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
