"""A domain controller of Active Directory, and a part of its domain for each test."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from stormpath.agent.active_directory.usn import UsnTracker
from stormpath.agent.connection import Connection, DirectorySettings, connect
from support.active_directory import Connect, Tree
from support.agent_mirror import Mirror
from support.samba_server import SambaServer


@pytest.fixture
def tree(samba_server: SambaServer) -> Iterator[Tree]:
    """An organizational unit for this test, with units for people and groups."""
    made = Tree(samba_server)
    yield made
    made.close()


@pytest.fixture
def connected(samba_server: SambaServer) -> Iterator[Connect]:
    """``connected(settings)`` is a connection that is bound, and closed after the test."""
    with ExitStack() as opened:

        def open_one(settings: DirectorySettings) -> Connection:
            return opened.enter_context(connect(settings, ca_file=samba_server.ca_file))

        yield open_one


@pytest.fixture
def mirror() -> Mirror:
    """A mirror that is empty."""
    return Mirror()


@pytest.fixture
def tracker(tree: Tree, connected: Connect) -> UsnTracker:
    """A tracker of the test's part of the domain."""
    settings = tree.settings()
    return UsnTracker(connected(settings), settings)
