"""A gateway for text messages on loopback: it keeps each request as it came, and answers as a test says."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

#: What a gateway may do instead of answering: end the connection, say nothing, send byte after byte.
CLOSE = "CLOSE"
HANG = "HANG"
TRICKLE = "TRICKLE"

#: A status and a body, one of the above, bytes that are sent as they are, or a function that is called first.
Deed = tuple[int, str] | str | bytes | Callable[[], object]


@dataclass(frozen=True)
class Posted:
    """A request as it came; the names of headers are in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form."""
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True))


class SmsGateway(socketserver.ThreadingTCPServer):
    """Answers 201, unless it shall misbehave. ``posted`` are the requests so far."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.posted: list[Posted] = []
        self.deeds: list[Deed] = []
        self.always: Deed | None = None
        self.is_closing = threading.Event()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def misbehave(self, *deeds: Deed) -> None:
        """Do these, one for each of the next requests."""
        self.deeds += deeds

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a caller may leave at any time."""


class _Handler(socketserver.StreamRequestHandler):
    server: SmsGateway
    request: socket.socket

    def handle(self) -> None:
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != "":
            headers = {}
            while (header := self.rfile.readline().decode().rstrip("\r\n")) != "":
                name, _, value = header.partition(": ")
                headers[name.lower()] = value
            body = self.rfile.read(int(headers.get("content-length", "0")))
            self.server.posted.append(Posted(line, headers, body))
            deed = self.server.deeds.pop(0) if self.server.deeds else self.server.always
            if not self.answers(deed):
                return

    def answers(self, deed: Deed | None) -> bool:
        """Do a deed; tell whether the connection goes on."""
        if callable(deed):
            deed()
            deed = None
        if deed == CLOSE:
            return False
        if deed == HANG:
            self.server.is_closing.wait(30)
            return False
        if deed == TRICKLE:
            self.trickle()
            return False
        if isinstance(deed, bytes):
            self.wfile.write(deed)
            return False
        status, text = deed if isinstance(deed, tuple) else (201, '{"sid": "SM1", "status": "queued"}')
        content = text.encode()
        self.wfile.write(f"HTTP/1.1 {status} x\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
        return True

    def trickle(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        with suppress(OSError):
            while not self.server.is_closing.is_set():
                self.wfile.write(b"x")
                time.sleep(0.02)


@contextmanager
def sms_gateway(port: int = 0) -> Iterator[SmsGateway]:
    """Run a gateway."""
    with SmsGateway(port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.is_closing.set()
            server.shutdown()
            thread.join()
