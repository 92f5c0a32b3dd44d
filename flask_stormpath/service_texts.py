"""The texts of the service that people may see, for translations: the service itself writes English."""

from __future__ import annotations

import re
from typing import Final

from flask_stormpath.texts import gettext
from stormpath.error import Error

#: The code of a text that is too short: its message is one that programs compare, and says less.
TOO_SHORT: Final = 2007
#: Longer than any of them.
LONGEST: Final = 500


def text(known: str) -> str:
    """Return a text as it is: its name lets the translations collect it."""
    return known


#: Numbers are written as ``%(count)s``.
KNOWN: Final = frozenset(
    (
        text("Invalid username or password."),
        text("Too many login attempts. Please try again later."),
        text("Account with that email already exists. Please choose another email."),
        text("Account with that username already exists. Please choose another username."),
        text("email is not in the right format: an e-mail address such as joe@example.com"),
        text("Password must be at least %(count)s characters long."),
        text("Password must be at most %(count)s characters long."),
        text("Password requires at least %(count)s lowercase character."),
        text("Password requires at least %(count)s lowercase characters."),
        text("Password requires at least %(count)s uppercase character."),
        text("Password requires at least %(count)s uppercase characters."),
        text("Password requires at least %(count)s numeric character."),
        text("Password requires at least %(count)s numeric characters."),
        text("Password requires at least %(count)s symbol."),
        text("Password requires at least %(count)s symbols."),
        text("Password requires at least %(count)s diacritic character."),
        text("Password requires at least %(count)s diacritic characters."),
        text("Password was used before. Please choose another one."),
        text("Password is too common. Please choose another one."),
        text("Password is too similar to a name. Please choose another one."),
    )
)


def text_for_people(problem: Error) -> str:
    """Return the text of a refusal in the language of the request; in English where it has no translation."""
    if problem.code == TOO_SHORT:
        return translated(problem.developer_message)
    return translated(problem.user_message or problem.developer_message)


def translated(told: str) -> str:
    """Return a text of the service in the language of the request."""
    if len(told) > LONGEST:
        return told
    count = re.search(r"[0-9]+", told)
    if count is None:
        return gettext(told) if told in KNOWN else told
    template = f"{told[: count.start()]}%(count)s{told[count.end() :]}"
    return gettext(template, count=count[0]) if template in KNOWN else told
