"""The views, and the routes that lead to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flask_stormpath.views.current_user import me
from flask_stormpath.views.factor_setup import factors
from flask_stormpath.views.hosted_login import id_site_callback, through_id_site
from flask_stormpath.views.login_logout import login, logout
from flask_stormpath.views.login_sessions import sessions
from flask_stormpath.views.password_reset import forgot, forgot_change
from flask_stormpath.views.registration import register
from flask_stormpath.views.second_factors import factor_login
from flask_stormpath.views.social_login import callback, facebook_login, google_login
from flask_stormpath.views.tokens import oauth
from flask_stormpath.views.verification import verify
from flask_stormpath.web.json_errors import tells_errors

if TYPE_CHECKING:
    from flask import Flask

__all__ = [
    "add_routes",
    "callback",
    "facebook_login",
    "factor_login",
    "factors",
    "forgot",
    "forgot_change",
    "google_login",
    "id_site_callback",
    "login",
    "logout",
    "me",
    "oauth",
    "register",
    "sessions",
    "verify",
]

FORM: Final = ("GET", "POST")


class Route(NamedTuple):
    """A view, the setting that enables it, and the one that holds its path."""

    view: Callable[..., Any]
    enabled: str
    path: str
    methods: tuple[str, ...] = FORM
    below: str = ""


ROUTES: Final = (
    Route(register, "ENABLE_REGISTRATION", "REGISTRATION_URL"),
    Route(login, "ENABLE_LOGIN", "LOGIN_URL"),
    Route(factor_login, "FACTOR_LOGIN_URL", "FACTOR_LOGIN_URL"),
    Route(logout, "ENABLE_LOGOUT", "LOGOUT_URL"),
    Route(forgot, "ENABLE_FORGOT_PASSWORD", "FORGOT_PASSWORD_URL"),
    Route(forgot_change, "ENABLE_FORGOT_PASSWORD", "FORGOT_PASSWORD_CHANGE_URL"),
    Route(verify, "ENABLE_VERIFY_EMAIL", "VERIFY_EMAIL_URL"),
    Route(factors, "ENABLE_FACTORS", "FACTORS_URL"),
    Route(sessions, "ENABLE_SESSIONS", "SESSIONS_URL"),
    Route(me, "ENABLE_ME", "ME_URL", ("GET",)),
    Route(oauth, "ENABLE_OAUTH", "OAUTH_URL", ("POST",)),
    Route(google_login, "ENABLE_GOOGLE", "GOOGLE_LOGIN_URL", ("GET",)),
    Route(facebook_login, "ENABLE_FACEBOOK", "FACEBOOK_LOGIN_URL", ("GET",)),
    Route(callback, "SOCIAL", "CALLBACK_URL", ("GET",), "/<provider_id>"),
    Route(id_site_callback, "ENABLE_ID_SITE", "ID_SITE_CALLBACK_URL", ("GET",)),
)


def add_routes(app: Flask) -> None:
    """Add the route of each view that the settings enable; its endpoint is ``stormpath.`` and its name."""
    for route in ROUTES:
        if app.config[f"STORMPATH_{route.enabled}"]:
            name = route.view.__name__
            view = through_id_site(route.view) if app.config["STORMPATH_ENABLE_ID_SITE"] else route.view
            view = tells_errors(view)
            path = app.config[f"STORMPATH_{route.path}"] + route.below
            app.add_url_rule(path, f"stormpath.{name}", view, methods=list(route.methods))
