"""The view ``me``: who sends the request."""

from __future__ import annotations

from typing import Any, Final

from flask import current_app, jsonify
from flask_login import current_user

from flask_stormpath.linked_resources import linked
from flask_stormpath.tokens.api_callers import caller, names_itself
from flask_stormpath.web.negotiation import account_json, unauthenticated

#: No cache keeps what belongs to one person.
NOT_CACHED: Final = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache"}


def me() -> Any:
    """Return the account of a session, a token cookie, a bearer token or an API key, as JSON.

    Credentials in the ``Authorization`` header have precedence: if they are wrong, a session does not help.
    401 for others. No request for a session while the account is cached, and one where
    `STORMPATH_ME_EXPAND` names links.
    """
    if names_itself():
        found = caller()
        user = None if found is None else found.user
    else:
        user = current_user if current_user.is_authenticated else None
    if user is None:
        answer = unauthenticated("invalid_token" if names_itself() else None)
    else:
        expanded = linked(user, current_app.config["STORMPATH_ME_EXPAND"] or ())
        answer = jsonify(account=account_json(user) | expanded)
    answer.headers.update(NOT_CACHED)
    return answer
