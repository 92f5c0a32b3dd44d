"""Checks of a request as a whole, before it is routed: its Host, and whether another site caused it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from stormpath.server.schema.errors import ApiError, Code

#: A host and a port (RFC 9110, 7.2). Servers join two Host headers by a comma, which neither can have.
_HOST: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[^\s,/?#@\[\]:]{1,255})(?::\d{0,5})?")

#: Valid hosts of earlier requests: most requests name the same one.
_seen: Final[set[str]] = set()
_MOST_SEEN: Final = 100

#: What a form of a browser, or a script without the consent of this service, can send to another site.
_FORM_TYPES: Final = frozenset({"", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})


def check_host(env: Mapping[str, Any]) -> None:
    """Refuse a request that does not name exactly one host, as HTTP/1.1 demands (RFC 9112, 3.2)."""
    # A server that leaves the variable out does not pass the header on; Granian passes a missing one empty.
    host = env.get("HTTP_HOST")
    if host in _seen:
        return
    if host is None or _HOST.fullmatch(host) or (not host and env.get("SERVER_PROTOCOL") == "HTTP/1.0"):
        if host and len(_seen) < _MOST_SEEN:
            _seen.add(host)
        return
    raise ApiError(Code.BAD_REQUEST, "The request must have exactly one valid Host header.")


def refuse_forgery(env: Mapping[str, Any], origins: Collection[str], *, is_overridden: bool) -> None:
    """Refuse a change that a page of another site, not of ``origins``, makes a browser ask for (CSRF).

    A browser that has once asked its user for an API key sends it along by HTTP Basic. Browsers of today name
    the site that caused a request (``Origin``, ``Sec-Fetch-Site``). For older ones, a method in the query
    (``_method=DELETE``) is accepted only with JSON, or with any ``X-`` header: a form can send neither.
    """
    sent_by = env.get("HTTP_ORIGIN")
    is_foreign = sent_by is not None and sent_by.lower() not in origins
    if is_foreign or env.get("HTTP_SEC_FETCH_SITE", "none") not in ("none", "same-origin"):
        raise ApiError(
            Code.FORBIDDEN,
            "The request was caused by another site.",
            "Its Origin or Sec-Fetch-Site header names another site than this service.",
        )
    if is_overridden and _could_be_a_form(env):
        raise ApiError(
            Code.FORBIDDEN,
            "The request could be a form of another site.",
            "A _method in the query needs the header Content-Type: application/json or an X- header, such as "
            "X-Requested-With.",
        )


def _could_be_a_form(env: Mapping[str, Any]) -> bool:
    kind = (env.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()
    # Proxies add X-Forwarded headers of their own.
    headers = (each for each in env if each.startswith("HTTP_X_"))
    return kind in _FORM_TYPES and all(
        each.startswith(("HTTP_X_FORWARDED", "HTTP_X_REAL")) for each in headers
    )
