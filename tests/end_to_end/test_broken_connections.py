"""A connection that breaks after the service has done what it was asked: nothing is made twice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from stormpath import Client
from stormpath.resources.directory import Directory
from support.accounts import PASSWORD
from support.ports import free_port


class Cut:
    """A proxy that passes requests on, and loses the answer to the next one that it is told to lose."""

    def __init__(self, port: int, to: int) -> None:
        self._to = to
        self._loses = threading.Event()
        self.lost = 0
        self._listening = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def lose_the_next_answer(self) -> None:
        self._loses.set()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(caller,), daemon=True).start()

    def _carry(self, caller: socket.socket) -> None:
        with suppress(OSError), caller, socket.create_connection(("127.0.0.1", self._to)) as service:
            threading.Thread(target=self._pass_on, args=(caller, service), daemon=True).start()
            while answer := service.recv(65536):
                # The service has answered: it has done what it was asked.
                if self._loses.is_set():
                    self._loses.clear()
                    self.lost += 1
                    caller.shutdown(socket.SHUT_RDWR)
                    return
                caller.sendall(answer)

    @staticmethod
    def _pass_on(caller: socket.socket, service: socket.socket) -> None:
        with suppress(OSError):
            while request := caller.recv(65536):
                service.sendall(request)


@pytest.fixture
def database_url(initialized_database_url: str) -> str:
    return initialized_database_url


@pytest.fixture
def cut(served: Callable[[str], str], database_url: str) -> Iterator[tuple[Cut, str]]:
    base_url = served(database_url)
    to = urlsplit(base_url).port
    assert to is not None
    port = free_port()
    with closing(Cut(port, to)) as proxy:
        yield proxy, base_url.replace(f":{to}", f":{port}")


@pytest.fixture
def client(cut: tuple[Cut, str], database_url: str, tmp_path: Path) -> Iterator[Client]:
    _, through = cut
    with Client(database=database_url) as local:
        key = {"id": local.auth.id, "secret": local.auth.secret}
    with Client(through, scheme="basic", backoff_strategy=lambda retries: 1, **key) as client:
        yield client


@pytest.fixture
def directory(client: Client) -> Directory:
    return client.directories.create({"name": "Crew"})
