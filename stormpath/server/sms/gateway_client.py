"""The HTTP client for the operator's gateway, which may be at any address; a request has a time limit."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import closing, suppress
from typing import Final
from urllib.parse import urlsplit

from stormpath.server.domain.outbound import NO_HEADERS, FetchError, HttpAnswer

#: How long a request may take in all, in seconds.
TIMEOUT: Final = 10.0

#: So much of an answer is read, in bytes.
_MOST: Final = 64 * 1024


class GatewayClient:
    """Implements ``Fetch`` for one gateway: a connection for each request, no redirects, no proxies."""

    def __init__(self, timeout: float = TIMEOUT) -> None:
        self._timeout = timeout

    def __call__(
        self, method: str, url: str, *, headers: Mapping[str, str] = NO_HEADERS, body: bytes | None = None
    ) -> HttpAnswer:
        """Return the answer, the first 64 KiB of it; raise `FetchError` when there is none in time."""
        parts = urlsplit(url)
        target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
        with closing(self._connection(parts.scheme, parts.hostname or "", parts.port)) as connection:
            late = threading.Event()
            # The limit of a socket is for each step; a server that sends byte by byte has many.
            clock = threading.Timer(self._timeout, lambda: _cut(connection_socket, late))
            clock.daemon = True
            try:
                connection.connect()
                # An answer that ends with the connection takes the socket from it.
                connection_socket = connection.sock
                clock.start()
                connection.request(method, target, body, dict(headers))
                with connection.getresponse() as response:
                    # What came may end where it was cut.
                    if late.is_set():
                        raise TimeoutError
                    content = _beginning(response)
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise FetchError(self._reason(error, is_late=late.is_set())) from None
            finally:
                clock.cancel()
        names = {name.lower(): each for name, each in response.headers.items()}
        return HttpAnswer(response.status, names, content)

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=context)
        return http.client.HTTPConnection(host, port, timeout=self._timeout)

    def _reason(self, error: Exception, *, is_late: bool) -> str:
        if is_late or isinstance(error, TimeoutError):
            return f"no end after {self._timeout:g} seconds"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"the certificate is refused: {error.verify_message}"
        if isinstance(error, http.client.RemoteDisconnected):
            return "the connection was closed without an answer"
        if isinstance(error, http.client.HTTPException | ValueError):
            # Not its words: they hold a piece of the answer.
            return "the answer is not one of HTTP"
        return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _beginning(response: http.client.HTTPResponse) -> bytes:
    """Return what there is of a body: its status has told already whether the message was taken."""
    content = b""
    with suppress(OSError, http.client.HTTPException, ValueError):
        while len(content) < _MOST and (piece := response.read1(_MOST - len(content))):
            content += piece
    return content


def _cut(sock: socket.socket, late: threading.Event) -> None:
    late.set()
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
