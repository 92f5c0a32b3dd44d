"""Logins: what they rest on, how they begin and how they end.

Flask-Login keeps a *login id* of a person, in the session and in the cookie that remembers a login: the
account's href, the time of its last password, the time of the login's last use, and where
`STORMPATH_ENABLE_SESSIONS` is on, the id of its entry in the list of logins. A login ends when one of them no
longer holds: at once in the process that changes the account, in others when they read the account again
(`STORMPATH_ACCOUNT_MAX_AGE`).
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

import flask_login
from flask import current_app, session

from flask_stormpath import login_list, pending_logins
from flask_stormpath.state import client
from stormpath.error import Error
from stormpath.resources.expansion import Expansion

if TYPE_CHECKING:
    from flask_stormpath.models import User
    from stormpath.resources.account import Account

#: Between the parts of a login id; no href and no part contains it.
SEPARATOR: Final = "#"
LONGEST: Final = 1_000
#: A login that is used is dated again after this share of its life.
SHARE: Final = 20
#: What the session holds of a login that waits for its second factor.
PENDING: Final = "stormpath_pending"


class LoginId(NamedTuple):
    """What a login rests on."""

    href: str
    password_set: str
    used: int
    entry: str = ""

    @classmethod
    def of(cls, account: Account, entry: str) -> LoginId:
        """Return the id of a login that begins now."""
        return cls(account.href, stamp(account), int(time.time()), entry)

    @classmethod
    def parse(cls, text: str) -> LoginId | None:
        """Return the id that a cookie holds; None for another text, such as that of Flask-Stormpath 0.4."""
        parts = text.split(SEPARATOR) if len(text) <= LONGEST else []
        if len(parts) != len(cls._fields) or not parts[2].isdecimal():
            return None
        return cls(parts[0], parts[1], int(parts[2]), parts[3])

    def __str__(self) -> str:
        return SEPARATOR.join(map(str, self))


def stamp(account: Account) -> str:
    """Return what changes with the password: the time at which it was set, in microseconds."""
    set_at = account.password_modified_at
    return "" if set_at is None else str(int(set_at.timestamp() * 1_000_000))


def begin(user: User) -> str:
    """Return the id of a new login, for Flask-Login. One request where logins are listed, else none."""
    return str(LoginId.of(user, login_list.add(user) if login_list.is_on() else ""))


def load(text: str) -> User | None:
    """Return the user of a login id, or None if the login has ended.

    No request while the account is cached, else one.
    """
    login = LoginId.parse(text)
    if login is None:
        return None
    age = time.time() - login.used
    if age > lifetime().total_seconds():
        return None
    user = fetch(login.href)
    if user is None or not user.is_active or stamp(user) != login.password_set:
        return None
    if login_list.is_on() and not login_list.holds(user, login.entry):
        return None
    if age > lifetime().total_seconds() / SHARE:
        session["_user_id"] = str(login._replace(used=int(time.time())))
    return user


def fetch(href: str) -> User | None:
    """Return the user with an href, or None if there is none; no request while it is cached, else one."""
    from flask_stormpath.models import User

    try:
        user = User(client(), href=href, expand=Expansion("custom_data") if login_list.is_on() else None)
        user.get_status()
    except (Error, ValueError):
        return None
    return user


def lifetime() -> timedelta:
    """Return how long a login lasts without a request."""
    found: timedelta = current_app.config["REMEMBER_COOKIE_DURATION"]
    return found


def log_in(user: User) -> bool:
    """Log a user in, and tell whether that was possible: a user who is not active is not logged in."""
    if not user.is_active:
        return False
    renew()
    session.permanent = True
    return bool(flask_login.login_user(user, remember=True))


def log_out() -> None:
    """End the login of this request. One request where logins are listed, else none."""
    login = current()
    if login and login.entry:
        login_list.end(flask_login.current_user, login.entry)
    flask_login.logout_user()
    renew()


def renew() -> None:
    """Drop from the session what a stranger may have put there.

    A session that the server keeps gets another id, where its interface can do that (Flask-Session).
    """
    session.pop("csrf_token", None)
    session.pop(PENDING, None)
    session.pop(pending_logins.KEY, None)
    regenerate = getattr(current_app.session_interface, "regenerate", None)
    if regenerate is not None and session:
        regenerate(session)


def current() -> LoginId | None:
    """Return the login id of this request; None where nobody is logged in by a session."""
    text = session.get("_user_id")
    return LoginId.parse(text) if text and flask_login.current_user.is_authenticated else None


def keep(user: User) -> None:
    """Let the login of this request outlast the new password that its own user has just set."""
    login = LoginId.parse(session.get("_user_id") or "")
    if login is not None and login.href == user.href:
        session["_user_id"] = str(login._replace(password_set=stamp(user)))
