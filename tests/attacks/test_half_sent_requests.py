"""Half-sent requests: neither other callers nor the end of the service wait for the rest of them."""

import base64
import os
import signal
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest
import requests

from stormpath import Client
from stormpath.cli import connections
from stormpath.cli.connections import ConnectionWatch
from stormpath.cli.worker import BODIES, BODIES_OF_STRANGERS, WRITES
from support import databases
from support.command import SECONDS
from support.served import Served, eventually, services

FORM = "Content-Type: application/x-www-form-urlencoded"
GRANT = "/v1/applications/x/oauth/token"
CROWD = 100

#: What everything else may take meanwhile, in seconds; idle, it takes a few milliseconds.
PROMPT = 1.0


class Busy:
    """A service on one database, and the key to it."""

    def __init__(self, service: Served, key: tuple[str, str], database: Path) -> None:
        self.service, self.key, self.database = service, key, database

    @property
    def basic(self) -> str:
        return "Authorization: Basic " + base64.b64encode(":".join(self.key).encode()).decode()

    def sends(self, opened: ExitStack, number: int, head: str, body: bytes = b"") -> list[socket.socket]:
        """Send the beginning of that many requests, each on a connection of its own."""
        made = [opened.enter_context(self.service.connects()) for _ in range(number)]
        for each in made:
            each.sendall(f"{head}\r\nHost: localhost\r\n\r\n".encode() + body)
        return made

    def healthy_after(self) -> float:
        """Return how long ``/health`` takes, in seconds."""
        started = time.monotonic()
        assert requests.get(f"{self.service.origin}/health", timeout=SECONDS).status_code == 200
        return time.monotonic() - started

    def read_after(self) -> float:
        started = time.monotonic()
        url = f"{self.service.origin}/v1/directories"
        assert requests.get(url, auth=self.key, timeout=SECONDS).status_code == 200
        return time.monotonic() - started

    def memory(self) -> float:
        """Return the memory of the worker, in MiB."""
        (worker,) = self.service.workers()
        pages = int(Path(f"/proc/{worker}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def threads(self) -> int:
        """Return the number of threads of the worker."""
        (worker,) = self.service.workers()
        return len(list(Path(f"/proc/{worker}/task").iterdir()))


@contextmanager
def served(url: str) -> Iterator[Busy]:
    with Client(database=url) as client:
        key = client.auth.id, client.auth.secret
    with services() as serve:
        yield Busy(serve(url), key, Path(url.removeprefix("sqlite:///")))


@pytest.fixture(scope="module")
def busy(sqlite_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Busy]:
    """A service that these tests share."""
    with served(databases.sqlite_copy(sqlite_template, tmp_path_factory.mktemp("busy"))) as busy:
        yield busy


def answer(connection: socket.socket) -> bytes:
    connection.settimeout(SECONDS)
    return connection.recv(4096).split(b"\r\n")[0]


@pytest.mark.parametrize("path", ["/v1/directories", GRANT])
def test_strangers_bodies_are_not_waited_for(busy: Busy, path: str):
    head = f"POST {path} HTTP/1.1\r\nContent-Length: 1000000\r\n{FORM}"

    with ExitStack() as opened:
        sent = busy.sends(opened, CROWD, head, b"{")
        sent += busy.sends(opened, CROWD, f"{head}\r\nAuthorization: Basic eDp5", b"{")

        assert {answer(each) for each in sent} == {b"HTTP/1.1 401 Unauthorized"}


def test_large_bodies_of_strangers_take_no_memory(busy: Busy):
    head = "POST /v1/directories HTTP/1.1\r\nContent-Length: 11000000\r\nAuthorization: Basic eDp5"
    before = busy.memory()

    with ExitStack() as opened:
        for each in busy.sends(opened, 40, head):
            with suppress(OSError):
                each.sendall(b" " * 11_000_000)
        grown = busy.memory() - before

    # 440 MB were sent.
    assert grown < 20


def test_half_sent_forms_hold_a_few_threads_for_a_second(busy: Busy):
    before = busy.threads()
    head = f"POST /passwordReset HTTP/1.1\r\nContent-Length: 1000\r\n{FORM}"

    with ExitStack() as opened:
        busy.sends(opened, CROWD, head, b"sptoken=")
        slowest = max(busy.healthy_after(), busy.read_after())
        held = busy.threads() - before
        # A form of somebody else is accepted again and again, as soon as a late one is given up.
        form = {"sptoken": "x", "password": "Changeme1!", "repeated": "Changeme1!"}
        url = f"{busy.service.origin}/passwordReset"
        eventually(lambda: requests.post(url, data=form, timeout=SECONDS).status_code != 503)

        assert slowest < PROMPT
        # Those that wait, and those that have just been refused.
        assert held <= CROWD + 8


def test_half_sent_requests_of_callers_leave_threads_to_others(busy: Busy):
    head = f"POST /v1/directories HTTP/1.1\r\nContent-Length: 1000\r\n{busy.basic}"
    grant = f"POST {GRANT} HTTP/1.1\r\nContent-Length: 1000\r\n{busy.basic}\r\n{FORM}"

    with ExitStack() as opened:
        # As many grants among them as requests of the API: they wait in the same places.
        sent = busy.sends(opened, BODIES // 2 + 10, f"{head}\r\nContent-Type: application/json", b"{")
        sent += busy.sends(opened, BODIES // 2 + 10, grant, b"grant_type=password&password=")
        assert max(busy.healthy_after(), busy.read_after()) < PROMPT
        statuses = [answer(each).split()[1] for each in sent]

    # The first ones were given up, the others refused or given up after them.
    assert set(statuses) <= {b"408", b"503"}
    assert b"408" in statuses


def test_half_sent_requests_do_not_delay_the_end(initialized_sqlite_url: str):
    with served(initialized_sqlite_url) as busy, ExitStack() as opened:
        head = f"POST /v1/directories HTTP/1.1\r\nContent-Length: 1000\r\n{busy.basic}"
        busy.sends(opened, 10, head, b"{")
        time.sleep(0.2)
        started = time.monotonic()
        busy.service.process.send_signal(signal.SIGTERM)
        assert busy.service.process.wait(SECONDS) == 0

    assert time.monotonic() - started < 5


def test_whole_requests_are_answered_while_half_sent_ones_are_given_up(busy: Busy):
    body = b'{"name": "Answered"}'
    head = f"POST /v1/directories HTTP/1.1\r\nContent-Type: application/json\r\n{busy.basic}"
    form = f"POST /passwordReset HTTP/1.1\r\nContent-Length: 1000\r\n{FORM}"

    with closing(sqlite3.connect(busy.database)) as other, ExitStack() as opened:
        other.execute("BEGIN IMMEDIATE")
        (whole,) = busy.sends(opened, 1, f"{head}\r\nContent-Length: {len(body)}", body)
        # Not together: what comes at the time of a whole request is not told apart from it.
        time.sleep(2 * connections.LATER)
        half = busy.sends(opened, BODIES_OF_STRANGERS, form, b"sptoken=")
        given_up = answer(half[0])
        time.sleep(2 * connections.INTERVAL)
        other.rollback()

        assert (given_up, answer(whole)) == (b"HTTP/1.1 408 Request Timeout", b"HTTP/1.1 201 Created")


def test_writes_that_wait_for_a_lock_leave_threads_to_reads(busy: Busy):
    body = b'{"name": "Late"}'
    head = f"POST /v1/directories HTTP/1.1\r\nContent-Type: application/json\r\n{busy.basic}"

    with closing(sqlite3.connect(busy.database)) as other, ExitStack() as opened:
        other.execute("BEGIN IMMEDIATE")
        busy.sends(opened, 2 * WRITES, f"{head}\r\nContent-Length: {len(body)}", body)
        time.sleep(0.3)
        took = max(busy.healthy_after(), busy.read_after(), busy.read_after())
        other.rollback()

    # Those beyond the limit wait for a second at the most, and then for none.
    assert took < connections.GRACE_UNDER_PRESSURE + PROMPT


class Bodies:
    """The bodies that a process waits for, and the requests that have come whole, as the test says."""

    def __init__(self, oldest: float = 0, *, stuck: bool = False) -> None:
        self.oldest, self.stuck = oldest, stuck
        self.whole: list[float] = []

    def whole_requests(self) -> list[float]:
        return self.whole

    def oldest_body(self) -> float:
        return self.oldest

    def are_bodies_stuck(self) -> bool:
        return self.stuck


class Pair:
    """A connection from both sides, and a watch over the port where it was accepted."""

    def __init__(self, opened: ExitStack, bodies: Bodies | None = None, most: int = 1000) -> None:
        self._opened = opened
        self._listening = opened.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = self._listening.getsockname()[1]
        self.client, self.server = self.connects()
        self.watch = ConnectionWatch(port, most, bodies or Bodies(), grace=0.1)
        self.watch.look()

    def connects(self) -> tuple[socket.socket, socket.socket]:
        client = self._opened.enter_context(socket.create_connection(self._listening.getsockname()))
        server = self._opened.enter_context(self._listening.accept()[0])
        server.settimeout(0)
        return client, server

    def asks(self, data: bytes) -> None:
        self.client.sendall(data)
        eventually(lambda: _has_data(self.server))
        self.server.recv(100_000)

    def answers(self, data: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> None:
        self.server.sendall(data)
        eventually(lambda: not connections.progress_of(self.server).is_unread)

    @property
    def is_given_up(self) -> bool:
        """Whether the reading half has been shut after some time of watching."""
        self.watch.look()
        time.sleep(0.15)
        self.watch.look()
        try:
            return self.server.recv(1) == b""
        except BlockingIOError:
            return False


def _has_data(server: socket.socket) -> bool:
    try:
        return bool(server.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


class TestWatch:
    def test_a_request_that_does_not_go_on_is_given_up(self, opened: ExitStack):
        pair = Pair(opened)
        pair.asks(b"POST / HTTP/1.1\r\n")

        assert pair.is_given_up

    def test_an_idle_connection_is_left_alone(self, opened: ExitStack):
        pair = Pair(opened)
        assert not pair.is_given_up

        pair.asks(b"GET / HTTP/1.1\r\n\r\n")
        pair.answers()

        assert not pair.is_given_up

    def test_a_request_that_has_come_whole_is_waited_for(self, opened: ExitStack):
        bodies = Bodies()
        pair = Pair(opened, bodies)
        pair.asks(b"POST / HTTP/1.1\r\n\r\n")
        bodies.whole = [time.monotonic() - 60, time.monotonic()]
        assert not pair.is_given_up

        # Another request has come whole, and not this one.
        bodies.whole = [time.monotonic() - 60, time.monotonic()]

        assert pair.is_given_up

    def test_the_time_of_a_request_begins_with_it(self, opened: ExitStack):
        pair = Pair(opened)
        pair.asks(b"GET / HTTP/1.1\r\n\r\n")
        pair.answers()
        assert not pair.is_given_up
        time.sleep(0.15)

        pair.asks(b"GET / HTTP/1.1\r\n")
        pair.watch.look()
        with pytest.raises(BlockingIOError):
            pair.server.recv(1)

        assert pair.is_given_up

    def test_a_large_request_has_the_time_that_it_needs(self, opened: ExitStack):
        pair = Pair(opened)
        pair.asks(b"x" * 50_000)

        assert not pair.is_given_up

    def test_the_beginning_of_a_request_right_behind_another_one_is_seen_when_a_body_is_missed(
        self, opened: ExitStack
    ):
        pair = Pair(opened, Bodies(oldest=60))
        # Between two looks, so that the kernel's numbers do not tell them apart.
        pair.asks(b"GET / HTTP/1.1\r\n\r\nPOST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n")
        pair.answers()

        assert pair.is_given_up

    def test_where_connections_run_out_idle_ones_are_closed(self, opened: ExitStack, monkeypatch):
        monkeypatch.setattr(connections, "GRACE_UNDER_PRESSURE", 0.1)
        pair = Pair(opened, most=3)
        for _ in range(2):
            pair.connects()

        assert pair.is_given_up

    def test_an_answer_that_is_not_taken_is_given_up(self, opened: ExitStack, monkeypatch):
        monkeypatch.setattr(connections, "UNREAD", 0.1)
        pair = Pair(opened)
        pair.asks(b"GET / HTTP/1.1\r\n\r\n")
        with suppress(BlockingIOError):
            while True:
                pair.server.send(b"x" * 100_000)

        # The client's system takes some of it for a while.
        eventually(lambda: pair.is_given_up)
        with pytest.raises(BrokenPipeError):
            pair.server.send(b"x")

    def test_other_files_and_other_ports_are_left_alone(self, opened: ExitStack):
        pair = Pair(opened)
        other = Pair(opened)
        other.asks(b"POST / HTTP/1.1\r\n")
        number = len(list(Path("/proc/self/fd").iterdir()))

        assert not pair.is_given_up
        assert other.is_given_up
        assert len(list(Path("/proc/self/fd").iterdir())) == number

    def test_looking_at_a_thousand_connections_takes_little(self, opened: ExitStack):
        pair = Pair(opened)
        for _ in range(200):
            pair.connects()
        started = time.thread_time()
        pair.watch.look()

        # Both sides are in this process: 400 sockets.
        assert time.thread_time() - started < 0.05
        assert threading.active_count() < 50
