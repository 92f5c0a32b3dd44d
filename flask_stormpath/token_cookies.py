"""Logins by tokens in cookies, instead of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import current_app
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from flask_stormpath.models import User


def is_on() -> bool:
    """Whether a login sets tokens, and no session."""
    return bool(current_app.config["STORMPATH_ENABLE_TOKEN_COOKIES"])


def log_in(user: User, target: str | None) -> Response:
    """Return the answer of the view with the tokens of a person who is logged in."""
    raise NotImplementedError


def log_out(answer: Response) -> None:
    """Delete the token cookies, and revoke the tokens in cookies and headers."""
