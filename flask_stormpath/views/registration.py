"""The view ``register``."""

from __future__ import annotations

import secrets
from typing import Any, Final

from flask import current_app, flash, jsonify, redirect, render_template, request, session
from werkzeug.exceptions import BadRequest

from flask_stormpath import completion, hooks, taken_addresses
from flask_stormpath.forms import (
    OPTIONAL,
    RegistrationForm,
    errors_of,
    flash_errors,
    from_request,
    is_enabled,
)
from flask_stormpath.models import User
from flask_stormpath.organizations import FIELD, organization
from flask_stormpath.texts import LazyText
from flask_stormpath.texts import gettext as _
from flask_stormpath.views.verification import REGISTERED, mark_of
from flask_stormpath.web.negotiation import (
    account_json,
    body_of_json,
    refusal,
    sends_json,
    text_of,
    wants_json,
)
from flask_stormpath.web.redirects import next_target
from flask_stormpath.web.view_models import registration_model
from stormpath.error import Error

#: What the service needs of a person who has not told it.
ANONYMOUS: Final = "Anonymous"
#: Of a field that the registration does not have, as far as the error repeats it.
LONGEST_NAME: Final = 100

MUST_VERIFY: Final = LazyText(
    "You must validate your email address before logging in. Please check your email for instructions."
)

#: The names in JSON, and the fields of the form.
NAMES: Final = {"givenName": "given_name", "middleName": "middle_name"}


def register() -> Any:
    """Register a person, and log that person in.

    One request to the service, and those of a login. A person whose address must be verified first is not
    logged in.
    """
    as_json = wants_json()
    form = from_request(RegistrationForm, NAMES, config=current_app.config)
    if request.method != "POST":
        return jsonify(registration_model(form)) if as_json else _page(form)
    if unknown := _unknown_fields():
        raise BadRequest(_("Unknown field: %(name)s", name=unknown[0][:LONGEST_NAME]))
    if not form.validate():
        if as_json:
            return refusal(errors_of(form)[0])
        flash_errors(form)
        return _page(form)
    given = _account_of(form)
    if (answer := hooks.run("pre_registration", given)) is not None:
        return answer
    wanted = None
    try:
        wanted = organization()
        user = User.create(**given, organization=wanted)
    except Error as refused:
        if taken_addresses.is_hidden(refused, given, wanted):
            return _must_verify(given)
        if as_json:
            return refusal(refused)
        flash(text_of(refused))
        return _page(form)
    if (answer := hooks.run("post_registration", user)) is not None:
        return answer
    return _registered(user, given)


def _account_of(form: RegistrationForm) -> dict[str, Any]:
    given = {
        name: (form[name].data or "").strip() for name in OPTIONAL if is_enabled(name, current_app.config)
    }
    account: dict[str, Any] = {name: value for name, value in given.items() if value}
    account = {"given_name": ANONYMOUS, "surname": ANONYMOUS, **account}
    account |= {"email": form.email.data, "password": form.password.data}
    if custom := _custom_data():
        account["custom_data"] = custom
    return account


def _custom_data() -> dict[str, Any]:
    """Return the app's own fields, which JSON may hold at its root or under ``customData``."""
    if not sends_json():
        return {}
    sent = body_of_json()
    merged = sent | (sent.get("customData") or {})
    return {name: merged[name] for name in current_app.config["STORMPATH_CUSTOM_FIELDS"] if name in merged}


def _unknown_fields() -> list[str]:
    """Return the names in a JSON body that the registration does not have."""
    if not sends_json():
        return []
    config = current_app.config
    own = {*config["STORMPATH_CUSTOM_FIELDS"]}
    wire = {field: name for name, field in NAMES.items()}
    fields = {wire.get(name, name) for name in OPTIONAL if is_enabled(name, config)}
    sent = body_of_json()
    below = sent.get("customData") or {}
    if not isinstance(below, dict):
        raise BadRequest(_("customData must be an object."))
    known = fields | own | {"email", "password", "customData"}
    if config["STORMPATH_ENABLE_ORGANIZATIONS"]:
        known.add(FIELD)
    return [*(each for each in sent if each not in known), *(each for each in below if each not in own)]


def _registered(user: User, given: dict[str, Any]) -> Any:
    if not user.is_active:
        return _must_verify(given, user)
    config = current_app.config
    if config["STORMPATH_VERIFY_EMAIL"]:
        flash(str(MUST_VERIFY))
    if not config["STORMPATH_REGISTRATION_AUTO_LOGIN"]:
        return _on_to_login("created", account_json(user))
    # A new account has no second factor.
    return completion.finish(user, _target())


def _must_verify(given: dict[str, Any], user: User | None = None) -> Any:
    """Answer a person whose address must be verified first; without a user, the address has an account."""
    config = current_app.config
    is_told = config["STORMPATH_VERIFY_EMAIL"]
    if is_told:
        flash(str(MUST_VERIFY))
    session[REGISTERED] = mark_of(user.href if user else secrets.token_hex())
    # Where taken addresses are hidden, programs learn what was sent.
    shown = account_json(user) if user and not is_told else _as_sent(given)
    if not config["STORMPATH_REGISTRATION_AUTO_LOGIN"]:
        return _on_to_login("unverified", shown)
    if wants_json():
        return jsonify(account=shown)
    return redirect(_target() or config["STORMPATH_REDIRECT_URL"])


def _as_sent(given: dict[str, Any]) -> dict[str, Any]:
    names = (given["given_name"], given.get("middle_name"), given["surname"])
    return {
        "username": given.get("username", given["email"]),
        "email": given["email"],
        "givenName": names[0],
        "middleName": names[1],
        "surname": names[2],
        "fullName": " ".join(filter(None, names)),
        "status": User.STATUS_UNVERIFIED,
    }


def _target() -> str | None:
    return next_target() or current_app.config.get("STORMPATH_REGISTRATION_REDIRECT_URL")


def _on_to_login(status: str, shown: dict[str, Any]) -> Any:
    if wants_json():
        return jsonify(account=shown)
    return completion.redirect_to_login(status=status, next=next_target())


def _page(form: RegistrationForm) -> str:
    return render_template(current_app.config["STORMPATH_REGISTRATION_TEMPLATE"], form=form)
