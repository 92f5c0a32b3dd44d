"""The administrator that ``stormpath init`` creates: its e-mail address and password."""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from stormpath.cli.errors import CommandError
from stormpath.cli.terminal import Terminal

_CHARACTERS: Final = string.ascii_letters + string.digits
_GROUPS, _GROUP_LENGTH = 4, 5

Attempt = Callable[[str, str], object]


@dataclass(frozen=True, slots=True)
class NewAdministrator:
    """A new administrator; a generated password has to be shown."""

    email: str
    password: str = field(repr=False)
    is_generated: bool = False


def choose_administrator(
    email: str | None, *, password_stdin: bool, terminal: Terminal, rehearse: Attempt, attempt: Attempt
) -> NewAdministrator | None:
    """Return the administrator that ``attempt(email, password)`` accepted, or ``None`` if none is wanted.

    At a terminal, the user is asked for missing values, and again when a password is refused. Elsewhere a
    password is generated, and a ``ApiError`` is raised. ``rehearse`` is a dry run of ``attempt``.
    """
    if email is None and terminal.is_attended:
        email = terminal.ask("E-mail address of the first administrator (empty: none yet)")
    if not email:
        if password_stdin:
            raise CommandError("--password-stdin needs --admin-email: say whose password it is.")
        return None
    if terminal.is_attended and not password_stdin:
        # The e-mail address is checked first: any later refusal is about the password.
        rehearse(email, random_password())
        return _ask_until_accepted(email, terminal, attempt)
    chosen = (
        NewAdministrator(email, terminal.read_line())
        if password_stdin
        else NewAdministrator(email, random_password(), is_generated=True)
    )
    attempt(chosen.email, chosen.password)
    return chosen


def random_password() -> str:
    """Return a random password (about 119 bits) that satisfies the usual policies, in readable groups."""
    while True:
        groups = ("".join(secrets.choice(_CHARACTERS) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
        password = "-".join(groups)
        if all(any(each in kind for each in password) for kind in _KINDS):
            return password


_KINDS: Final = (string.ascii_lowercase, string.ascii_uppercase, string.digits)


def _ask_until_accepted(email: str, terminal: Terminal, attempt: Attempt) -> NewAdministrator:
    from stormpath.server.schema.errors import ApiError, Code

    while True:
        chosen = _ask_password(email, terminal)
        try:
            attempt(chosen.email, chosen.password)
        except ApiError as refusal:
            # Another password would not help.
            if chosen.is_generated or refusal.code == Code.NOT_UNIQUE:
                raise
            terminal.say(refusal.text_for_people)
        else:
            return chosen


def _ask_password(email: str, terminal: Terminal) -> NewAdministrator:
    while True:
        password = terminal.ask_hidden(f"Password of {email} (empty: one is made up)")
        if not password:
            return NewAdministrator(email, random_password(), is_generated=True)
        if terminal.ask_hidden("The same again") == password:
            return NewAdministrator(email, password)
        terminal.say("These were two different passwords.")
