"""Logins that wait for their second factor: what the session holds of them, and how they end.

The session holds the account's href, the time of its password and the time at which the password was proved:
nothing that Flask-Login takes for a login. It is signed, so a browser cannot make one, and what it is worth
ends after `LIFETIME`, with another password, and with the login. A copy of it is worth what the password is:
the code is asked for again, and each code is accepted once.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from flask import session

from flask_stormpath.logins import sessions
from flask_stormpath.logins.validity import stamp
from flask_stormpath.state import application, client
from flask_stormpath.web.negotiation import is_outage
from stormpath.error import Error

if TYPE_CHECKING:
    from flask_stormpath.models import User

#: In seconds.
LIFETIME: Final = 600


def begin(user: User) -> None:
    """Keep in the session that a person has proved a first factor. Another login that waits there ends."""
    sessions.renew()
    session[sessions.PENDING] = {
        "application": application().href,
        "href": user.href,
        "password_set": stamp(user),
        "proved": int(time.time()),
    }


def end() -> None:
    """Forget the login that waits."""
    session.pop(sessions.PENDING, None)


def waiting() -> User | None:
    """Return the user whose login waits in this session; None if none does, or it can be no login any more.

    One request, past the cache: the account may have been disabled meanwhile, or its password changed.
    `Error` where the service cannot be reached.
    """
    kept: dict[str, Any] | None = session.get(sessions.PENDING)
    if kept is None:
        return None
    user = _user_of(kept)
    if user is None:
        end()
    return user


def _user_of(kept: dict[str, Any]) -> User | None:
    from flask_stormpath.models import User

    # An app with the same key for its cookies may have another application.
    if kept["application"] != application().href or not 0 <= time.time() - kept["proved"] <= LIFETIME:
        return None
    user = User(client(), href=kept["href"])
    try:
        user.refresh()
    except Error as refused:
        if is_outage(refused):
            raise
        return None
    return user if user.is_active and stamp(user) == kept["password_set"] else None
