"""To be written."""

from typing import Any


def oauth() -> Any:
    """To be written."""
    raise NotImplementedError
