"""Where the console is beside the API."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

#: Where the console is, if the API has the root of the host.
CONSOLE: Final = "/console"


def console_root(api_root: str) -> str:
    """Return what the paths of the console begin with, where those of the API begin with ``api_root``."""
    return "" if api_root else CONSOLE


def console_url(base_url: str) -> str:
    """Return the address of the console, by the base URL of the API."""
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}{console_root(parts.path.rstrip('/')) or '/'}"
