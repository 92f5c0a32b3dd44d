"""Errors when an e-mail is sent, as one line for an operator, without secrets."""

from __future__ import annotations

import base64
import re
from typing import Final

from stormpath.server.mail.email import Email

_LONGEST: Final = 300


class DeliveryError(Exception):
    """Why an e-mail was not sent: ``text`` is one line for an operator, without secrets.

    ``is_final`` when sending it again is of no use (RFC 5321, 4.2.1); ``is_servers`` when any other e-mail
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


def spellings(user: str, password: str) -> list[str]:
    """Return a password in the ways in which it is sent, the longest first."""
    plain = f"\0{user}\0{password}"
    return [each for each in (_base64(plain), _base64(password), password) if each]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def without_quotes(text: str, email: Email) -> str:
    """Return an error without the tokens of an e-mail: some servers quote what they refuse."""
    said = f"{email.text or ''} {email.html or ''}"
    return re.sub(r"[\w.~-]{16,}", lambda found: "***" if found[0] in said else found[0], text)
