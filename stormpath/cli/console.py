"""``stormpath console``: the Admin Console for this machine, logged in by a link that works once."""

from __future__ import annotations

import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterable
from contextlib import closing
from ipaddress import ip_address
from socketserver import ThreadingMixIn
from typing import Any, Final
from urllib.parse import urlencode
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from stormpath.cli.address import Address
from stormpath.cli.errors import CommandError

App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

#: How long requests and messages may go on after Ctrl-C, in seconds.
GRACE: Final = 3.0


def show_console(database: str, bind: str, *, opens_browser: bool) -> None:
    """Serve the console to this machine until SIGTERM or SIGINT, and print the link that logs in once."""
    wanted = Address.parse(bind)
    address = wanted.bindable()
    if not ip_address(address.host).is_loopback:
        raise CommandError(
            f"--bind {bind!r} can be reached by other machines, and the link would let them in: choose an "
            "address of this machine alone, such as 127.0.0.1:8080, or use stormpath serve."
        )
    from stormpath.server.app import open_service

    base_url = Address(wanted.host, address.port).base_url
    with closing(open_service(database, base_url, create=False)) as service:
        service.start_sender_when_needed()
        server = (_Server6 if ":" in address.host else _Server)((address.host, address.port), _Handler)
        server.set_app(own_hosts_only(service, base_url))
        console = service.console
        query = urlencode({"token": console.login_links.new()})
        link = console.public_url(f"/login/link?{query}")
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: sys.exit(0))
        print(f"Open {link}\nIt logs in once, within five minutes. Ctrl-C stops the console.", flush=True)
        if opens_browser:
            threading.Thread(target=webbrowser.open, args=(link,), daemon=True).start()
        with server:
            server.serve_forever()


def own_hosts_only(app: App, base_url: str) -> App:
    """Return an app that answers under the addresses of this machine alone.

    A page of another host whose name leads here (DNS rebinding) gets nothing.
    """
    port = base_url.rpartition(":")[2].partition("/")[0]
    hosts = {f"{each}:{port}" for each in ("localhost", "127.0.0.1", "[::1]")}
    hosts.add(base_url.partition("://")[2].partition("/")[0])

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("HTTP_HOST", "").lower() in hosts:
            return app(environ, start_response)
        start_response("421 Misdirected Request", [("Content-Type", "text/plain")])
        return [b"The console answers under its own address alone."]

    return answer


class _Server(ThreadingMixIn, WSGIServer):
    """A server for one person: the requests of a browser at the same time."""

    daemon_threads = True

    def server_bind(self) -> None:
        # Without the look-up of the machine's name, which may take long.
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = 30

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: addresses hold the token of the link."""
