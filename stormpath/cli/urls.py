"""Passwords in URLs."""

import re
from typing import Final

# Up to the last @: a password may contain one that was not encoded as %40.
_PASSWORD: Final = re.compile(r"(?<=://)([^:/]*):.*@", re.DOTALL)


def has_password(url: str) -> bool:
    """Whether a URL holds a password, even if it is malformed otherwise."""
    return _PASSWORD.search(url) is not None


def without_password(url: str) -> str:
    """Return a URL with its password masked."""
    return _PASSWORD.sub(r"\1:***@", url)
