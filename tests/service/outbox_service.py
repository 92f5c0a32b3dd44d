"""An outbox for one test file: a sender sends for all tenants, so there must be no e-mails of other files."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from unittest import mock

import pytest

from stormpath.server.app import Service, open_service
from support import databases
from support.mail import LOOPBACK_VARIABLES, empty_outbox


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service whose database no other file of tests uses."""
    template = request.getfixturevalue(f"{request.param}_template")
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = databases.sqlite_copy(template, tmp_path_factory.mktemp("outbox"))
        else:
            server = request.getfixturevalue("postgresql_server")
            url = stack.enter_context(databases.postgresql_database(server, template))
        with mock.patch.dict(os.environ, LOOPBACK_VARIABLES):
            service = open_service(url)
        stack.callback(service.close)
        yield service


@pytest.fixture
def service(opened: Service) -> Service:
    """The service, with an empty outbox."""
    empty_outbox(opened)
    return opened
