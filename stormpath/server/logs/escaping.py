"""Untrusted text as it may stand in a log: on one line, without control characters, and short.

A caller who could write a line break would write lines of its own; one who could write escape sequences would
write to the terminal of the operator who reads the log.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final

#: The most characters of one message, of one value in it, and of one line of a trace.
LONGEST_MESSAGE: Final = 4000
LONGEST_VALUE: Final = 300

#: The most lines of a trace. The last ones are kept: they name the error.
LONGEST_TRACE: Final = 200

#: Begins each line of a trace, so that none looks like a line of its own.
CONTINUED: Final = "  | "

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def escaped(text: str, longest: int = LONGEST_MESSAGE) -> str:
    r"""Return text on one line: ``\n`` for a line break, ``\x1b`` for an escape, ``\u202e`` for a bidi mark.

    All that Python does not count as printable is escaped: control and format characters, separators other
    than the space, surrogates. Longer text ends in ``...``.
    """
    if len(text) > longest:
        text = f"{text[: longest - 3]}..."
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escape(each) for each in text)


def quoted(value: object) -> str:
    r"""Return a value for ``name=value``: bare if it is a word, or else quoted."""
    text = str(value)
    if len(text) <= LONGEST_VALUE and text.isprintable() and text and not _ENDING.intersection(text):
        return text
    shortened = text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."
    return f'"{escaped("".join(_QUOTES.get(each, each) for each in shortened), 2 * LONGEST_VALUE)}"'


def trace(info: ExceptionInfo) -> str:
    """Return the trace of an exception and its causes, each line escaped and marked as a continuation.

    It names the classes of errors and leaves out their messages, which may hold values of rows.
    """
    return "" if info[1] is None else continued("\n".join(_stack(info[1])))


def _stack(error: BaseException) -> Iterator[str]:
    if error.__cause__ is not None:
        yield from _stack(error.__cause__)
        yield "This caused:"
    yield "Traceback (most recent call last):"
    yield "".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__


def continued(text: str) -> str:
    """Return text of several lines as continuation of the line above it."""
    lines = text.rstrip("\n").split("\n")
    return "\n".join(CONTINUED + escaped(each, LONGEST_VALUE) for each in lines[-LONGEST_TRACE:])


def safe_argument(value: Any) -> Any:
    """Return the argument of a log message; all but numbers become escaped text."""
    return value if value is None or isinstance(value, int | float) else escaped(str(value))


#: What ends a bare value, or begins something else.
_ENDING: Final = frozenset(" \"'=\\")

_QUOTES: Final = {"\\": "\\\\", '"': '\\"'}


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
