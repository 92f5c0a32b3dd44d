"""What JSON tells of the forms: their fields, and the account stores that people log in to."""

from __future__ import annotations

import time
from typing import Any, Final

from flask import current_app
from flask_wtf import FlaskForm
from wtforms import Field

from flask_stormpath.forms import OPTIONAL, is_enabled, json_name
from flask_stormpath.state import application, state
from stormpath.resources.directory import Directory
from stormpath.resources.provider import Provider

#: In seconds: the account stores of an application seldom change, and strangers ask for them.
REMEMBERED: Final = 60


def registration_model(form: FlaskForm) -> dict[str, Any]:
    """Return the fields of the registration that are enabled, and the account stores."""
    left_out = [name for name in OPTIONAL if not is_enabled(name, current_app.config)]
    return _model(form, left_out)


def login_model(form: FlaskForm) -> dict[str, Any]:
    """Return the fields of the login, and the account stores."""
    return _model(form, [])


def account_stores() -> list[dict[str, Any]]:
    """Return the directories that people log in to, in the order of the mappings, each with its provider.

    Groups and organizations have no provider, and are left out. One request, and one for each provider; none
    while the answer is remembered.
    """
    until, found = state().account_stores
    if time.monotonic() >= until:
        mappings = application().account_store_mappings.query(expand="account_store")
        stores = [each.account_store for each in mappings]
        found = [_store(each) for each in stores if isinstance(each, Directory)]
        state().account_stores = time.monotonic() + REMEMBERED, found
    return found


def _model(form: FlaskForm, left_out: list[str]) -> dict[str, Any]:
    fields = [each for each in form if each.name not in ("csrf_token", *left_out)]
    return {"form": {"fields": [_field(each) for each in fields]}, "accountStores": account_stores()}


def _field(field: Field) -> dict[str, Any]:
    label = str(field.label.text)
    kind = "password" if field.type == "PasswordField" else (field.render_kw or {}).get("type", "text")
    return {
        "name": json_name(field.name),
        "label": label,
        "placeholder": label,
        "required": bool(field.flags.required),
        "type": kind,
    }


def _store(directory: Directory) -> dict[str, Any]:
    provider = directory.provider
    shown: dict[str, Any] = {"href": provider.href, "providerId": provider.provider_id}
    if provider.provider_id not in (Provider.STORMPATH, Provider.SAML) and provider.get("client_id"):
        # What a browser needs to send a person there. The secret stays on the server.
        shown |= {"clientId": provider.client_id, "scope": _scope(provider)}
    return {"href": directory.href, "name": directory.name, "provider": shown}


def _scope(provider: Provider) -> str:
    scope: Any = provider.get("scope") or ()
    return scope if isinstance(scope, str) else " ".join(scope)
