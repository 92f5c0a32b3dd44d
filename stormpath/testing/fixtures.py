"""Fixtures for pytest. ``pytest_plugins = ["stormpath.testing.fixtures"]`` in ``conftest.py`` loads them.

``stormpath_client``
    A client of a new database, for one test.
``stormpath_database``
    The URL of its database, for further clients: in memory, and gone after the test.

Passwords are hashed at no cost, and in a way that protects nothing; the service does that under pytest only.
"""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from stormpath.client import Client

__all__ = ["stormpath_client", "stormpath_database"]


@pytest.fixture
def stormpath_database(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the URL of a new database in memory, which the clients of this process share."""
    monkeypatch.setenv("STORMPATH_PASSWORD_HASHING", "insecure-for-tests")
    return f"sqlite:///file:{uuid4().hex}?mode=memory"


@pytest.fixture
def stormpath_client(stormpath_database: str) -> Iterator[Client]:
    """Give a client of ``stormpath_database``. It is closed after the test, and the database is gone."""
    with Client(database=stormpath_database) as client:
        yield client
