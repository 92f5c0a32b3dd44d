"""The views ``login`` and ``logout``."""

from __future__ import annotations

from typing import Any, Final

from flask import current_app, flash, jsonify, redirect, render_template, request

from flask_stormpath import completion, hooks
from flask_stormpath.forms import LoginForm, errors_of, flash_errors, from_request
from flask_stormpath.logins import sessions
from flask_stormpath.models import User
from flask_stormpath.organizations import name_key
from flask_stormpath.social import login as social_login
from flask_stormpath.texts import LazyText
from flask_stormpath.tokens import token_cookies
from flask_stormpath.web.negotiation import body_of_json, refusal, sends_json, text_of, wants_json
from flask_stormpath.web.redirects import next_target
from flask_stormpath.web.view_models import login_model
from stormpath.error import Error

#: What the login page says to a person who comes from another page.
NOTICES: Final = {
    "unverified": LazyText(
        "Your account is almost ready: please open the link in the e-mail that we have sent you."
    ),
    "verified": LazyText("Your address is verified: you can log in now."),
    "created": LazyText("Your account has been created: you can log in now."),
    "forgot": LazyText(
        "If there is an account with that address, an e-mail is on its way. It has a link with which you can "
        "choose a new password."
    ),
    "reset": LazyText("Your password has been changed: you can log in with it now."),
}


def login() -> Any:
    """Log a person in with a username or e-mail address and a password.

    Two requests to the service: the login, and the person's second factors.
    """
    as_json = wants_json()
    if as_json and sends_json() and "providerData" in body_of_json():
        return social_login.with_provider_data(body_of_json()["providerData"])
    form = from_request(LoginForm)
    if request.method != "POST":
        return jsonify(login_model(form)) if as_json else _page(form)
    if not form.validate():
        if as_json:
            return refusal(errors_of(form)[0])
        flash_errors(form)
        return _page(form)
    given = {"login": form.login.data, "password": form.password.data}
    if (answer := hooks.run("pre_login", given)) is not None:
        return answer
    try:
        user = User.from_login(**given, organization_name_key=name_key())
        return completion.complete(user, code=body_of_json().get("code") if sends_json() else None)
    except Error as refused:
        if as_json:
            return refusal(refused)
        flash(text_of(refused))
        return _page(form)


def logout() -> Any:
    """End the login, and revoke the tokens in cookies and headers. No request, except for these."""
    as_json = wants_json()
    target = next_target() or "/"
    sessions.log_out()
    token_cookies.log_out()
    return ("", 200) if as_json else redirect(target)


def _page(form: LoginForm) -> str:
    notice = NOTICES.get(request.args.get("status", "")) if request.method == "GET" else None
    return render_template(
        current_app.config["STORMPATH_LOGIN_TEMPLATE"],
        form=form,
        notice=notice,
        providers=social_login.providers(),
    )
