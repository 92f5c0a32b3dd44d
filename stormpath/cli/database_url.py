"""Database URLs that may hold a password."""

import re
from typing import Final

_PASSWORD: Final = re.compile(r"(?<=://)([^:/@]*):[^/]*@")


def has_password(url: str) -> bool:
    """Tell whether a URL holds a password, also one that is malformed otherwise."""
    return _PASSWORD.search(url) is not None


def without_password(url: str) -> str:
    """Return a URL that may be shown."""
    return _PASSWORD.sub(r"\1:***@", url)
