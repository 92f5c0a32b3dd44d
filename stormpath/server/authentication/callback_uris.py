"""Which URIs an application lets people be sent to after a login elsewhere (rest-auth 7.4)."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit


def is_authorized(uri: str, allowed: Iterable[str]) -> bool:
    """Tell whether the URI matches one of those allowed.

    Scheme, host and port are compared in any letter case, the path exactly, the query only where the allowed
    one has it. ``*`` stands for one left-most label of the host. A fragment is never allowed.
    """
    wanted = _split(uri)
    if wanted is None or wanted.fragment or "#" in uri:
        return False
    return any(_matches(wanted, each) for each in map(_split, allowed) if each is not None)


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        # Reading it is what finds a port that is none.
        _ = parts.port
    except ValueError:
        return None
    return parts if parts.scheme and "@" not in parts.netloc else None


def _matches(wanted: SplitResult, allowed: SplitResult) -> bool:
    return (
        wanted.scheme == allowed.scheme
        and wanted.port == allowed.port
        and wanted.path == allowed.path
        and (not allowed.query or wanted.query == allowed.query)
        and _host_matches(wanted.hostname or "", allowed.hostname or "")
    )


def _host_matches(wanted: str, allowed: str) -> bool:
    if not allowed.startswith("*."):
        return wanted == allowed
    label, _, rest = wanted.partition(".")
    return bool(label) and rest == allowed[2:]
