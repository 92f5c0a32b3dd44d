"""What every template gets."""

from __future__ import annotations

from typing import Any

from flask_login import current_user


def user_context_processor() -> dict[str, Any]:
    """Return ``user``: the current `User`, or an anonymous object that is false."""
    return {"user": current_user._get_current_object()}
