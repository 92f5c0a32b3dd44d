"""A service whose clock a test moves, on both databases."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest

from stormpath.server.app import Service, now_ms
from stormpath.server.settings import Settings
from support import databases

HOUR = 60 * 60


class Clock:
    """A clock that stands still until it is moved, or goes on by so many milliseconds at each look at it."""

    def __init__(self) -> None:
        self.now = now_ms()
        self.tick = 0

    def __call__(self) -> int:
        self.now += self.tick
        return self.now

    def moves(self, seconds: float) -> None:
        self.now += round(seconds * 1000)


@contextmanager
def clocked_service(
    request: pytest.FixtureRequest, folders: pytest.TempPathFactory, clock: Callable[[], int]
) -> Iterator[Service]:
    """Open a service on a new database of the kind that the fixture's parameter names."""
    if request.param == "sqlite":
        url = databases.sqlite_copy(request.getfixturevalue("sqlite_template"), folders.mktemp("clocked"))
        with closing(Service(Settings.from_environment(database=url), clock=clock)) as service:
            yield service
        return
    server = request.getfixturevalue("postgresql_server")
    with (
        databases.postgresql_database(server, request.getfixturevalue("postgresql_template")) as url,
        closing(Service(Settings.from_environment(database=url), clock=clock)) as service,
    ):
        yield service


CLOCK = Clock()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with clocked_service(request, tmp_path_factory, CLOCK) as service:
        yield service


@pytest.fixture(name="service", params=["sqlite", "postgresql"])
def shared_service(request: pytest.FixtureRequest) -> Service:
    """The same for tests with tenants of their own: the service that all these tests of a process share."""
    found = request.getfixturevalue(f"clocked_{request.param}")
    assert isinstance(found, Service)
    return found


@pytest.fixture
def clock() -> Iterator[Clock]:
    """The service's clock, put back after the test."""
    start = CLOCK.now
    yield CLOCK
    CLOCK.now, CLOCK.tick = start, 0
