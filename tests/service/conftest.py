"""The service on both databases, and callers of it: each test gets a tenant of its own."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from service.calls import Api
from service.clock import CLOCK
from service.tenant_setup import new_tenant, pooled_tenants
from stormpath.server.app import Service, open_service
from stormpath.server.domain.context import Values
from stormpath.server.settings import Settings
from support import databases, open_units, outbound

open_units.forbid_requests_inside()


def accepts_any_mail_server(server: Values) -> None:
    """Replace the check of a tenant's mail server: the tests connect to no other machine."""


@pytest.fixture(scope="session")
def sqlite_service(sqlite_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = open_service(databases.sqlite_copy(sqlite_template, tmp_path_factory.mktemp("service")))
    service.try_smtp, service.outbound = accepts_any_mail_server, outbound.client()
    with pooled_tenants(service):
        yield service
    service.close()


@pytest.fixture(scope="session")
def postgresql_service(postgresql_server, postgresql_template: str) -> Iterator[Service]:
    with databases.postgresql_database(postgresql_server, postgresql_template) as url:
        service = open_service(url)
        service.try_smtp, service.outbound = accepts_any_mail_server, outbound.client()
        with pooled_tenants(service):
            yield service
        service.close()


def _clocked(url: str) -> Iterator[Service]:
    with (
        closing(Service(Settings.from_environment(database=url), clock=CLOCK)) as service,
        pooled_tenants(service),
    ):
        yield service


@pytest.fixture(scope="session")
def clocked_sqlite(sqlite_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose clock tests move (``service.clock``)."""
    yield from _clocked(databases.sqlite_copy(sqlite_template, tmp_path_factory.mktemp("clocked")))


@pytest.fixture(scope="session")
def clocked_postgresql(postgresql_server, postgresql_template: str) -> Iterator[Service]:
    with databases.postgresql_database(postgresql_server, postgresql_template) as url:
        yield from _clocked(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def service(request: pytest.FixtureRequest) -> Service:
    """The service on a database that all tests of this process share."""
    found = request.getfixturevalue(f"{request.param}_service")
    assert isinstance(found, Service)
    return found


@pytest.fixture
def api(service: Service) -> Api:
    """A caller with its own new tenant, without the resources of other tests."""
    return new_tenant(service)


@pytest.fixture
def stranger(service: Service) -> Api:
    """A caller of another tenant on the same service."""
    return new_tenant(service)
