"""To be written."""

from typing import Any


def sessions() -> Any:
    """To be written."""
    raise NotImplementedError
