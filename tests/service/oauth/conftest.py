"""A service whose clock tests move, with an application and an account."""

from collections.abc import Iterator
from contextlib import closing

import pytest

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
    yield from _clocked(databases.sqlite_copy(sqlite_template, tmp_path_factory.mktemp("tokens")))


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


@pytest.fixture(autouse=True)
def clock() -> Iterator[Clock]:
    """The service's clock, put back after each test."""
    start = CLOCK.now
    yield CLOCK
    CLOCK.now = start


@pytest.fixture
def shop(api: Api) -> tuple[Json, Json]:
    """An application and its directory."""
    return api.application_with_directory()


@pytest.fixture
def application(shop: tuple[Json, Json]) -> Json:
    return shop[0]


@pytest.fixture
def directory(shop: tuple[Json, Json]) -> Json:
    return shop[1]


@pytest.fixture
def ada(api: Api, directory: Json) -> Json:
    """The account whose credentials are ``ADA``."""
    return api.account(directory)
