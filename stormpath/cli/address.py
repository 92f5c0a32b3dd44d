"""Addresses that a server listens on, and the checks whether it can."""

from __future__ import annotations

import errno
import re
import socket
from dataclasses import dataclass
from typing import Final

from stormpath.cli.errors import CommandError

_HOST_AND_PORT: Final = re.compile(
    r"(?:\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|(?P<host>[^\s:/\[\]]+)):(?P<port>[0-9]{1,5})"
)

#: A server that listens on one of these is reached as localhost.
_THIS_MACHINE: Final = frozenset({"127.0.0.1", "0.0.0.0", "::", "::1", "localhost"})  # noqa: S104 - compared, not bound


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port, as given to ``--bind``; port 0 is any free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Parse ``HOST:PORT`` or ``[IPV6]:PORT``."""
        found = _HOST_AND_PORT.fullmatch(text.strip())
        if found is None or int(found["port"]) > 65535:
            raise CommandError(
                f"--bind {text!r} is not an address: write HOST:PORT, for instance 127.0.0.1:8080."
            )
        return cls(found["ipv6"] or found["host"], int(found["port"]))

    @property
    def base_url(self) -> str:
        """The base URL of a service that clients reach at this address."""
        host = "localhost" if self.host in _THIS_MACHINE else self._written_host
        return f"http://{host}:{self.port}/v1"

    def bindable(self) -> Address:
        """Return this address in numbers; `CommandError` if a server cannot listen on it."""
        try:
            family, ip = self._resolved()
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                # As servers do: a port that was just released is free; one that a server listens on is not.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((ip, self.port))
                return Address(ip, probe.getsockname()[1])
        except OSError as error:
            raise CommandError(self.why_not(error)) from error

    def why_not(self, error: OSError) -> str:
        """Return one line that says why a server cannot listen here, and what to do."""
        if error.errno == errno.EADDRINUSE:
            return (
                f"{self} is in use: stop the program that listens there, or choose another port, "
                f"for instance --bind {self.neighbour}."
            )
        if error.errno == errno.EACCES:
            example = Address(self.host, 8080)
            return f"{self} is reserved for the system: choose a port from 1024 up, such as --bind {example}."
        if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
            return f"{self} is no address of this machine: choose one of its own, for instance 127.0.0.1."
        return f"{self} cannot be listened on: {error.strerror}."

    @property
    def neighbour(self) -> Address:
        """The address with the next port, or with the one before the last port."""
        return Address(self.host, self.port + 1 if self.port < 65535 else self.port - 1)

    def __str__(self) -> str:
        return f"{self._written_host}:{self.port}"

    @property
    def _written_host(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host

    def _resolved(self) -> tuple[socket.AddressFamily, str]:
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        # "localhost" may resolve to both families; every client supports IPv4.
        found.sort(key=lambda each: each[0] != socket.AF_INET)
        return found[0][0], str(found[0][4][0])
