"""The secrets of an e-mail, and of the login at a mail server, in what the server answers."""

from __future__ import annotations

import re

from stormpath.server.jobs.delivery_errors import in_base64
from stormpath.server.mail.email import Email


def spellings(user: str, password: str) -> list[str]:
    """Return a password in the ways in which it is sent, the longest first."""
    plain = f"\0{user}\0{password}"
    return [each for each in (in_base64(plain), in_base64(password), password) if each]


def without_quotes(text: str, email: Email) -> str:
    """Return an error without the tokens of an e-mail: some servers quote what they refuse."""
    said = f"{email.text or ''} {email.html or ''}"
    return re.sub(r"[\w.~-]{16,}", lambda found: "***" if found[0] in said else found[0], text)
