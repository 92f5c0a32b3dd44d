"""A small HTTP/1.1 server that answers each request with its path, and counts its connections."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

#: Headers and body of the answer to a path and its headers.
Answer = Callable[[str, Any], tuple[dict[str, str], bytes]]


def its_path(path: str, _headers: Any) -> tuple[dict[str, str], bytes]:
    """Answer with the path that was asked for."""
    return {}, json.dumps({"path": path}).encode()


class EchoServer(ThreadingHTTPServer):
    """Keeps connections open; ``connections`` counts those that were ever made."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, answer: Answer, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.context = context
        self.connections = 0
        self._counting = threading.Lock()

    @property
    def url(self) -> str:
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.server_port}/v1"

    def finish_request(self, request: Any, client_address: Any) -> None:
        # In the connection's own thread: a handshake must not delay other connections.
        with self._counting:
            self.connections += 1
        if self.context is None:
            super().finish_request(request, client_address)
            return
        with self.context.wrap_socket(request, server_side=True) as encrypted:
            super().finish_request(encrypted, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a caller may leave at any time."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: EchoServer
    # Headers and body are two writes; the second must not wait for the first to be acknowledged.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        headers, content = self.server.answer(self.path, self.headers)
        self.send_response(200)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def echoing(answer: Answer = its_path, context: ssl.SSLContext | None = None) -> Iterator[EchoServer]:
    """Run a server in a thread of this process."""
    with EchoServer(answer, context) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
