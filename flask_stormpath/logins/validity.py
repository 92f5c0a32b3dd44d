"""What bounds a login: the password that it rests on, and the time without a request."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from stormpath.resources.account import Account


def stamp(account: Account) -> str:
    """Return what changes with the password: the time at which it was set, in microseconds."""
    set_at = account.password_modified_at
    return "" if set_at is None else str(int(set_at.timestamp() * 1_000_000))


def lifetime() -> timedelta:
    """Return how long a login lasts without a request."""
    found: timedelta = current_app.config["REMEMBER_COOKIE_DURATION"]
    return found
