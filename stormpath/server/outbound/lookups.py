"""Look-ups of host names that end in time.

Nothing bounds the time of ``getaddrinfo``: a name server that does not answer keeps it for half a minute or
longer. So it runs in a thread of its own, which is left alone when it takes too long.
"""

from __future__ import annotations

import socket
import threading
from ipaddress import ip_address
from typing import Any, Final

from stormpath.server.outbound.slots import Slots

Addresses = list[tuple[Any, Any, int, str, Any]]


class Lookups:
    """The look-ups for one tenant, which hold its slots until they have ended, however late."""

    def __init__(self, slots: Slots, tenant_id: str) -> None:
        self._slots = slots
        self._tenant_id = tenant_id

    def begin(self) -> None:
        """Take a slot; raises ``TooMany``."""
        self._slots.take(self._tenant_id)

    def end(self) -> None:
        """Give it back."""
        self._slots.leave(self._tenant_id)


def look_up(host: str, port: int, seconds: float, lookups: Lookups | None = None) -> Addresses:
    """Return the addresses of a host as ``getaddrinfo`` does, or raise ``TimeoutError`` after so long.

    A look-up that takes too long ends in its thread. ``lookups`` bound how many of them there are.
    """
    if _is_address(host):
        # No name server is asked.
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if lookups is not None:
        lookups.begin()
    lookup = _Lookup(host, port, lookups)
    try:
        lookup.start()
    except RuntimeError as error:
        # The process may have no more threads.
        if lookups is not None:
            lookups.end()
        raise OSError("there is no thread for the look-up of the name") from error
    return lookup.result(seconds)


class _Lookup(threading.Thread):
    """A look-up in a thread. A daemon: the end of the process does not wait for a name server."""

    def __init__(self, host: str, port: int, lookups: Lookups | None) -> None:
        super().__init__(name="stormpath-lookup", daemon=True)
        self._host = host
        self._port = port
        self._lookups = lookups
        self._found: Addresses = []
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except Exception as error:  # Raised by the thread that waits, whatever it is.
            self._error = error
        finally:
            if self._lookups is not None:
                self._lookups.end()

    def result(self, seconds: float) -> Addresses:
        self.join(seconds)
        if self.is_alive():
            raise TimeoutError("timed out")
        if self._error is not None:
            raise self._error
        return self._found


#: An address has at most so many characters, with the zone of a link-local one.
_LONGEST_ADDRESS: Final = 64


def _is_address(host: str) -> bool:
    if len(host) > _LONGEST_ADDRESS:
        return False
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
