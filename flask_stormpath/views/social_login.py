"""To be written."""

from typing import Any


def google_login() -> Any:
    """To be written."""
    raise NotImplementedError


def facebook_login() -> Any:
    """To be written."""
    raise NotImplementedError


def callback(provider_id: str) -> Any:
    """To be written."""
    raise NotImplementedError
