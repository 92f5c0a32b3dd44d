"""Logins: what they rest on, how they begin and how they end.

Flask-Login keeps a *login id* of a person, in the session and in the cookie that remembers a login: the
account's href, the time of its last password, the time of the login's last use, where
`STORMPATH_ENABLE_SESSIONS` is on the id of its entry in the list of logins, and a digest of the application's
name: another app of the same service, with the same ``SECRET_KEY``, has other people. A login ends when one
of them no longer holds: at once in the process that changes the account, in others when they read the account
again (`STORMPATH_ACCOUNT_MAX_AGE`).
"""

from __future__ import annotations

import time
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

import flask_login
from flask import after_this_request, current_app, request, session

from flask_stormpath.logins import login_list, login_states
from flask_stormpath.logins.validity import stamp
from flask_stormpath.state import client
from flask_stormpath.web.response_headers import clear_caches
from stormpath.error import Error
from stormpath.resources.expansion import Expansion

if TYPE_CHECKING:
    from flask_stormpath.models import User
    from stormpath.resources.account import Account

#: Between the parts of a login id; no href and no part contains it.
SEPARATOR: Final = "#"
LONGEST: Final = 1_000
LONGEST_TIME: Final = 12
#: A login that is used is dated again, and its cookies are written, after this share of its life ...
SHARE: Final = 20
#: ... or after so many seconds: a key that signs cookies can be replaced soon.
LONGEST_UNDATED: Final = 3600
#: What the session holds of a login that waits for its second factor.
PENDING: Final = "stormpath_pending"


class LoginId(NamedTuple):
    """What a login rests on."""

    href: str
    password_set: str
    used: int
    entry: str = ""
    application: str = ""

    @classmethod
    def of(cls, account: Account, entry: str) -> LoginId:
        """Return the id of a login that begins now."""
        return cls(account.href, stamp(account), int(time.time()), entry, application_digest())

    @classmethod
    @lru_cache(maxsize=1_000)
    def parse(cls, text: str) -> LoginId | None:
        """Return the id that a cookie holds; None for another text, such as that of Flask-Stormpath 0.4."""
        parts = text.split(SEPARATOR) if len(text) <= LONGEST else []
        if len(parts) != len(cls._fields) or not parts[2].isdecimal() or len(parts[2]) > LONGEST_TIME:
            return None
        return cls(parts[0], parts[1], int(parts[2]), *parts[3:])

    def __str__(self) -> str:
        return SEPARATOR.join(map(str, self))


def application_digest() -> str:
    """Return what stands for the application of the current app in a login id."""
    return _digest(current_app.config["STORMPATH_APPLICATION"])


@lru_cache(maxsize=100)
def _digest(application: str | None) -> str:
    # Without a name, it is the only application of its tenant.
    return sha256((application or "").encode()).hexdigest()[:16]


def begin(user: User) -> str:
    """Return the id of a new login, for Flask-Login. One request where logins are listed, else none."""
    return str(LoginId.of(user, login_list.add(user) if login_list.is_on() else ""))


def load(text: str) -> User | None:
    """Return the user of a login id, or None if the login has ended.

    No request while the account is cached, else one; another one a day where logins are listed. A login that
    began before they were listed has ended: it is in no list, so it could not be ended otherwise.
    """
    config = current_app.config
    login = LoginId.parse(text)
    if login is None or login.application != _digest(config["STORMPATH_APPLICATION"]):
        return None
    age = time.time() - login.used
    life = config["REMEMBER_COOKIE_DURATION"].total_seconds()
    if age > life:
        return None
    is_listed = config["STORMPATH_ENABLE_SESSIONS"]
    user = _fetch(login.href, is_listed)
    if user is None or not user.is_active or stamp(user) != login.password_set:
        return None
    if is_listed:
        if not login_list.holds(user, login.entry):
            return None
        login_list.note_use(user, login.entry)
    if age > min(life / SHARE, LONGEST_UNDATED):
        _date_again(login)
    return user


def _date_again(login: LoginId) -> None:
    session["_user_id"] = str(login._replace(used=int(time.time())))
    if current_app.config["REMEMBER_COOKIE_REFRESH_EACH_REQUEST"]:
        _remember_again()


def _remember_again() -> None:
    """Write the cookie that remembers a login anew, where it is to be remembered."""
    if current_app.config["REMEMBER_COOKIE_NAME"] in request.cookies:
        session["_remember"] = "set"


def fetch(href: str) -> User | None:
    """Return the user with an href, or None if there is none; no request while it is cached, else one."""
    return _fetch(href, login_list.is_on())


@lru_cache(maxsize=1)
def _user_class() -> type[User]:
    # Each page asks for it, and an import statement in a function is not free.
    from flask_stormpath.models import User

    return User


def _fetch(href: str, with_custom_data: bool) -> User | None:
    expand = Expansion("custom_data") if with_custom_data else None
    try:
        user = _user_class()(client(), href=href, expand=expand)
        user.get_status()
    except (Error, ValueError):
        return None
    return user


def log_in(user: User) -> bool:
    """Log a user in, and tell whether that was possible: a user who is not active is not logged in."""
    if not user.is_active:
        return False
    session.permanent = True
    return bool(flask_login.login_user(user, remember=True))


def log_out() -> None:
    """End the login of this request. One request where logins are listed, else none."""
    login = current()
    if login and login.entry:
        login_list.end(flask_login.current_user, login.entry)
    flask_login.logout_user()
    # It was the login that made it so. Where nothing else is in it, the cookie is deleted.
    session.pop("_permanent", None)
    renew()
    after_this_request(clear_caches)


def renew(*_: object, **__: object) -> None:
    """Drop from the session what a stranger may have put there: at each login, and at the logout.

    A session that the server keeps gets another id, where its interface can do that (Flask-Session).
    """
    regenerate = getattr(current_app.session_interface, "regenerate", None)
    if regenerate is not None:
        # An empty session would keep its id.
        session[PENDING] = None
        regenerate(session)
    session.pop("csrf_token", None)
    session.pop(PENDING, None)
    session.pop(login_states.KEY, None)


def current() -> LoginId | None:
    """Return the login id of this request; None where nobody is logged in by a session."""
    text = session.get("_user_id")
    return LoginId.parse(text) if text and flask_login.current_user.is_authenticated else None


def keep(user: User) -> None:
    """Let the login of this request outlast the new password that its own user has just set.

    Two requests where logins are listed, else none.
    """
    login = LoginId.parse(session.get("_user_id") or "")
    if login is not None and login.href == user.href:
        entry = login_list.keep(user, login.entry) if login_list.is_on() else login.entry
        session["_user_id"] = str(login._replace(password_set=stamp(user), entry=entry))
        _remember_again()
