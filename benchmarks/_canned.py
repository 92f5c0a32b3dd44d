"""A server that answers fixed bytes as fast as Python can, so that a measurement shows the client and not it.

Run as a program it prints its port and serves until its standard input ends.
"""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

ACCOUNTS = 10_000
PAGE = 100
LINKS = (
    *("customData", "providerData", "directory", "tenant", "groups", "groupMemberships", "applications"),
    *("apiKeys", "accessTokens", "refreshTokens", "linkedAccounts", "accountLinks", "factors", "phones"),
)


def account(base: str, number: int) -> dict[str, Any]:
    """Return an account as the service renders it: some twenty-five attributes, half of them links."""
    href = f"{base}/accounts/{number:022d}"
    return {
        "href": href,
        "username": f"joe{number}",
        "email": f"joe{number}@example.com",
        "givenName": "Joe",
        "middleName": None,
        "surname": "Doe",
        "fullName": "Joe Doe",
        "status": "ENABLED",
        "createdAt": "2016-09-22T21:34:00.881Z",
        "modifiedAt": "2016-09-22T21:34:00.881Z",
        "passwordModifiedAt": "2016-09-22T21:34:00.881Z",
        "emailVerificationToken": None,
        **{link: {"href": f"{href}/{link}"} for link in LINKS},
    }


def page_targets() -> list[str]:
    """Return the request targets of all pages of the account list, in order."""
    first = f"/v1/accounts?limit={PAGE}"
    return [first, *(f"/v1/accounts?cursor={n}&limit={PAGE}" for n in range(1, ACCOUNTS // PAGE))]


def answers(base: str) -> dict[bytes, bytes]:
    """Return the answer for each request target."""
    origin = base.removesuffix("/v1")
    bodies = {f"/v1/accounts/{1:022d}": account(base, 1)}
    targets = page_targets()
    for n, target in enumerate(targets):
        bodies[target] = {
            "href": f"{base}/accounts",
            "offset": n * PAGE,
            "limit": PAGE,
            "size": ACCOUNTS,
            "next": {"href": origin + targets[n + 1]} if n + 1 < len(targets) else None,
            "items": [account(base, number) for number in range(n * PAGE, (n + 1) * PAGE)],
        }
    return {target.encode(): _http(json.dumps(body).encode()) for target, body in bodies.items()}


def _http(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def serve() -> None:
    """Serve on a free loopback port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        known = answers(f"http://127.0.0.1:{port}/v1")
        threading.Thread(target=_accept, args=(server, known), daemon=True).start()
        print(port, flush=True)
        sys.stdin.read()


def _accept(server: socket.socket, known: dict[bytes, bytes]) -> None:
    while True:
        connection, _ = server.accept()
        threading.Thread(target=_answer, args=(connection, known), daemon=True).start()


def _answer(connection: socket.socket, known: dict[bytes, bytes]) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # One request at a time, in one piece: that is how the measured clients send.
    while request := connection.recv(65536):
        connection.sendall(known[request.split(b" ", 2)[1]])


@contextmanager
def canned_service() -> Iterator[str]:
    """Run the server in a process of its own; gives its base URL."""
    command = [sys.executable, __file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        process.stdin.close()


if __name__ == "__main__":
    serve()
