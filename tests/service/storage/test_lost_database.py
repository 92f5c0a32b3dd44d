"""A database that is lost and returns: the service reports it and recovers by itself."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from service.calls import Api
from service.tenant_setup import new_tenant
from stormpath.server.app import open_service
from stormpath.server.jobs import health as health_module
from support.postgresql import PostgreSQLServer

Cut = Callable[[], None]


@pytest.fixture
def api(initialized_postgresql_url: str) -> Iterator[Api]:
    service = open_service(initialized_postgresql_url)
    yield new_tenant(service)
    service.close()


@pytest.fixture
def admin(postgresql_server: PostgreSQLServer) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(f"{postgresql_server.address}/postgres", autocommit=True) as connection:
        yield connection


@pytest.fixture
def cut(admin: psycopg.Connection[tuple[object, ...]], initialized_postgresql_url: str) -> Cut:
    """Break every connection to the database, as a restart does."""
    name = initialized_postgresql_url.rpartition("/")[2]

    def terminate() -> None:
        query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
        admin.execute(query, [name])

    return terminate


@pytest.mark.parametrize("verb", ["read", "list", "write"])
def test_after_a_lost_connection_one_request_fails_and_the_next_is_answered(
    api: Api, cut: Cut, verb: str
) -> None:
    directory = api.post("/directories", {"name": "Crew"}).made["href"]
    requests = {
        "read": lambda: api.get(directory),
        "list": lambda: api.get("/directories"),
        "write": lambda: api.post(directory, {"description": verb}),
    }

    cut()
    broken = requests[verb]()
    after = requests[verb]()

    assert broken.error == (503, 503)
    assert broken.headers["retry-after"] == "1"
    assert after.status == 200


def test_health_reports_whether_the_database_answers(
    api: Api,
    admin: psycopg.Connection[tuple[object, ...]],
    cut: Cut,
    initialized_postgresql_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = initialized_postgresql_url.rpartition("/")[2]
    monkeypatch.setattr(health_module, "FRESH", 0.0)  # Otherwise an answer is up to a second old.

    def health() -> int:
        return api.request("GET", "http://localhost:8080/health", credentials={}).status

    admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    cut()
    without = [health(), health()]
    admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')

    assert without == [503, 503]
    assert health() == 200
