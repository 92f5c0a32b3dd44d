"""A login from the proof to the answer, whatever proved who the person is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import current_app, jsonify, redirect, render_template, url_for

from flask_stormpath import hooks
from flask_stormpath.factors import second_factor
from flask_stormpath.logins import sessions
from flask_stormpath.texts import gettext as _
from flask_stormpath.tokens import token_cookies
from flask_stormpath.web.negotiation import account_json, refusal, wants_json
from flask_stormpath.web.redirects import after_login

if TYPE_CHECKING:
    from flask_stormpath.models import User


def complete(user: User, target: str | None = None, code: str | None = None, page: str | None = None) -> Any:
    """Log in a person who has proved a first factor, and return the answer of the view.

    Where the account has a second factor, it is asked for first: ``code`` is what the request brought of it.
    ``target`` is where the person goes, by default what the query names as ``next``, else
    `STORMPATH_REDIRECT_URL`; ``page`` is a template that is shown instead. One request for the factors.
    """
    waiting = second_factor.ask_for(user, target, code)
    return waiting if waiting is not None else finish(user, target, page)


def finish(user: User, target: str | None = None, page: str | None = None) -> Any:
    """Log in a person who has proved all factors, and return the answer of the view."""
    log_in = token_cookies.log_in if token_cookies.is_on() else sessions.log_in
    if not log_in(user):
        # Disabled since the first factor was proved.
        return refusal(_("Invalid username or password.")) if wants_json() else redirect_to_login()
    if (answer := hooks.run("post_login", user)) is not None:
        return answer
    if wants_json():
        return jsonify(account=account_json(user))
    return render_template(page) if page else after_login(target)


def redirect_to_login(**query: Any) -> Any:
    """Redirect to the login page; to the default target in an app that has none."""
    if current_app.config["STORMPATH_ENABLE_LOGIN"]:
        return redirect(url_for("stormpath.login", **query))
    return redirect(current_app.config["STORMPATH_REDIRECT_URL"])
