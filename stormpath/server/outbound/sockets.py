"""Sockets to other systems: one look-up of the name, checked addresses, and one deadline for everything."""

from __future__ import annotations

import io
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any, Final

from stormpath.server.outbound.lookups import look_up

if TYPE_CHECKING:
    from stormpath.server.outbound.allowed_targets import AllowedTargets
    from stormpath.server.outbound.lookups import Lookups

_PIECE: Final = 16 * 1024


class TooLarge(Exception):
    """More was received than is allowed."""


def left(deadline: float) -> float:
    """Return the seconds that are left by the monotonic clock; ``TimeoutError`` when none are."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("timed out")
    return seconds


def connected(
    host: str,
    port: int,
    deadline: float,
    targets: AllowedTargets | None = None,
    lookups: Lookups | None = None,
) -> socket.socket:
    """Return a socket to the first of the host's addresses that answers; ``OSError`` when none does.

    The host is resolved once, within the deadline too; of its addresses, only those among the ``targets``
    are connected to.
    """
    if targets is not None:
        targets.check_port(port)
    failure: OSError = OSError("the host has no address")
    addresses = look_up(host, port, left(deadline), lookups)
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


def trusting(ca: str | None, *, also_system: bool = False) -> ssl.SSLContext:
    """Return a context that trusts the certificates in a file, or those of the system; or both.

    Raises ``ValueError`` when the file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=None if also_system else ca)
        if also_system and ca is not None:
            context.load_verify_locations(ca)
        return context
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it holds no certificate in PEM"
        raise ValueError(f"The certificates in {ca} cannot be used: {reason}.") from error


class BoundedSocket:
    """A connected socket as ``http.client`` uses one: it waits for nothing beyond the deadline.

    A timeout of the socket alone starts again with every byte that a slow server sends. Beyond what is
    allowed (`allow`), receiving raises `TooLarge`. The socket itself is closed by who has opened it.
    """

    def __init__(self, sock: socket.socket, deadline: float, most: int) -> None:
        self._socket = sock
        self._deadline = deadline
        self._left = most

    def allow(self, most: int) -> None:
        """Receive so many bytes from now on, and no more."""
        self._left = most

    def sendall(self, data: bytes) -> None:
        """Send it all, in pieces: encrypted, each piece would wait anew."""
        for start in range(0, len(data), _PIECE):
            self._socket.settimeout(left(self._deadline))
            self._socket.sendall(data[start : start + _PIECE])

    def receive_into(self, buffer: Any) -> int:
        """Receive into a buffer what is there, and return its length; 0 at the end."""
        self._socket.settimeout(left(self._deadline))
        received = self._socket.recv_into(buffer)
        self._left -= received
        if self._left < 0:
            raise TooLarge
        return received

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a file that reads from it."""
        return io.BufferedReader(_Receiving(self))

    def close(self) -> None:
        """Do nothing: ``http.client`` calls it when the headers are there, and goes on reading the file."""


class _Receiving(io.RawIOBase):
    """The received bytes as a file."""

    def __init__(self, sock: BoundedSocket) -> None:
        self._socket = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._socket.receive_into(buffer)
