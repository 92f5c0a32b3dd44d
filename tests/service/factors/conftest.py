"""A service whose clock tests move, with an account that an application reaches."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from service import factor_calls
from service.calls import Api, Json
from service.clock import CLOCK, Clock
from service.tenant_setup import pooled_tenants
from stormpath.server.app import Service
from stormpath.server.settings import Settings
from support import databases


def _clocked(url: str) -> Iterator[Service]:
    with (
        closing(Service(Settings.from_environment(database=url), clock=CLOCK)) as service,
        pooled_tenants(service),
    ):
        yield service


@pytest.fixture(scope="session")
def clocked_sqlite(sqlite_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    yield from _clocked(databases.sqlite_copy(sqlite_template, tmp_path_factory.mktemp("factors")))


@pytest.fixture(scope="session")
def clocked_postgresql(postgresql_server, postgresql_template: str) -> Iterator[Service]:
    with databases.postgresql_database(postgresql_server, postgresql_template) as url:
        yield from _clocked(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest) -> Service:
    """A service by the clock of the tests, on a database that all these tests of a process share."""
    found = request.getfixturevalue(f"clocked_{request.param}")
    assert isinstance(found, Service)
    return found


@pytest.fixture
def clock() -> Iterator[Clock]:
    start = CLOCK.now
    yield CLOCK
    CLOCK.now = start


@pytest.fixture
def ada(api: Api) -> Json:
    """An account; its application is under ``application``."""
    return factor_calls.account(api)
