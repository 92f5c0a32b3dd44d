"""The check of callback URIs against those that an application authorizes (rest-auth 7.4)."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit


def is_authorized(uri: str, allowed: Iterable[str]) -> bool:
    """Tell whether the URI matches an allowed one.

    Scheme, host and port are compared in any letter case, the path exactly, the query only if the allowed URI
    has one. ``*`` stands for the left-most label of the host. A fragment is never allowed.
    """
    requested = _split(uri)
    if requested is None or requested.fragment or "#" in uri:
        return False
    return any(_matches(requested, each) for each in map(_split, allowed) if each is not None)


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        # Only reading the port raises ``ValueError`` for an invalid one.
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme and "@" not in parts.netloc else None


def _matches(requested: SplitResult, allowed: SplitResult) -> bool:
    return (
        requested.scheme == allowed.scheme
        and requested.port == allowed.port
        and requested.path == allowed.path
        and (not allowed.query or requested.query == allowed.query)
        and _host_matches(requested.hostname or "", allowed.hostname or "")
    )


def _host_matches(requested: str, allowed: str) -> bool:
    if not allowed.startswith("*."):
        return requested == allowed
    label, _, rest = requested.partition(".")
    return bool(label) and rest == allowed[2:]
