"""Logins by tokens in cookies, instead of a session.

The cookie ``access_token`` says who is logged in, for an hour or what the application's ``oauth_policy``
sets; ``refresh_token`` gets another one from the service. No script reads them, and no page of another site
sends them with a POST (``SameSite=Lax``).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import flask_login
from flask import after_this_request, current_app, g, request, session
from werkzeug.wrappers import Response

from flask_stormpath.logins import sessions
from flask_stormpath.state import state
from flask_stormpath.tokens import access_tokens, api_callers
from flask_stormpath.web.negotiation import is_outage
from stormpath.error import Error

if TYPE_CHECKING:
    from flask_stormpath.models import User
    from stormpath.api_auth import AccessToken, RefreshToken

ACCESS: Final = "access_token"
REFRESH: Final = "refresh_token"

# In ``g``: the cookies that the response changes, each with its token or None. The last word counts.
_CHANGED: Final = "_stormpath_token_cookies"


def is_on() -> bool:
    """Whether a login sets tokens, and no session."""
    return bool(current_app.config["STORMPATH_ENABLE_TOKEN_COOKIES"])


def log_in(user: User) -> bool:
    """Log a user in by tokens, and tell whether that was possible. A login by a session ends.

    Two requests. `Error` where the service cannot be reached.
    """
    try:
        tokens = access_tokens.issue(user)
    except Error as refused:
        if is_outage(refused):
            raise
        return False
    _end_session()
    access_tokens.remember(tokens.access_token)
    _change(ACCESS, tokens.access_token)
    _change(REFRESH, tokens.refresh_token if tokens.refresh_token.token else None)
    state().login_manager.identify(user)
    app: Any = current_app
    flask_login.user_logged_in.send(app._get_current_object(), user=user)
    return True


def load(_request: Any = None) -> User | None:
    """Return the user of the request's cookies, for Flask-Login; None if there is none, or tokens are off.

    No request while the access token is remembered (`bearer_of`). An access token that is missing or not
    valid is replaced, with the refresh token, by two requests. Tokens that are of no use are deleted.
    """
    if not is_on():
        return None
    try:
        found = access_tokens.bearer_of(request.cookies.get(ACCESS, ""))
        return found.user if found is not None else _renewed()
    except Error as refused:
        # The cookies stay: the service may be back with the next request.
        current_app.logger.warning("Tokens could not be checked: %s", refused)
        return None


def log_out() -> None:
    """Delete the token cookies, and revoke the tokens in cookies and in the header; one request for each."""
    config = current_app.config
    sent = [request.cookies.get(name) for name in (REFRESH, ACCESS)] if is_on() else []
    if is_on() or config["STORMPATH_ENABLE_OAUTH"]:
        sent.append(api_callers.bearer_text())
    for text in filter(None, sent):
        try:
            access_tokens.revoke(text)
        except Error as refused:
            # Whoever logs out is logged out here, also while the service cannot be reached.
            current_app.logger.error("A token could not be revoked: %s", refused)
    if is_on():
        _forget()


def _renewed() -> User | None:
    """Return the user of the refresh token, and put a new access token into the response."""
    token = _refreshed()
    user = None if token is None else access_tokens.active(token.client_id)
    if token is None or user is None:
        _forget()
        return None
    access_tokens.remember(token)
    _change(ACCESS, token)
    return user


def _refreshed() -> AccessToken | None:
    text = request.cookies.get(REFRESH)
    if text is None or not access_tokens.may_be_valid(text):
        return None
    try:
        return access_tokens.refreshed(text).access_token
    except Error as refused:
        if is_outage(refused):
            raise
        return None


def _forget() -> None:
    """Delete the cookies that the request has, or would get."""
    for name in (ACCESS, REFRESH):
        if name in request.cookies or name in g.get(_CHANGED, {}):
            _change(name, None)


def _end_session() -> None:
    if "_user_id" in session or current_app.config["REMEMBER_COOKIE_NAME"] in request.cookies:
        sessions.log_out()
    else:
        sessions.renew()


def _change(name: str, token: AccessToken | RefreshToken | None) -> None:
    changed: dict[str, Any] | None = g.get(_CHANGED)
    if changed is None:
        changed = {}
        setattr(g, _CHANGED, changed)
        after_this_request(_write)
    changed[name] = token


def _write(response: Response) -> Response:
    config = current_app.config
    where = {
        "path": current_app.session_interface.get_cookie_path(current_app),
        "domain": config["STORMPATH_COOKIE_DOMAIN"],
        "secure": request.is_secure or bool(config["SESSION_COOKIE_SECURE"]),
        "httponly": True,
        "samesite": "Lax",
    }
    for name, token in g.pop(_CHANGED, {}).items():
        if token is None:
            response.delete_cookie(name, **where)
        else:
            ends = datetime.fromtimestamp(token.exp, UTC)
            response.set_cookie(
                name, token.token, expires=ends, max_age=max(0, token.exp - int(time.time())), **where
            )
    return response
