"""The fixtures of the service: both databases, and callers from tenants of their own; and the log."""

import logging
from collections.abc import Iterator

import pytest

from console.conftest import admin, colleague, foreign_admin
from service.conftest import api, postgresql_service, service, sqlite_service, stranger
from stormpath.cli.access_log import LOGGER as ACCESS
from stormpath.server.logs import security
from stormpath.server.logs.flood import FloodGuard
from support.log_lines import Lines, all_lines

__all__ = [
    "admin",
    "api",
    "colleague",
    "foreign_admin",
    "lines",
    "postgresql_service",
    "service",
    "sqlite_service",
    "stranger",
]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """All lines of the log; a flood of them is not bounded."""
    monkeypatch.setattr(security, "_guard", FloodGuard(security._tell, lines=1000))
    # A command that was run in this process may have set it.
    monkeypatch.setattr(logging.getLogger(ACCESS), "propagate", True)
    with all_lines() as found:
        yield found
