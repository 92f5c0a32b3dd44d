"""A proxy between the service and its PostgreSQL, which may fall silent, or end connections."""

import select
import socket
import struct
import threading
from contextlib import suppress
from urllib.parse import urlsplit

RESET = struct.pack("ii", 1, 0)


class DatabaseProxy:
    """Forwards connections to the server of ``url``.

    While it ``is_silent`` it takes bytes and passes none on. ``through`` is the URL by way of it.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._to = (str(parts.hostname), parts.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.through = parts._replace(netloc=parts.netloc.replace(f":{parts.port}", f":{self.port}")).geturl()
        self.is_silent = False
        self._pairs: dict[socket.socket, tuple[socket.socket, threading.Thread]] = {}
        self._forgotten: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.is_silent = True
        self._listener.close()
        self.end_connections()

    def end_connections(self, *, reset: bool = False) -> None:
        """End all connections as an idle timeout does: properly, or with a reset."""
        for client, (server, thread) in list(self._pairs.items()):
            if reset:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            with suppress(OSError):
                # The thread notices, and closes both.
                server.shutdown(socket.SHUT_RDWR)
            thread.join()

    def forget_connections(self) -> None:
        """Pass on nothing more on the connections there are, and tell neither side."""
        self._forgotten |= set(self._pairs)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._to)
            thread = threading.Thread(target=self._forward, args=(client, server), daemon=True)
            self._pairs[client] = server, thread
            thread.start()

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        others = {client: server, server: client}
        try:
            while True:
                for each in select.select(list(others), [], [])[0]:
                    data = each.recv(65536)
                    if not data:
                        return
                    if not self.is_silent and client not in self._forgotten:
                        others[each].sendall(data)
        except (OSError, ValueError):
            return
        finally:
            self._pairs.pop(client, None)
            client.close()
            server.close()
