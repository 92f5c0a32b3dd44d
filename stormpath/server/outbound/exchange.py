"""One HTTP request and its answer, over a connection of its own.

The connection is not kept: the address is looked up and checked for every request, and no request is lost on
a connection that the other side has just closed. ``http.client`` writes and reads; what is beyond a bound, or
not understood, is no answer.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from stormpath.server.domain.outbound import FetchError, HttpAnswer
from stormpath.server.outbound.allowed_targets import AllowedTargets, NotAllowed
from stormpath.server.outbound.lookups import Lookups
from stormpath.server.outbound.slots import TooMany
from stormpath.server.outbound.sockets import BoundedSocket, TooLarge, connected, left
from stormpath.server.outbound.urls import Url

#: The status line and the headers of an answer together, those of ``100 Continue`` included.
_MOST_HEAD: Final = 64 * 1024

#: The sizes of chunks, in an answer that comes in chunks: small ones would cost much time for few bytes.
_MOST_FRAMING: Final = 64 * 1024

_PIECE: Final = 64 * 1024

#: They say how the message is sent, which is for this module to say.
_OURS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
#: What Latin-1 can write, without control characters (RFC 9110, 5.5).
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_MOST_HEADERS_SENT: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a request may go, and when it ends. ``deadline`` is by the monotonic clock, ``seconds`` before.

    ``most`` is the largest body of an answer, in bytes.
    """

    targets: AllowedTargets
    lookups: Lookups | None
    tls: Callable[[], ssl.SSLContext]
    deadline: float
    seconds: float
    most: int


def exchange(method: str, url: Url, headers: Mapping[str, str], body: bytes | None, to: Bounds) -> HttpAnswer:
    """Send one request and return its answer, whatever its status. Raises `FetchError`."""
    try:
        check_headers(headers)
        with closing(_connect(url, to)) as sock:
            bounded = BoundedSocket(sock, to.deadline, _MOST_HEAD)
            return _conversation(method, url, headers, body, bounded, to.most)
    except FetchError as error:
        raise FetchError(f"{url.origin}: {error}") from None
    # Without its cause, whose words may be the other side's. ValueError: http.client's own checks.
    except (OSError, http.client.HTTPException, TooLarge, ValueError) as error:
        raise FetchError(f"{url.origin}: {_reason(error, to.seconds)}") from None


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise `FetchError`, without any value, for headers that are not sent as they are."""
    if sum(len(name) + len(value) for name, value in headers.items()) > _MOST_HEADERS_SENT:
        raise FetchError("the headers to be sent are too long")
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OURS:
            raise FetchError("a header has a name that cannot be sent")
        if not _HEADER_VALUE.fullmatch(value):
            raise FetchError(f"the header {name} has characters that cannot be sent")


def _connect(url: Url, to: Bounds) -> socket.socket:
    sock = connected(url.host, url.port, to.deadline, to.targets, to.lookups)
    try:
        # A request goes out in two pieces: without this, the second waits for the receipt of the first.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if url.is_encrypted:
            sock.settimeout(left(to.deadline))
            sock = to.tls().wrap_socket(sock, server_hostname=url.host)
        return sock
    except BaseException:
        sock.close()
        raise


def _conversation(
    method: str, url: Url, headers: Mapping[str, str], body: bytes | None, sock: BoundedSocket, most: int
) -> HttpAnswer:
    connection = http.client.HTTPConnection(url.host, url.port)
    # It speaks over this socket, or not at all.
    connection.auto_open = 0
    connection.sock = sock
    connection.putrequest(method, url.target, skip_host=True, skip_accept_encoding=True)
    for name, value in {**_own_headers(method, url, headers, body), **headers}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    with connection.getresponse() as response:
        sock.allow(most + _MOST_FRAMING)
        received = _headers(response)
        _check_coding(response.status, received)
        return HttpAnswer(response.status, received, _body(response, most))


def _own_headers(method: str, url: Url, headers: Mapping[str, str], body: bytes | None) -> dict[str, str]:
    """Return the headers that are not the caller's."""
    own = {"Host": url.host_header, "Accept-Encoding": "identity", "Connection": "close"}
    # Some providers refuse a request without one.
    if not any(name.lower() == "user-agent" for name in headers):
        own["User-Agent"] = "stormpath"
    if body is not None or method == "POST":
        own["Content-Length"] = str(len(body or b""))
    return own


def _headers(response: http.client.HTTPResponse) -> dict[str, str]:
    """Return the headers by their names in lower case; what is there several times, joined by commas."""
    found: dict[str, str] = {}
    for name, value in response.getheaders():
        # A line may be folded; and what reads a value later may write it into a log.
        key, text = name.lower(), _CONTROLS.sub(" ", value).strip()
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _check_coding(status: int, headers: Mapping[str, str]) -> None:
    if status < 200:
        raise FetchError(f"it answers with the status {status}, which is not final")
    # None was asked for; a small compressed body may be a large one.
    if headers.get("content-encoding", "identity").strip().lower() not in ("identity", ""):
        raise FetchError("it compresses its answer, which was not asked for")
    if headers.get("transfer-encoding", "chunked").strip().lower() != "chunked":
        raise FetchError("its answer has a transfer coding besides chunks")


def _body(response: http.client.HTTPResponse, most: int) -> bytes:
    if response.length is not None and response.length > most:
        raise TooLarge
    pieces, size = [], 0
    while piece := response.read(_PIECE):
        size += len(piece)
        if size > most:
            raise TooLarge
        pieces.append(piece)
    # http.client ends a body quietly where the connection does.
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    return b"".join(pieces)


def _reason(error: Exception, seconds: float) -> str:
    """Return what an operator reads, without any word of the other side."""
    match error:
        case NotAllowed():
            return str(error)
        case TooMany():
            return f"too many requests at a time: {error}"
        case TooLarge():
            return "its answer is larger than allowed"
        case TimeoutError():
            return f"no end after {seconds:g} seconds"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({error.verify_message})"
        case ssl.SSLError():
            return "it does not speak TLS as expected"
        case socket.gaierror():
            return "there is no such host"
        case http.client.IncompleteRead() | http.client.RemoteDisconnected():
            return "it closed the connection before the end of its answer"
        case OSError():
            return error.strerror or type(error).__name__
        case _:
            return "it does not speak HTTP as expected"
