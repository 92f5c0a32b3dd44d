"""The console on both databases, and administrators of tenants of their own."""

import pytest

from console.visitor import Visitor, new_administrator, owner
from service.calls import Api
from service.conftest import (
    api,
    clocked_postgresql,
    clocked_sqlite,
    postgresql_service,
    service,
    sqlite_service,
    stranger,
)
from service.tenant_setup import new_tenant
from stormpath.server.app import Service

__all__ = [
    "api",
    "clocked_postgresql",
    "clocked_sqlite",
    "postgresql_service",
    "service",
    "sqlite_service",
    "stranger",
]


@pytest.fixture
def admin(api: Api) -> Visitor:
    """The owner of the tenant of ``api``, logged in; ``admin.tools`` is that API."""
    found = owner(api)
    page = found.log_in()
    assert page.status == 200, page.text
    return found


@pytest.fixture
def colleague(api: Api) -> Visitor:
    """Another administrator of the same tenant, logged in."""
    found = new_administrator(api, "ben")
    found.log_in()
    return found


@pytest.fixture
def foreign_admin(service: Service) -> Visitor:
    """The owner of another tenant, logged in."""
    found = owner(new_tenant(service), "zoe")
    found.log_in()
    return found
