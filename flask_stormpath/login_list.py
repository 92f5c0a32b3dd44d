"""The list of an account's logins: one entry for each, in the account's custom data."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from flask import current_app, request

if TYPE_CHECKING:
    from flask_stormpath.models import User

#: Before the id of each login, in custom data.
PREFIX: Final = "flaskStormpathLogin-"
#: A further login ends the oldest.
MOST: Final = 20
LONGEST_USER_AGENT: Final = 200


def is_on() -> bool:
    """Whether logins are listed."""
    return bool(current_app.config["STORMPATH_ENABLE_SESSIONS"])


def add(user: User) -> str:
    """Write the entry of a login that begins with this request, and return its id; one request or more."""
    entry = secrets.token_urlsafe(9)
    held = entries(user)
    for oldest in sorted(held, key=lambda each: str(held[each].get("since")))[: len(held) - MOST + 1]:
        del user.custom_data[PREFIX + oldest]
    user.custom_data[PREFIX + entry] = {
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "address": request.remote_addr,
        "userAgent": str(request.user_agent)[:LONGEST_USER_AGENT],
    }
    user.custom_data.save()
    return entry


def entries(user: User) -> dict[str, dict[str, Any]]:
    """Return the entries of an account by their ids; no request while its custom data is held or cached."""
    return {
        key.removeprefix(PREFIX): value
        for key, value in user.custom_data.items()
        if key.startswith(PREFIX) and isinstance(value, dict)
    }


def holds(user: User, entry: str) -> bool:
    """Whether a login is in the list."""
    return bool(entry) and PREFIX + entry in user.custom_data


def end(user: User, *ended: str) -> None:
    """Take logins out of the list; one request for each."""
    for entry in ended:
        if holds(user, entry):
            del user.custom_data[PREFIX + entry]
    user.custom_data.save()
