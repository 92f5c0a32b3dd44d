"""A database that is lost and returns: the service reports it and recovers by itself."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from service.calls import Api
from service.tenant_setup import new_tenant
from stormpath.server.app import now_ms, open_service
from stormpath.server.domain.storage import Unavailable
from stormpath.server.jobs import health as health_module
from stormpath.server.storage import postgresql_connections
from stormpath.server.storage.database import Database
from stormpath.server.storage.nonces import Nonces
from support.database_proxy import DatabaseProxy
from support.databases import postgresql_database
from support.postgresql import PostgreSQLServer

Cut = Callable[[], None]


@pytest.fixture(scope="module")
def database_name(postgresql_server: PostgreSQLServer, postgresql_template: str) -> Iterator[str]:
    """The name of a database that these tests share: its connections are theirs to cut."""
    with postgresql_database(postgresql_server, postgresql_template) as url:
        yield url.rpartition("/")[2]


@pytest.fixture(scope="module")
def api(postgresql_server: PostgreSQLServer, database_name: str) -> Iterator[Api]:
    with closing(open_service(f"{postgresql_server.address}/{database_name}")) as service:
        yield new_tenant(service)


@pytest.fixture
def admin(postgresql_server: PostgreSQLServer) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(f"{postgresql_server.address}/postgres", autocommit=True) as connection:
        yield connection


@pytest.fixture
def cut(admin: psycopg.Connection[tuple[object, ...]], database_name: str) -> Cut:
    """Break every connection to the database, as a restart does."""

    def terminate() -> None:
        query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
        admin.execute(query, [database_name])

    return terminate


def database_of(api: Api) -> Database:
    service: Any = api.wsgi
    found: Database = service.database
    return found


class Requests:
    """One request of each kind; each returns whether it was answered as it should be."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._application, self._directory = api.application_with_directory()
        api.account(self._directory, "ada")

    def read(self) -> bool:
        return self._api.get(self._directory["href"]).status == 200

    def list(self) -> bool:
        return self._api.get("/directories").status == 200

    def write(self) -> bool:
        return self._api.post(self._directory["href"], {"description": "x"}).status == 200

    def login(self) -> bool:
        return self._api.log_in(self._application, "ada").status == 200

    def nonce(self) -> bool:
        nonces = Nonces(database_of(self._api), 900)
        return nonces.remember("test", os.urandom(8).hex(), now_ms(), now_ms())

    def health(self) -> bool:
        database_of(self._api).ping()
        return True


KINDS = ("read", "list", "write", "login", "nonce", "health")


@pytest.fixture(scope="module")
def made(api: Api) -> Requests:
    return Requests(api)


@pytest.fixture
def requests(made: Requests) -> Requests:
    for each in KINDS:  # So that each kind of connection is open.
        assert getattr(made, each)()
    return made


def test_no_request_fails_after_the_server_has_ended_all_connections(requests: Requests, cut: Cut) -> None:
    for _ in range(2):
        for kind in KINDS:
            cut()
            assert getattr(requests, kind)(), kind


def test_no_request_of_many_threads_fails_after_the_server_has_ended_all_connections(
    requests: Requests, cut: Cut
) -> None:
    threads = 12

    def all_at_once() -> list[bool]:
        together = Barrier(threads)

        def ask(number: int) -> bool:
            together.wait()
            return bool(getattr(requests, KINDS[number % 4])())

        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(ask, range(threads)))

    before = all_at_once()
    cut()
    after = all_at_once()

    assert before == after == [True] * threads


@pytest.mark.parametrize("way", ["ended", "reset", "forgotten"])
def test_no_request_fails_after_a_proxy_has_ended_all_connections(
    initialized_postgresql_url: str, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    # A proxy that is silent costs these times once.
    monkeypatch.setattr(postgresql_connections, "ANSWER", 0.1)
    monkeypatch.setattr(postgresql_connections, "GRACE", 0.1)
    monkeypatch.setattr(postgresql_connections, "TRUSTED", 0.0 if way == "forgotten" else 0.5)
    with (
        closing(DatabaseProxy(initialized_postgresql_url)) as proxy,
        closing(open_service(proxy.through)) as service,
    ):
        found = Requests(new_tenant(service))
        for kind in ("read", "write", "nonce"):
            assert getattr(found, kind)()
            if way == "forgotten":
                proxy.forget_connections()
            else:
                proxy.end_connections(reset=way == "reset")
            assert getattr(found, kind)(), kind


def test_a_connection_that_ends_when_it_is_used_fails_no_request_that_can_be_repeated(
    requests: Requests, cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The moment between the look at a connection and its use, made long.
    monkeypatch.setattr(postgresql_connections.Connection, "is_alive", lambda *_: True)

    for kind in ("read", "list", "write", "login", "health"):
        cut()
        assert getattr(requests, kind)(), kind


def test_what_may_have_been_carried_out_is_not_repeated(
    requests: Requests, api: Api, cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql_connections.Connection, "is_alive", lambda *_: True)
    database = database_of(api)
    sent: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        # Events are stored by a thread of their own, meanwhile.
        if threading.get_ident() == here:
            sent.append(statement.split()[0])

    here = threading.get_ident()
    sa.event.listen(database.engine, "before_cursor_execute", count)
    cut()
    with pytest.raises(Unavailable):
        requests.nonce()
    cut()
    sent.clear()
    table = database.tables.service_state
    with pytest.raises(Unavailable), database.connect() as connection:
        connection.execute(table.insert(), [{"name": "new", "value": "x"}])

    def change(statement: sa.Executable) -> None:
        with database.write(api.tenant_id) as unit:
            cut()
            unit.connection.execute(statement, {"name": "new", "value": "x"})

    for statement in (table.insert(), sa.select(table)):
        with pytest.raises(Unavailable):
            change(statement)

    assert Counter(sent) == {"INSERT": 2, "SELECT": 1, "BEGIN": 2}


def test_a_commit_is_not_repeated(api: Api, cut: Cut) -> None:
    database = database_of(api)
    sent: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        # Events are stored by a thread of their own, meanwhile.
        if threading.get_ident() == here:
            sent.append(statement.split()[0])

    here = threading.get_ident()

    def change() -> None:
        with database.write(api.tenant_id) as unit:
            unit.update("tenant", api.tenant_id, {"modified_at": 1})
            cut()

    sa.event.listen(database.engine, "before_cursor_execute", count)
    with pytest.raises(Unavailable):
        change()

    assert sent == ["BEGIN", "UPDATE", "COMMIT"]


def test_a_session_that_takes_no_changes_is_replaced(
    api: Api, admin: psycopg.Connection[tuple[object, ...]], cut: Cut, database_name: str
) -> None:
    """As one with a server that was a standby for a while."""
    directory = api.directory()["href"]
    admin.execute(f'ALTER DATABASE "{database_name}" SET default_transaction_read_only = on')
    cut()
    refused = api.post(directory, {"description": "x"})
    admin.execute(f'ALTER DATABASE "{database_name}" RESET default_transaction_read_only')

    after = [api.post(directory, {"description": "x"}).status for _ in range(2)]

    assert refused.error == (503, 503)
    assert after == [200, 200]


def test_health_reports_whether_the_database_answers(
    api: Api,
    admin: psycopg.Connection[tuple[object, ...]],
    cut: Cut,
    database_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health_module, "FRESH", 0.0)  # Otherwise an answer is up to a second old.

    def health() -> int:
        return api.request("GET", "http://localhost:8080/health", credentials={}).status

    admin.execute(f'ALTER DATABASE "{database_name}" ALLOW_CONNECTIONS false')
    cut()
    without = [health(), health()]
    admin.execute(f'ALTER DATABASE "{database_name}" ALLOW_CONNECTIONS true')

    assert without == [503, 503]
    assert health() == 200
