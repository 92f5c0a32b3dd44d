"""Connections that break after the service has handled a request: nothing is created twice."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from urllib.parse import urlsplit

import pytest

from stormpath import Client
from stormpath.error import Error
from stormpath.resources import Resource
from support.ports import free_port

pytestmark = pytest.mark.both_databases


class Cut:
    """A proxy that passes requests on, and drops the answer to the next one when told to."""

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
                # The service has answered: it has handled the request.
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
def cut_off(served: Callable[[str], str], initialized_database_url: str) -> Iterator[tuple[Cut, Client]]:
    """A client that reaches the service through a proxy, and the proxy."""
    with Client(database=initialized_database_url) as local:
        key = {"id": local.auth.id, "secret": local.auth.secret}
    base_url = served(initialized_database_url)
    to, port = urlsplit(base_url).port or 0, free_port()
    through = base_url.replace(f":{to}", f":{port}")
    with (
        closing(Cut(port, to)) as cut,
        Client(through, backoff_strategy=lambda retries: 1, api_key=key) as client,
    ):
        yield cut, client


def test_a_creation_whose_answer_was_lost_happens_once(cut_off: tuple[Cut, Client]) -> None:
    cut, client = cut_off

    cut.lose_the_next_answer()
    made = client.directories.create({"name": "Crew"})

    assert cut.lost == 1
    assert made.name == "Crew"
    assert [each.name for each in client.directories.search({"name": "Crew"})] == ["Crew"]


def test_a_directory_created_along_with_it_is_created_once(cut_off: tuple[Cut, Client]) -> None:
    cut, client = cut_off

    cut.lose_the_next_answer()
    client.applications.create({"name": "Bridge"}, create_directory=True)

    assert cut.lost == 1
    assert len(client.applications.search({"name": "Bridge"})) == 1
    assert len(client.directories.search({"name": "Bridge*"})) == 1


def test_a_refusal_whose_answer_was_lost_is_raised(cut_off: tuple[Cut, Client]) -> None:
    cut, client = cut_off
    client.directories.create({"name": "Crew"})

    cut.lose_the_next_answer()
    with pytest.raises(Error) as caught:
        client.directories.create({"name": "Crew"})

    assert cut.lost == 1
    assert caught.value.status == 409


def test_a_token_whose_answer_was_lost_is_accepted_again(cut_off: tuple[Cut, Client]) -> None:
    cut, client = cut_off
    # Hrefs in answers bypass the proxy.
    app = client.applications.get(
        id_of(client.applications.create({"name": "Bridge"}, create_directory=True))
    )
    (directory,) = client.directories.search({"name": "Bridge*"})
    switched_on = {"verificationEmailStatus": "ENABLED"}
    client.data_store.update_resource(f"/accountCreationPolicies/{id_of(directory)}", switched_on)
    account = app.accounts.create({"email": "luke@example.com", "password": "Changeme1!"})
    assert account.email_verification_token is not None

    cut.lose_the_next_answer()
    verified = client.accounts.verify_email_token(id_of(account.email_verification_token))
    token = id_of(app.password_reset_tokens.create({"email": "luke@example.com"}))
    cut.lose_the_next_answer()
    app.reset_account_password(token, "Otherwise2!")

    assert cut.lost == 2
    assert verified == account
    assert app.authenticate_account("luke@example.com", "Otherwise2!").account == account


def id_of(resource: Resource) -> str:
    return resource.href.rpartition("/")[2]
