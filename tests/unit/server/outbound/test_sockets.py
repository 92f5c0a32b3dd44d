"""Sockets to other systems: one deadline for the look-up, the connection and all that is said."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from stormpath.server.jobs.delivery_errors import DeliveryError
from stormpath.server.mail.mail_server import MailServer
from stormpath.server.mail.mime import SmtpMessage
from stormpath.server.mail.smtp_connection import Connection
from stormpath.server.outbound.sockets import BoundedSocket, TooLarge, connected
from support.name_server import resolving

LATE = 0.1


@pytest.fixture
def slow_name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No name is resolved before the end of the test."""
    ended = threading.Event()

    def never(*_: Any, **__: Any) -> list[Any]:
        ended.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", never)
    yield
    ended.set()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two sockets that are connected to each other."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.mark.usefixtures("slow_name_server")
def test_the_look_up_is_within_the_deadline():
    begun = time.monotonic()

    with pytest.raises(TimeoutError):
        connected("slow.example", 80, begun + LATE)

    assert time.monotonic() - begun < LATE + 0.9


@pytest.mark.usefixtures("slow_name_server")
def test_a_slow_name_server_delays_no_delivery_beyond_its_deadline():
    connection = Connection(MailServer("slow.example", 25, timeout=LATE))
    begun = time.monotonic()

    with pytest.raises(DeliveryError, match=r"connecting to .*no end after 0\.1 seconds"):
        connection.deliver(SmtpMessage("a@example.com", "b@example.com", b"text", False), begun + LATE)

    assert time.monotonic() - begun < LATE + 0.9


def test_an_address_that_does_not_answer_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        original, tried = socket.socket.connect, []

        def connect(self: socket.socket, address: Any) -> None:
            tried.append(address[0])
            if address[0] == "127.0.0.2":
                time.sleep(self.gettimeout() or 0)
                raise TimeoutError
            original(self, address)

        monkeypatch.setattr(socket, "getaddrinfo", resolving({"two.example": ["127.0.0.2", "127.0.0.1"]}))
        monkeypatch.setattr(socket.socket, "connect", connect)
        connected("two.example", listener.getsockname()[1], time.monotonic() + 2 * LATE).close()

    assert tried == ["127.0.0.2", "127.0.0.1"]


def test_a_host_without_addresses_is_an_error(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(socket, "getaddrinfo", resolving({"none.example": []}))

    with pytest.raises(OSError, match="has no address"):
        connected("none.example", 80, time.monotonic() + 1)


def test_no_more_is_received_than_allowed(pair: tuple[socket.socket, socket.socket]):
    ours, theirs = pair
    bounded = BoundedSocket(ours, time.monotonic() + 5, 3)
    theirs.sendall(b"abc")
    file = bounded.makefile("rb")
    assert file.read(3) == b"abc"

    theirs.sendall(b"d")
    with pytest.raises(TooLarge):
        file.read(1)

    bounded.allow(1)
    theirs.sendall(b"e")
    assert file.read(1) == b"e"


def test_nothing_is_sent_or_received_after_the_deadline(pair: tuple[socket.socket, socket.socket]):
    ours, theirs = pair
    theirs.sendall(b"late")
    bounded = BoundedSocket(ours, time.monotonic() - 1, 100)

    with pytest.raises(TimeoutError):
        bounded.sendall(b"x")
    with pytest.raises(TimeoutError):
        bounded.makefile("rb").read(1)
