"""The service behind PgBouncer in transaction mode: each transaction may get another session."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import psycopg
import pytest

from service.calls import Api
from service.tenant_setup import new_tenant
from stormpath.server.app import Service, now_ms
from stormpath.server.domain.storage import Busy, TimedOut
from stormpath.server.settings import Settings
from stormpath.server.storage import engines
from stormpath.server.storage.nonces import Nonces
from support.databases import postgresql_database
from support.pgbouncer_server import PgBouncerServer

SESSIONS = 3
LEFT_IN_A_SESSION = """
SELECT pg_backend_pid(), current_setting('lock_timeout'), current_setting('statement_timeout'),
    (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')
"""


@contextmanager
def opened(url: str) -> Iterator[Service]:
    with closing(Service(Settings.from_environment(database=url, statement_timeout=1.0))) as service:
        yield service


@pytest.fixture(scope="module", params=["", "?prepare_threshold=none"], ids=["recognized", "named"])
def service(request: pytest.FixtureRequest, pgbouncer_server: PgBouncerServer) -> Iterator[Service]:
    """A service behind the pooler, with or without a word in its URL."""
    server, template = (request.getfixturevalue(f"postgresql_{each}") for each in ("server", "template"))
    with (
        postgresql_database(server, template) as url,
        opened(pgbouncer_server.through(url) + request.param) as service,
    ):
        yield service


@pytest.fixture
def api(service: Service) -> Api:
    return new_tenant(service)


def left_in_sessions(service: Service) -> list[Any]:
    """Return what is in each session of the pooler."""
    parameters: Any = service.database.url.parameters  # type: ignore[union-attr]  # it is PostgreSQL's
    with ExitStack() as clients:
        # Each begins a transaction, so that it keeps a session for itself.
        held = [
            clients.enter_context(psycopg.connect(**parameters, prepare_threshold=None))
            for _ in range(SESSIONS)
        ]
        return [each.execute(LEFT_IN_A_SESSION).fetchone() for each in held]


def test_sixteen_threads_share_three_sessions_and_leave_nothing_in_them(service: Service, api: Api):
    application, directory = api.application_with_directory()
    api.account(directory, "ada")
    nonces = Nonces(service.database, 900)

    def work(number: int) -> list[object]:
        made = api.post("/directories", {"name": f"Crew {number}"})
        login = api.log_in(application, "ada")
        listed = api.get(directory["accounts"]["href"], email="ada@example.com")
        changed = api.post(made.made["href"], {"description": "x"})
        is_new = [nonces.remember("test", f"nonce {number}", now_ms(), now_ms()) for _ in range(2)]
        return [made.status, login.status, len(listed.items), changed.status, is_new]

    with ThreadPoolExecutor(16) as threads:
        results = list(threads.map(work, range(16)))
    service.database.ping()
    left = left_in_sessions(service)

    assert results == [[201, 200, 1, 200, [True, False]]] * 16
    assert len({pid for pid, *_ in left}) == SESSIONS
    assert [rest for _, *rest in left] == [["0", "0", 0, 0]] * SESSIONS


@pytest.mark.parametrize("opens", ["read", "write"])
def test_a_statement_that_takes_too_long_is_stopped_in_the_server(service: Service, opens: str):
    unit_of: Callable[[str], Any] = getattr(service.database, opens)

    with pytest.raises(TimedOut), unit_of(service.tenant_id) as unit:
        unit.connection.exec_driver_sql("SELECT pg_sleep(30)")

    running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = 'SELECT pg_sleep(30)'"
    with service.database.read(service.tenant_id) as unit:
        assert unit.connection.exec_driver_sql(running).scalar_one() == 0


def test_a_change_does_not_wait_for_a_lock_for_long(
    pgbouncer_server: PgBouncerServer, initialized_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(engines, "BUSY_TIMEOUT", 0.2)
    with opened(pgbouncer_server.through(initialized_postgresql_url)) as service:
        database = service.database
        with database.transaction() as holder:
            holder.exec_driver_sql("SELECT * FROM tenants FOR UPDATE")
            with pytest.raises(Busy), database.write(service.tenant_id) as unit:
                unit.lock("tenant", service.tenant_id)


def test_the_url_may_ask_for_prepared_statements(
    pgbouncer_server: PgBouncerServer, initialized_postgresql_url: str
):
    url = pgbouncer_server.through(initialized_postgresql_url)
    found = []
    for given, wanted in (("", None), ("?prepare_threshold=7", 7), ("?prepare_threshold=0", None)):
        with opened(url + given) as service, service.database.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            found.append((driver.prepare_threshold, driver.has_session) == (wanted, False))

    assert found == [True] * 3
