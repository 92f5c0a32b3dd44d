"""Fixtures of the SDK against the real service, embedded and served, on both databases.

One database, and one served process, is shared by all tests of a test process: tests create what they
need under names of their own.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from stormpath import Client
from stormpath.resources.account import Account
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from support import databases, open_units
from support.accounts import PASSWORD
from support.postgresql import PostgreSQLServer
from support.request_counts import RequestCount, count_requests
from support.served import Served, services
from support.serving import serving
from support.smtp_server import SmtpServer, mail_server

open_units.forbid_requests_inside()

_names = itertools.count(1)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def shared_database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The database that the tests of this process share, initialized by the service."""
    if request.param == "sqlite":
        return databases.initialize(databases.sqlite_url(tmp_path_factory.mktemp("world")))
    server: PostgreSQLServer = request.getfixturevalue("postgresql_server")
    return databases.initialize(server.create_database())


@pytest.fixture(scope="session", params=["embedded", "served"])
def new_client(
    request: pytest.FixtureRequest, shared_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Client]]:
    """``new_client(**options)`` makes a client: its database is in this process, or behind HTTP."""
    with ExitStack() as running:
        if request.param == "embedded":
            yield lambda **options: running.enter_context(Client(database=shared_database_url, **options))
            return
        with Client(database=shared_database_url) as local:
            key = {"id": local.auth.id, "secret": local.auth.secret}
        base_url = running.enter_context(
            serving(shared_database_url, tmp_path_factory.mktemp("served") / "log")
        )
        yield lambda **options: running.enter_context(Client(base_url, **{**key, **options}))


@pytest.fixture
def client(new_client: Callable[..., Client]) -> Client:
    return new_client()


@pytest.fixture
def requests_made(client: Client) -> RequestCount:
    """The number of requests that ``client`` has sent since the fixture was made."""
    return count_requests(client)


@pytest.fixture
def unique() -> Callable[[str], str]:
    """``unique("Crew")`` is a name that no other test uses."""
    return lambda text: f"{text} {next(_names)}"


@pytest.fixture
def app(client: Client, unique: Callable[[str], str]) -> Application:
    """An application with a directory of its own."""
    return client.applications.create({"name": unique("Bridge")}, create_directory=True)


@pytest.fixture
def directory(app: Application) -> Directory:
    store = app.default_account_store_mapping.account_store
    assert isinstance(store, Directory)
    return store


@pytest.fixture
def new_account(directory: Directory) -> Callable[..., Account]:
    """``new_account("han")`` makes an account with that username; attributes may be added."""

    def make(username: str, **attributes: object) -> Account:
        first = {"username": username, "email": f"{username}@example.com", "password": PASSWORD}
        return directory.accounts.create(
            {**first, "given_name": username.title(), "surname": "Solo", **attributes}
        )

    return make


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """``serve(database, *options)`` serves on a free port. Services still running at the end are killed."""
    with services() as start:
        yield start


@pytest.fixture
def mailbox() -> Iterator[SmtpServer]:
    """A mail server, which keeps the messages that it accepts."""
    with mail_server() as server:
        yield server
