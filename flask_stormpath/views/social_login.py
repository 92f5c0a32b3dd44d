"""The views to which providers send people back, and where logins at providers begin."""

from __future__ import annotations

from typing import Any

from flask import abort

from flask_stormpath.social import login as social_login
from flask_stormpath.social.providers import FACEBOOK, GOOGLE, WITH_SWITCH


def google_login() -> Any:
    """Log a person in with Google.

    With ``start`` in the query the login begins, without a request to the service. Then Google sends the
    person here, which costs one request, and those of a login.
    """
    return social_login.enter(GOOGLE)


def facebook_login() -> Any:
    """Log a person in with Facebook, as ``google_login``; or with the signed cookie of pages of 0.4."""
    return social_login.enter(FACEBOOK)


def callback(provider_id: str) -> Any:
    """Log a person in with another provider of `STORMPATH_SOCIAL`, as ``google_login``."""
    if provider_id.lower() in WITH_SWITCH:
        abort(404)
    return social_login.enter(provider_id)
