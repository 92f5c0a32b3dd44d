"""Logins on the pages of ID Site: the way there, and the view ``id_site_callback`` where people come back."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from flask import abort, current_app, flash, redirect, request, session, url_for

from flask_stormpath import completion, hooks, organizations
from flask_stormpath.logins import login_states, sessions
from flask_stormpath.logins.login_states import LoginState
from flask_stormpath.models import User, announce
from flask_stormpath.state import application, client, for_end_user
from flask_stormpath.texts import gettext as _
from flask_stormpath.tokens import token_cookies
from flask_stormpath.web.negotiation import is_outage, text_of
from flask_stormpath.web.redirects import next_target
from stormpath.error import Error

if TYPE_CHECKING:
    from stormpath.resources.hosted_login import StormpathCallbackResult

#: The views that lead to ID Site, and its page for each; None is its first page, the login.
PAGES: Final = {"register": "/#/register", "login": None, "forgot": "/#/forgot", "logout": None}
#: Among the logins that have begun and have not come back; no provider has such an id.
ID_SITE: Final = ":id-site"
#: In bytes: of a query with a token of ID Site.
LONGEST: Final = 8 * 1024

REGISTERED: Final = "REGISTERED"
AUTHENTICATED: Final = "AUTHENTICATED"
LOGOUT: Final = "LOGOUT"
UNAUTHORIZED: Final = 401
UNAVAILABLE: Final = 503


def through_id_site(view: Callable[..., Any]) -> Callable[..., Any]:
    """Return the view that takes the place of another where ID Site is enabled: the same for most.

    Register, login, forgot and logout redirect to ID Site, whatever the method and the content type; a logout
    ends the login of this app first. No request.
    """
    name = view.__name__
    if name not in PAGES:
        return view

    @wraps(view)
    def to_id_site(*args: Any, **kwargs: Any) -> Any:
        is_logout = name == "logout"
        if is_logout:
            sessions.log_out()
            token_cookies.log_out()
        begun = LoginState(ID_SITE, secrets.token_urlsafe(24), _callback_uri(), target=next_target())
        login_states.add(begun)
        return redirect(
            application().build_id_site_redirect_url(
                begun.redirect_uri,
                path=PAGES[name],
                state=begun.state,
                logout=is_logout,
                organization_name_key=organizations.name_key(),
            )
        )

    return to_id_site


def id_site_callback() -> Any:
    """Take a person back from ID Site: log the person in, or out.

    Two requests at most, and those of a login. 401 for a token that is missing, malformed, expired, used or
    signed by another key, for one that this browser has not asked for, and for an account that is not of this
    application.
    """
    if login_states.KEY not in session or len(request.query_string) > LONGEST:
        abort(UNAUTHORIZED)
    result = _result()
    begun = login_states.take(ID_SITE, str(result.state)) if result else None
    if result is None or begun is None:
        abort(UNAUTHORIZED)
    target = begun.target
    if result.status == LOGOUT:
        sessions.log_out()
        token_cookies.log_out()
        return redirect(target or "/")
    if result.status not in (REGISTERED, AUTHENTICATED) or result.account is None:
        abort(UNAUTHORIZED)
    user = User(client(), href=result.account.href)
    if result.status == REGISTERED:
        return _registered(user, target)
    return completion.complete(user, target) if user.is_active else abort(UNAUTHORIZED)


def _registered(user: User, target: str | None) -> Any:
    # Loads what is announced.
    is_active = user.is_active
    announce(user)
    if (answer := hooks.run("post_registration", user)) is not None:
        return answer
    config = current_app.config
    target = target or config.get("STORMPATH_REGISTRATION_REDIRECT_URL")
    if is_active:
        return completion.complete(user, target)
    # The login page would lead back to ID Site.
    flash(
        _("You must validate your email address before logging in. Please check your email for instructions.")
    )
    return redirect(target or config["STORMPATH_REDIRECT_URL"])


def _result() -> StormpathCallbackResult | None:
    """Return what the token in the query says; None if it says nothing that can be believed."""
    from jwt import PyJWTError

    try:
        with for_end_user():
            return application().handle_stormpath_callback(request.url)
    except Error as refused:
        if is_outage(refused):
            abort(UNAVAILABLE, text_of(refused))
        return None
    except (PyJWTError, ValueError, KeyError):
        return None


def _callback_uri() -> str:
    config = current_app.config
    if config["STORMPATH_SITE_URL"]:
        return f"{config['STORMPATH_SITE_URL'].rstrip('/')}{config['STORMPATH_ID_SITE_CALLBACK_URL']}"
    return url_for("stormpath.id_site_callback", _external=True)
