"""Fixtures for tests of what the agent reads of a real OpenLDAP server."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from stormpath.agent.changes.choose import choose
from stormpath.agent.connection import Connection, DirectorySettings, connect
from stormpath.agent.contract import Tracker
from support import databases
from support.agent_mirror import Mirror
from support.postgresql import PostgreSQLServer
from support.slapd_server import PLAIN, SYNCED, SlapdServer, Tree


@pytest.fixture
def tree(slapd_server: SlapdServer) -> Tree:
    """A part of the tree for this test alone."""
    return slapd_server.own_base()


@pytest.fixture(params=["syncrepl", "timestamps"])
def either_tree(request: pytest.FixtureRequest, slapd_server: SlapdServer) -> Tree:
    """A part of the tree in a database that has LDAP Sync, and in one that has not."""
    return slapd_server.own_base(SYNCED if request.param == "syncrepl" else PLAIN)


@pytest.fixture
def connected() -> Iterator[Callable[..., Connection]]:
    """``connected(tree, **changes)`` connects as its agent, with changes to the configuration."""
    with ExitStack() as opened:

        def connected_to(tree: Tree, **changes: Any) -> Connection:
            settings = DirectorySettings.from_wire(tree.configuration(**changes))
            return opened.enter_context(connect(settings))

        yield connected_to


@pytest.fixture
def tracker_of(connected: Callable[..., Connection]) -> Callable[..., Tracker]:
    """``tracker_of(tree, **changes)`` is the tracker that the agent would choose."""

    def tracker(tree: Tree, **changes: Any) -> Tracker:
        connection = connected(tree, **changes)
        return choose(connection, connection.settings)

    return tracker


@pytest.fixture
def mirror() -> Mirror:
    """An empty mirror."""
    return Mirror()


@pytest.fixture(scope="session")
def shared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A SQLite database that the tests of agents share, initialized by the service."""
    return databases.initialize(databases.sqlite_url(tmp_path_factory.mktemp("agents")))


@pytest.fixture(scope="session")
def shared_postgresql(postgresql_server: PostgreSQLServer) -> str:
    """A PostgreSQL database that the tests of agents share, initialized by the service."""
    return databases.initialize(postgresql_server.create_database())
