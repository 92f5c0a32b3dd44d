"""The access log: one line for each request, without query, body, credentials and tokens."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import quote

from stormpath.base_url import without_token
from stormpath.server.logs.escaping import quoted

#: The name of its logger.
LOGGER: Final = "stormpath.access"

_ID_HEADER: Final = "stormpath-request-id"

#: The characters of a path that stay as they are (RFC 3986).
_PATH: Final = "/~:@!$&'()*+,;="

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_log = logging.getLogger(LOGGER)


class AccessLog:
    """A WSGI app that logs the requests to another: client, request, status, time, and the request's id."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request, and log it."""
        # Before the app changes them.
        method, path = environ.get("REQUEST_METHOD", ""), environ.get("PATH_INFO", "")
        start = time.monotonic()
        status, id = "-", "-"

        def start_and_note(line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            nonlocal status, id
            status = line[:3]
            id = next((value for name, value in headers if name.lower() == _ID_HEADER), "-")
            return start_response(line, headers, *rest)

        try:
            return self._app(environ, start_and_note)
        finally:
            milliseconds = (time.monotonic() - start) * 1000
            _log.info(
                '%s "%s %s" %s %.1f ms %s',
                quoted(environ.get("REMOTE_ADDR") or "-"),
                quoted(method),
                shown(path),
                status,
                milliseconds,
                id,
            )


def shown(path: str) -> str:
    """Return a decoded path percent-encoded, with ``***`` for a token, and not too long."""
    encoded = without_token(quote(path.encode("latin-1", "replace"), safe=_PATH))
    return encoded if len(encoded) <= _LONGEST else f"{encoded[: _LONGEST - 3]}..."


_LONGEST: Final = 1000
