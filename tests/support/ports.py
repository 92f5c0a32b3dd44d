"""Free ports for the servers that the tests start."""

import socket


def free_port() -> int:
    """Return a loopback port that no process listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
