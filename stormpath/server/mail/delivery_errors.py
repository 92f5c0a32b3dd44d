"""What goes wrong when an e-mail is sent, and what to do about it."""

from __future__ import annotations

import base64
import random
import re
from typing import Final

from stormpath.server.domain.storage import LeasedEmail
from stormpath.server.mail.email import Email

_LONGEST: Final = 300
_DAY_MS: Final = 24 * 60 * 60 * 1000

#: A message is not given up for its age alone: a clock that jumps would kill it.
_FEWEST_ATTEMPTS: Final = 8
#: Two days of trying, and more, by any clock.
_MOST_ATTEMPTS: Final = 60

_FIRST_DELAY: Final = 30.0
_LONGEST_DELAY: Final = 3600.0


class Trouble(Exception):
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
    """Return what a server or a library said as one short line of printable characters."""
    printable = "".join(each if " " <= each <= "~" else " " for each in text)
    line = " ".join(printable.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."


def spellings(user: str, password: str) -> list[str]:
    """Return a password in the ways in which it is sent, the longest first."""
    plain = f"\0{user}\0{password}"
    return [each for each in (_base64(plain), _base64(password), password) if each]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def without_quotes(text: str, content: Email) -> str:
    """Return an error without the tokens of a message: some servers quote what they refuse."""
    said = f"{content.text or ''} {content.html or ''}"
    return re.sub(r"[\w.~-]{16,}", lambda found: "***" if found[0] in said else found[0], text)


def delay_seconds(attempts: int) -> float:
    """Return how long to wait after that many attempts: half a minute, doubled each time, up to an hour.

    A fifth more or less, so that what failed together is not tried again together.
    """
    delay: float = min(_FIRST_DELAY * 2.0 ** min(attempts - 1, 20), _LONGEST_DELAY)
    return delay * random.uniform(0.8, 1.2)  # noqa: S311  # Nobody gains by guessing it.


def is_hopeless(claimed: LeasedEmail, now: int) -> bool:
    """Tell whether a message that failed once more has been tried for long enough: a day."""
    is_old = now - claimed.created_at >= _DAY_MS and claimed.attempts >= _FEWEST_ATTEMPTS
    return is_old or claimed.attempts >= _MOST_ATTEMPTS
