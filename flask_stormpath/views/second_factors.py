"""To be written."""

from typing import Any


def factor_login() -> Any:
    """To be written."""
    raise NotImplementedError


def factors() -> Any:
    """To be written."""
    raise NotImplementedError
