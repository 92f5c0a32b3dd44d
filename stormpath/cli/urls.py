"""Passwords in URLs, and files that hold such a URL."""

import re
from pathlib import Path
from typing import Final

from stormpath.key_files import KeyFileError, expanded

# Up to the last @: a password may contain one that was not encoded as %40.
_PASSWORD: Final = re.compile(r"(?<=://)([^:/]*):.*@", re.DOTALL)

#: Parameters in which libpq takes passwords.
_PARAMETER: Final = re.compile(r"([?&](?:ssl)?password=)[^&]+", re.IGNORECASE)


def has_password(url: str) -> bool:
    """Whether a URL holds a password, even if it is malformed otherwise."""
    return _PASSWORD.search(url) is not None or _PARAMETER.search(url) is not None


def without_password(url: str) -> str:
    """Return a URL with its passwords masked."""
    return _PARAMETER.sub(r"\1***", _PASSWORD.sub(r"\1:***@", url))


def url_in(path: Path) -> str:
    """Return the URL in a file, its only line; ``ValueError`` when there is none."""
    try:
        url = Path(expanded(path)).read_text(encoding="utf-8-sig").strip()
    except KeyFileError as error:
        raise ValueError(f"The file {path} cannot be read: {error}.") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise ValueError(f"The file {path} cannot be read: {reason}.") from None
    if not url or len(url.splitlines()) > 1:
        # Not shown: it is about a secret.
        raise ValueError(f"The file {path} must hold one line, the URL.")
    return url
