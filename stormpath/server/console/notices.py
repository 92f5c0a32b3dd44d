"""One sentence that the next page shows: what became of the form that was sent.

It travels in a cookie under the service's key, and is shown once.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from stormpath.server.console.request import ConsoleRequest

_COOKIE: Final = "stormpath-notice"
_LONGEST: Final = 2000
_PURPOSE: Final = "console notice"


class Notice(NamedTuple):
    """A sentence; ``kind`` is ``good``, ``bad`` or ``plain``."""

    text: str
    kind: str = "good"


def leave(request: ConsoleRequest, notice: Notice) -> None:
    """Keep a notice for the next page."""
    text = base64.urlsafe_b64encode(msgspec.json.encode(notice)).decode()
    value = f"{text}.{_seal(request, text)}"
    if len(value) <= _LONGEST:
        request.console.set_cookie(request.resp, _COOKIE, value)


def take(request: ConsoleRequest) -> Notice | None:
    """Return the notice that was left, and forget it."""
    value = request.req.cookies.get(_COOKIE)
    if not value:
        return None
    request.console.drop_cookie(request.resp, _COOKIE)
    text, _, seal = value.partition(".")
    if len(value) > _LONGEST or not hmac.compare_digest(_seal(request, text).encode(), seal.encode()):
        return None
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text), type=Notice)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None


def _seal(request: ConsoleRequest, text: str) -> str:
    # A notice is for one browser: that of another session shows it to no one.
    whose = request.req.context.token
    return request.console.secrets.digest(f"{whose}\0{text}".encode(errors="surrogatepass"), _PURPOSE)
