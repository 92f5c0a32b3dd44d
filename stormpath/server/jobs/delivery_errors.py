"""Errors when a message is sent, as one line for an operator, without secrets."""

from __future__ import annotations

import base64
from typing import Final

_LONGEST: Final = 300


class DeliveryError(Exception):
    """Why a message was not sent: ``text`` is one line for an operator, without secrets.

    ``is_final`` when sending it again is of no use (RFC 5321, 4.2.1); ``is_servers`` when any other message
    would have met the same.
    """

    def __init__(self, text: str, *, is_final: bool = False, is_servers: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.is_final = is_final
        self.is_servers = is_servers


def one_line(text: str) -> str:
    """Return the words of a server or a library as one short line of printable characters."""
    printable = "".join(each if " " <= each <= "~" else " " for each in text)
    line = " ".join(printable.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."


def in_base64(text: str) -> str:
    """Return a text as it is written in base64, of its UTF-8."""
    return base64.b64encode(text.encode()).decode()
