"""Slow and silent databases: every request comes back within a bound, with 503; no thread stays behind."""

import logging
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from service.calls import Answer, Api
from service.clock import clocked_service
from stormpath.server.app import Service, now_ms
from stormpath.server.domain.storage import Busy, StorageError, TimedOut
from stormpath.server.settings import Settings
from stormpath.server.storage import engines, postgresql_connections, sqlite_connections
from stormpath.server.storage.postgresql_urls import PostgresqlUrl
from support.database_proxy import DatabaseProxy
from support.databases import DATABASES

#: What the tests set the timeout to, and what a request may take then: the timeout, and what a machine that
#: does other work adds to it.
TIMEOUT = 0.4
BOUND = TIMEOUT + 2.5

ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


def opened(url: str, connections: int = 9) -> Service:
    return Service(
        Settings.from_environment(database=url, statement_timeout=TIMEOUT, database_connections=connections)
    )


def caller(service: Service) -> Api:
    return Api(service, service.base_url, service.tenant_id, *service.local_api_key())


@pytest.fixture(scope="module", params=DATABASES)
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose statements are limited."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("STORMPATH_STATEMENT_TIMEOUT", str(TIMEOUT))
        with clocked_service(request, tmp_path_factory, now_ms) as service:
            yield service


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


@pytest.mark.parametrize("kind", ["read", "write", "between tenants"])
def test_a_statement_that_takes_too_long_is_stopped(service: Service, kind: str):
    database = service.database

    def run() -> None:
        if kind == "between tenants":
            with database.connect() as connection:
                connection.exec_driver_sql(ENDLESS[database.dialect])
        opens = database.read if kind == "read" else database.write
        with opens(service.tenant_id) as unit:
            unit.connection.exec_driver_sql(ENDLESS[database.dialect])

    with at_most(BOUND), pytest.raises(TimedOut):
        run()
    assert caller(service).get("/applications").status == 200


def test_a_request_that_takes_too_long_gets_503_and_one_line_in_the_log(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    api = caller(service)
    directory = api.directory()

    def slow(unit: object, resource: str, id: str) -> object:
        return unit.connection.exec_driver_sql(ENDLESS[service.database.dialect])  # type: ignore[attr-defined]

    with monkeypatch.context() as slowly, caplog.at_level(logging.WARNING):
        slowly.setattr("stormpath.server.rest.engine.existing", slow)
        caplog.clear()
        with at_most(BOUND):
            answer = api.get(directory["href"])

    assert answer.error == (503, 503)
    assert int(answer.headers["retry-after"]) > 0
    assert len(caplog.records) == 1
    assert api.get(directory["href"]).status == 200


def test_setting_up_and_deleting_what_is_large_may_take_longer(
    service: Service, monkeypatch: pytest.MonkeyPatch
):
    directory = caller(service).directory("Large")["href"].rpartition("/")[2]
    passed = [0.0]
    later = SimpleNamespace(monotonic=lambda: time.monotonic() + passed[0])
    monkeypatch.setattr(sqlite_connections, "time", later)

    def take_longer(connection: sa.Connection) -> None:
        if service.database.dialect == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_sleep({1.5 * TIMEOUT})")
        else:
            passed[0] += 2 * TIMEOUT
            connection.exec_driver_sql(ENDLESS["sqlite"].replace("FROM n)", "FROM n LIMIT 100000)")).all()

    with service.database.transaction(is_long=True) as connection:
        take_longer(connection)
    with service.database.write(service.tenant_id) as unit:
        assert unit.delete("directory", directory)
        take_longer(unit.connection)
    # The next use of the same connection is limited again.
    with pytest.raises(TimedOut), service.database.read(service.tenant_id) as unit:
        take_longer(unit.connection)


def test_every_connection_is_limited(service: Service):
    database = service.database
    for engine in (database.engine, database.async_commit_engine, database.new_health_engine(TIMEOUT)):
        with at_most(BOUND), pytest.raises(sa.exc.DBAPIError), engine.connect() as connection:
            connection.exec_driver_sql(ENDLESS[database.dialect])
        engine.dispose()


class TestPoolSizes:
    def test_four_workers_leave_more_than_a_third_of_a_hundred_connections_free(self):
        assert 4 * Settings(database="").database_connections <= 64

    def test_a_process_opens_as_many_connections_as_it_may_and_others_wait_for_a_bounded_time(
        self, initialized_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(engines, "BUSY_TIMEOUT", 0.2)
        with closing(opened(initialized_postgresql_url, connections=5)) as service:
            api = caller(service)
            directory = api.directory()
            database = service.database
            with database.engine.connect(), database.engine.connect() as connection:
                with at_most(BOUND), pytest.raises(Busy), database.connect():
                    pass
                refused = api.get(directory["href"])
                database.ping()
                counted = connection.exec_driver_sql(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                ).scalar_one()

        assert refused.error == (503, 503)
        assert counted <= 5


@pytest.fixture
def proxy(initialized_postgresql_url: str) -> Iterator[DatabaseProxy]:
    with closing(DatabaseProxy(initialized_postgresql_url)) as proxy:
        yield proxy


@pytest.fixture
def through(proxy: DatabaseProxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service that reaches its PostgreSQL through the proxy."""
    monkeypatch.setattr(engines, "BUSY_TIMEOUT", 0.5)
    monkeypatch.setattr(postgresql_connections, "GRACE", 0.2)
    monkeypatch.setattr(postgresql_connections, "CONNECT_TIMEOUT", 2)
    with closing(opened(proxy.through)) as service:
        yield service


#: With the limits above: a free connection is waited for, a new one opened; the driver looks up each 0.1 s.
SILENT_BOUND = 0.5 + 2 + TIMEOUT + 0.2 + 2.0


class TestASilentPostgresql:
    def test_every_thread_is_free_again_within_the_bound_and_gets_503(
        self, through: Service, proxy: DatabaseProxy
    ):
        api = caller(through)
        directory = api.directory()["href"]
        threads = 24
        with ThreadPoolExecutor(threads) as pool:
            assert {each.status for each in pool.map(lambda _: api.get(directory), range(threads))} == {200}

            proxy.is_silent = True
            requests: list[Callable[[], Answer]] = [
                lambda: api.get(directory),
                lambda: api.post(directory, {"description": "x"}),
                lambda: api.get("/directories"),
            ]
            with at_most(SILENT_BOUND):
                answers = list(pool.map(lambda number: requests[number % 3](), range(threads)))
            proxy.is_silent = False

        assert Counter(each.error for each in answers) == {(503, 503): threads}
        assert all("retry-after" in each.headers for each in answers)
        assert api.get(directory).status == 200

    def test_health_comes_back_in_two_seconds(self, through: Service, proxy: DatabaseProxy):
        through.database.ping()
        proxy.is_silent = True
        time.sleep(1.01)  # An answer is up to a second old.

        with at_most(2.5), pytest.raises(StorageError):
            through.database.ping()

    def test_a_server_process_that_is_stopped_holds_no_thread(self, initialized_postgresql_url: str):
        with closing(opened(initialized_postgresql_url)) as service:
            with service.database.engine.connect() as connection:
                pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
                os.kill(pid, signal.SIGSTOP)
                try:
                    with (
                        at_most(TIMEOUT + postgresql_connections.GRACE + 2),
                        pytest.raises(sa.exc.DBAPIError),
                    ):
                        connection.exec_driver_sql("SELECT 1")
                    assert connection.invalidated
                finally:
                    os.kill(pid, signal.SIGCONT)
            assert caller(service).get("/applications").status == 200

    def test_connections_notice_a_server_that_is_gone_without_a_word(self, through: Service):
        with through.database.engine.connect() as connection:
            file = connection.connection.driver_connection.fileno()  # type: ignore[union-attr]  # it is open
            with socket.socket(fileno=os.dup(file)) as used:
                options = {
                    each: used.getsockopt(socket.IPPROTO_TCP, each)
                    for each in (socket.TCP_USER_TIMEOUT, socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL)
                }
                assert used.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)

        assert options[socket.TCP_USER_TIMEOUT] == round(TIMEOUT * 1000)
        assert max(options[socket.TCP_KEEPIDLE], options[socket.TCP_KEEPINTVL]) <= 30


def test_what_the_url_says_about_a_connection_is_left_as_it_is():
    url = PostgresqlUrl("postgresql://u@h/d?connect_timeout=1&keepalives_idle=7&options=-csearch_path%3Dshop")

    found = postgresql_connections.Connector(url, lock_timeout=5, statement_timeout=10).parameters()

    assert {name: found[name] for name in ("connect_timeout", "keepalives_idle", "options")} == {
        "connect_timeout": "1",
        "keepalives_idle": "7",
        "options": "-csearch_path=shop",
    }
    assert found["tcp_user_timeout"] == 10_000


def test_a_read_costs_no_more_for_its_deadline(initialized_sqlite_url: str):
    # A statement looks at the clock each hundred thousand steps; a read by id takes less than a thousand.
    looked: list[int] = []
    with closing(opened(initialized_sqlite_url)) as service:
        with service.database.engine.connect() as connection:
            driver = connection.connection.driver_connection
            driver.set_progress_handler(lambda: looked.append(1), 1000)  # type: ignore[union-attr]  # it is open
        with service.database.read(service.tenant_id) as unit:
            assert unit.get("tenant", service.tenant_id)

    assert looked == []
