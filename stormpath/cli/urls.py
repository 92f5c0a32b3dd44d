"""URLs that may hold a password."""

import re
from typing import Final

# Up to the last @: whoever forgot to write a password's own as %40 has a secret, too.
_PASSWORD: Final = re.compile(r"(?<=://)([^:/]*):.*@", re.DOTALL)


def has_password(url: str) -> bool:
    """Tell whether a URL holds a password, also one that is malformed otherwise."""
    return _PASSWORD.search(url) is not None


def without_password(url: str) -> str:
    """Return a URL that may be shown."""
    return _PASSWORD.sub(r"\1:***@", url)
