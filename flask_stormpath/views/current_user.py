"""To be written."""

from typing import Any


def me() -> Any:
    """To be written."""
    raise NotImplementedError
