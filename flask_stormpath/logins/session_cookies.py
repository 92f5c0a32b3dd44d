"""When the cookies of a login are written: seldom, so that pages need not be signed, and can be cached."""

from __future__ import annotations

from typing import Any

import flask_login
from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin


class SessionInterface(SecureCookieSessionInterface):
    """Flask's, but the cookie of a login is written when something in it changes.

    Flask writes a permanent session with each response. A login is dated again often enough to last
    (`sessions.load`). A response that is on its way while the person logs out cannot bring the login back.
    """

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Whether the response writes the cookie."""
        if "_user_id" in session:
            return session.modified
        return super().should_set_cookie(app, session)


class RememberCookie(flask_login.LoginManager):  # type: ignore[misc]  # It carries no types.
    """Flask-Login's manager, but the cookie that remembers a login is written when the login is dated again.

    With ``REMEMBER_COOKIE_REFRESH_EACH_REQUEST``, Flask-Login would write it with each response: also for a
    login that was not to be remembered, and it would change the session of a page that has none.
    """

    def _update_remember_cookie(self, response: Any) -> Any:
        return super()._update_remember_cookie(response) if "_remember" in session else response


def use_in(app: Flask) -> None:
    """Let an app keep sessions like this, unless it has an interface of its own, such as Flask-Session's."""
    if type(app.session_interface) is SecureCookieSessionInterface:
        app.session_interface = SessionInterface()
