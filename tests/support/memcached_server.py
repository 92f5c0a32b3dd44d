"""A real Memcached for the tests."""

import os

from pymemcache import Client, MemcacheError

from support.child_server import ChildServer


class MemcachedServer(ChildServer):
    """``arguments`` are the program's: ``MemcachedServer("-m", "2", "-I", "4k")``."""

    program = "memcached"
    timeouts = ("timeout", "connect_timeout")

    def __init__(self, *arguments: str | int) -> None:
        self._arguments = arguments
        super().__init__()

    def connect(self) -> Client:
        """Return a client of the server, which waits for answers. The caller closes it."""
        return Client(("127.0.0.1", self.port), timeout=5, connect_timeout=5, default_noreply=False)

    def flush(self) -> None:
        client = self.connect()
        client.flush_all()
        client.close()

    def _command(self) -> list[str]:
        # It refuses to run as root unless it gets a user to run as.
        user = ["-u", "root"] if os.geteuid() == 0 else []
        return [self.program, "-l", "127.0.0.1", "-p", str(self.port), *user, *map(str, self._arguments)]

    def _answering_pid(self) -> int | None:
        client = self.connect()
        try:
            return int(client.stats()[b"pid"])
        except (MemcacheError, OSError, KeyError):
            return None
        finally:
            client.close()
