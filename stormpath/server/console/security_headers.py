"""The headers of every answer: what a page may load and who may show it."""

from __future__ import annotations

from typing import Final

import falcon

#: Scripts and styles are files of this service alone; nothing is loaded from elsewhere, and no page framed.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Not no-referrer: browsers send the forms of such pages with the origin null, as forgeries have it.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def add(resp: falcon.Response) -> None:
    """Add them; an answer that has a header already keeps it."""
    for name, value in _HEADERS.items():
        if resp.get_header(name) is None:
            resp.set_header(name, value)
    if resp.get_header("Cache-Control") is None:
        resp.set_header("Cache-Control", "no-store")
