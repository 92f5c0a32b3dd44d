"""Other systems for the service's requests: servers on loopback that send what a test says."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stormpath.server.outbound.allowed_targets import HTTP, AllowedTargets
from stormpath.server.outbound.client import Client
from support import bad_servers
from support.certificates import self_signed

#: The servers of the tests are on this machine, at any port.
LOOPBACK = AllowedTargets.parse("127.0.0.0/8", "1-65535", HTTP)

#: The same, as settings in the environment.
LOOPBACK_VARIABLES = {
    "STORMPATH_OUTBOUND_TARGETS": "127.0.0.0/8",
    "STORMPATH_OUTBOUND_PORTS": "1-65535",
}

#: What a server sends: bytes, or a function that is given the connection when the request has come.
Sends = bytes | Callable[[socket.socket], Any]


@dataclass
class RawServer:
    """A server on loopback, and the requests that it has received, in their order."""

    scheme: str
    port: int = 0
    requests: list[bytes] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"{self.origin}{path}"

    def lines(self, number: int = 0) -> list[str]:
        """The first line and the headers of a request."""
        return self.requests[number].partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")

    def body(self, number: int = 0) -> bytes:
        return self.requests[number].partition(b"\r\n\r\n")[2]


def ok(body: bytes = b"{}", *headers: str, status: str = "200 OK") -> bytes:
    """Return an answer with a length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def redirect(location: str, status: str = "302 Found") -> bytes:
    return ok(b"", f"Location: {location}", status=status)


@contextmanager
def sending(*answers: Sends, certificate: Path | None = None) -> Iterator[RawServer]:
    """Run a server whose first connection gets the first answer, and so on; the last one is repeated."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    def treat(connection: socket.socket) -> None:
        with suppress(OSError):
            if context is not None:
                connection = context.wrap_socket(connection, server_side=True)
            with connection:
                request = _received(connection)
                server.requests.append(request)
                answer = answers[min(len(server.requests), len(answers)) - 1]
                if isinstance(answer, bytes):
                    connection.sendall(answer)
                else:
                    answer(connection)
                connection.shutdown(socket.SHUT_WR)

    server = RawServer("http" if certificate is None else "https")
    with bad_servers.running(treat) as running:
        server.port = running.port
        yield server


def _received(connection: socket.socket) -> bytes:
    """Receive one request, whose body has a length."""
    data = b""
    while b"\r\n\r\n" not in data:
        received = connection.recv(65536)
        if not received:
            raise OSError
        data += received
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def client(**options: Any) -> Client:
    """Return a client that may connect to loopback; none of its requests waits for another."""
    return Client(options.pop("targets", LOOPBACK), **{"patience": 0.0} | options)


def certificate(folder: Path) -> Path:
    """Write a key and its certificate for 127.0.0.1 into one file, which is also its own authority."""
    return self_signed(folder)
