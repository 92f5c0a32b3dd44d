"""smtplib's client on sockets of ours: everything it does is within one time limit."""

from __future__ import annotations

import smtplib
import socket
from typing import Final

from stormpath.server.outbound.sockets import left

_CHUNK: Final = 16 * 1024

#: An answer is some lines; what a server sends without an end is not kept.
_LONGEST_ANSWER: Final = 64 * 1024


class Client(smtplib.SMTP):
    """smtplib's client on a socket of ours, with one deadline for everything together.

    A timeout of the socket alone starts again with every byte that a slow server sends.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        super().__init__(local_hostname=_own_name(sock))
        self.deadline = deadline
        self.lines = _Lines(self)
        self.use(sock)

    def use(self, sock: socket.socket) -> None:
        """Talk over that socket, and drop what a server said before (RFC 3207, 4.2)."""
        self.sock = sock
        self.file = self.lines = _Lines(self)
        self.helo_resp = self.ehlo_resp = None
        self.esmtp_features = {}
        self.does_esmtp = False

    def send(self, s: str | bytes) -> None:  # type: ignore[override]  # smtplib sends nothing else
        data = s.encode(self.command_encoding) if isinstance(s, str) else s
        self.lines.start()
        try:
            for start in range(0, len(data), _CHUNK):
                # Before each piece: one that is late is not sent, and so no message ends late.
                self.bounded().sendall(data[start : start + _CHUNK])
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(f"the connection broke: {error}") from error

    def bounded(self) -> socket.socket:
        """Return the socket, which waits no longer than until the deadline."""
        if self.sock is None:
            raise OSError("it is closed")
        self.sock.settimeout(left(self.deadline))
        return self.sock


class _Lines:
    """The lines that a server sends, as smtplib reads them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._buffer = b""
        self._allowed = _LONGEST_ANSWER

    def start(self) -> None:
        """Expect a new answer."""
        self._allowed = _LONGEST_ANSWER

    def readline(self, limit: int) -> bytes:
        while (end := self._buffer.find(b"\n") + 1) == 0 and len(self._buffer) < limit:
            received = self._client.bounded().recv(4096)
            self._allowed -= len(received)
            if self._allowed < 0:
                raise OSError("the answer has no end")
            if not received:
                break
            self._buffer += received
        end = min(end or len(self._buffer), limit)
        line, self._buffer = self._buffer[:end], self._buffer[end:]
        return line

    def close(self) -> None:
        self._buffer = b""


def _own_name(sock: socket.socket) -> str:
    """Return the name for EHLO (RFC 5321, 4.1.4), without asking any name server."""
    name = socket.gethostname()
    if "." in name:
        return name
    address = sock.getsockname()[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"
