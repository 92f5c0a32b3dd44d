"""The view ``sessions``: where a person is logged in."""

from __future__ import annotations

from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user

from flask_stormpath import completion
from flask_stormpath.decorators import unauthorized
from flask_stormpath.factors.forms import ButtonForm
from flask_stormpath.forms import flash_errors, from_request
from flask_stormpath.logins import login_list
from flask_stormpath.logins import sessions as login_sessions
from flask_stormpath.models import User
from flask_stormpath.texts import gettext as _
from flask_stormpath.web.negotiation import wants_json


def sessions() -> Any:
    """Show the logins of the person who is logged in, and end them.

    No request while the custom data is cached; one, or two, for each login that is ended. A POST names what
    is done in its field ``action``: ``end`` (with the id of a login as ``login``) or ``end-others``. A login
    ends at once in this process, and in others after `STORMPATH_ACCOUNT_MAX_AGE`.

    The template gets ``form``, with the CSRF token, and ``logins``, a list of `login_list.Login`, the current
    one first.
    """
    if not current_user.is_authenticated:
        return unauthorized()
    if wants_json():
        abort(404)
    user: User = current_user._get_current_object()
    login = login_sessions.current()
    current = login.entry if login else None
    form = from_request(ButtonForm)
    if request.method != "POST":
        return _page(user, form, current)
    if not form.validate():
        flash_errors(form)
        return _page(user, form, current)
    action, id = request.form.get("action"), request.form.get("login", "")
    if action == "end-others":
        login_list.end_others(user, current)
        flash(_("You are logged out everywhere else."))
    elif action != "end":
        abort(400)
    elif id == current:
        login_sessions.log_out()
        return completion.redirect_to_login()
    else:
        login_list.end(user, id)
        flash(_("This login has ended."))
    return redirect(url_for("stormpath.sessions"))


def _page(user: User, form: ButtonForm, current: str | None) -> str:
    return render_template(
        current_app.config["STORMPATH_SESSIONS_TEMPLATE"],
        form=form,
        logins=login_list.logins(user, current),
    )
