"""Servers that accept connections and never give a usable answer."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any


@dataclass
class BadServer:
    """A server on a loopback port. ``connections`` is how many it has accepted."""

    port: int
    connections: int = 0
    _open: list[socket.socket] = field(default_factory=list)

    @property
    def store_opts(self) -> dict[str, Any]:
        return {"host": "127.0.0.1", "port": self.port}


def silent(connection: socket.socket) -> None:
    """Never answer."""


def closing(connection: socket.socket) -> None:
    """Close the connection at once."""
    connection.close()


def babbling(connection: socket.socket) -> None:
    """Answer every request with bytes that no client can parse."""
    with suppress(OSError):
        while connection.recv(65536):
            connection.sendall(
                b"HTTP/1.1 400 Bad Request\r\nServer: \x00\xff\r\n\r\n<html>hunter2</html>\r\n"
            )


@contextmanager
def running(treat: Callable[[socket.socket], None]) -> Iterator[BadServer]:
    """Run a server that treats each connection in a bad way, until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = BadServer(listener.getsockname()[1])
        stopping = Event()

        def accept() -> None:
            while True:
                connection, _ = listener.accept()
                if stopping.is_set():
                    connection.close()
                    return
                server.connections += 1
                server._open.append(connection)
                Thread(target=treat, args=(connection,), daemon=True).start()

        accepting = Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield server
        finally:
            stopping.set()
            # It ends the wait in accept().
            socket.create_connection(listener.getsockname()).close()
            accepting.join()
            for connection in server._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                connection.close()
