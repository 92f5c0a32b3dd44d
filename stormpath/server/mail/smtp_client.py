"""smtplib's client on sockets of ours: everything it does is within one time limit."""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from typing import Final

from stormpath.server.mail.allowed_targets import AllowedTargets

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


def connected(host: str, port: int, deadline: float, targets: AllowedTargets | None = None) -> socket.socket:
    """Return a socket to the first of the host's addresses that answers; ``OSError`` when none does.

    The host is resolved once; of its addresses, only those among the ``targets`` are connected to.
    """
    if targets is not None:
        targets.check_port(port)
    failure: OSError = OSError("the host has no address")
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for number, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        try:
            if targets is not None:
                targets.check_address(host, str(address[0]))
            # An address that does not answer at all leaves time for the others.
            sock.settimeout(left(deadline) / (len(addresses) - number))
            sock.connect(address)
            return sock
        except OSError as error:
            sock.close()
            failure = error
    raise failure


def left(deadline: float) -> float:
    """Return the seconds that are left by the monotonic clock; ``TimeoutError`` when none are."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("timed out")
    return seconds


def _own_name(sock: socket.socket) -> str:
    """Return the name for EHLO (RFC 5321, 4.1.4), without asking any name server."""
    name = socket.gethostname()
    if "." in name:
        return name
    address = sock.getsockname()[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def trusting(ca: str | None) -> ssl.SSLContext:
    """Return a context that trusts the certificates in a file, or those of the system.

    Raises ``ValueError`` when the file cannot be used.
    """
    try:
        return ssl.create_default_context(cafile=ca)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it holds no certificate in PEM"
        raise ValueError(f"The certificates in {ca} cannot be used: {reason}.") from error
