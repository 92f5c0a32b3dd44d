"""A server of canned answers, as fast as Python can be, so that a measurement shows the cost of the client.

It has a list of accounts in pages of 100, and each account under its own href. Answers for the first 10,000
accounts are rendered in advance, all others on request. A POST answers with a new account, a DELETE does
nothing. Run as a program, it prints its port and serves until its standard input ends.
"""

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

ACCOUNTS = 10_000
PAGE = 100
LINKS = (
    *("customData", "providerData", "directory", "tenant", "groups", "groupMemberships", "applications"),
    *("apiKeys", "accessTokens", "refreshTokens", "linkedAccounts", "accountLinks", "factors", "phones"),
)
ACCOUNT_TARGET = re.compile(r"/v1/accounts/(\d+)")
PAGE_TARGET = re.compile(r"/v1/accounts\?(?:cursor=(\d+)&)?limit=100")


def account(base: str, number: int) -> dict[str, Any]:
    """Return an account as the service renders it: about twenty-five attributes, half of them links."""
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
    """Return the request targets of all pages of the list of 10,000, in order."""
    return [_page_target(n) for n in range(ACCOUNTS // PAGE)]


def _page_target(n: int) -> str:
    return f"/v1/accounts?cursor={n}&limit={PAGE}" if n else f"/v1/accounts?limit={PAGE}"


class Answers(dict[bytes, bytes]):
    """The answer for each request target; those for the first accounts are rendered in advance."""

    def __init__(self, base: str, accounts: int, prepared: int = ACCOUNTS) -> None:
        super().__init__()
        self._base = base
        self._accounts = accounts
        self._created = count(10_000_000)
        numbers = range(1, min(accounts, prepared) + 1)
        targets = [*map(_page_target, range(len(numbers) // PAGE)), *(one_target(n) for n in numbers)]
        self.update({target.encode(): self._render(target) for target in targets})

    def __missing__(self, target: bytes) -> bytes:
        return self._render(target.decode())

    def created(self) -> bytes:
        """Return the answer to a POST."""
        return _http("201 Created", account(self._base, next(self._created)))

    def _render(self, target: str) -> bytes:
        if match := ACCOUNT_TARGET.fullmatch(target):
            return _http("200 OK", account(self._base, int(match[1])))
        match = PAGE_TARGET.fullmatch(target)
        assert match is not None, target
        return _http("200 OK", self._page(int(match[1] or 0)))

    def _page(self, n: int) -> dict[str, Any]:
        origin = self._base.removesuffix("/v1")
        end = (n + 1) * PAGE
        return {
            "href": f"{self._base}/accounts",
            "offset": n * PAGE,
            "limit": PAGE,
            "size": self._accounts,
            "next": {"href": origin + _page_target(n + 1)} if end < self._accounts else None,
            "items": [account(self._base, number) for number in range(n * PAGE + 1, end + 1)],
        }


def one_target(number: int) -> str:
    """Return the request target of an account."""
    return f"/v1/accounts/{number:022d}"


def _http(status: str, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    head = f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return f"HTTP/1.1 {status}\r\n{head}".encode() + content


def serve(accounts: int) -> None:
    """Serve on a free loopback port until the standard input ends."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as server:
        port = server.getsockname()[1]
        answers = Answers(f"http://127.0.0.1:{port}/v1", accounts)
        threading.Thread(target=_accept, args=(server, answers), daemon=True).start()
        print(port, flush=True)
        sys.stdin.read()


def _accept(server: socket.socket, answers: Answers) -> None:
    while True:
        connection, _ = server.accept()
        threading.Thread(target=_answer, args=(connection, answers), daemon=True).start()


def _answer(connection: socket.socket, answers: Answers) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # The measured clients send one GET at a time, in one piece.
    while request := connection.recv(65536):
        method, target, _ = request.split(b" ", 2)
        if method == b"GET":
            connection.sendall(answers[target])
        elif method == b"DELETE":
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        else:
            _read_body(connection, request)
            connection.sendall(answers.created())


def _read_body(connection: socket.socket, request: bytes) -> None:
    head, _, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\nContent-Length: (\d+)", head)
    missing = int(length[1]) - len(body) if length else 0
    while missing > 0:
        missing -= len(connection.recv(missing))


class CannedService(NamedTuple):
    """The base URL of the server, and the id of its process."""

    base: str
    pid: int

    def busy_seconds(self) -> float:
        """Return the processor time that it has used so far."""
        # The fields after the name, which may contain any character: user and system time are 12th and 13th.
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def canned_service(accounts: int = ACCOUNTS) -> Iterator[CannedService]:
    """Run the server in its own process, with a list of that many accounts."""
    command = [sys.executable, __file__, str(accounts)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield CannedService(f"http://127.0.0.1:{int(process.stdout.readline())}/v1", process.pid)
        process.stdin.close()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
