"""Passwords in URLs, and files that hold such a URL."""

import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from stormpath.key_files import KeyFileError, expanded

# Up to the last @: a password may contain one that was not encoded as %40.
_PASSWORD: Final = re.compile(r"(?<=://)(?!\[)([^:/]*):.*@", re.DOTALL)

#: Parameters in which libpq takes secrets. It also takes their names percent-encoded.
_SECRETS: Final = frozenset(
    {"password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"}
)
_PARAMETER: Final = re.compile(r"(?<=[?&])([^=?&]+)=([^&]+)")


def has_password(url: str) -> bool:
    """Whether a URL holds a password, even if it is malformed otherwise."""
    return without_password(url) != url


def without_password(url: str) -> str:
    """Return a URL with its passwords masked."""
    return _PARAMETER.sub(_masked, _PASSWORD.sub(r"\1:***@", url))


def _masked(parameter: re.Match[str]) -> str:
    is_secret = unquote(parameter[1]).lower() in _SECRETS
    return f"{parameter[1]}=***" if is_secret else parameter[0]


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
