"""New databases of both kinds, empty or initialized by the service."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.postgresql import PostgreSQLServer

DATABASES = ("sqlite", "postgresql")


def sqlite_url(folder: Path) -> str:
    """Return the URL of a SQLite file that is not there yet."""
    return f"sqlite:///{folder / 'users.db'}"


def sqlite_copy(template: str, folder: Path) -> str:
    """Return the URL of a copy of the closed SQLite database at the URL ``template``."""
    source = Path(template.removeprefix("sqlite:///"))
    for each in source.parent.glob(f"{source.name}*"):  # With the files beside it: its journal, its key.
        shutil.copy2(each, folder)
    return f"sqlite:///{folder / source.name}"


@contextmanager
def postgresql_database(server: PostgreSQLServer, template: str | None = None) -> Iterator[str]:
    """Give the URL of a new database, empty or a copy of ``template``; drop it at the end."""
    url = server.create_database(template)
    try:
        yield url
    finally:
        server.drop_database(url)


def initialize(url: str) -> str:
    """Let the service create its tables and first rows in the empty database at ``url``.

    Where a migration was forgotten, the tests that use the database fail with a message that says so.
    """
    from stormpath.server.app import open_service
    from support import migrated

    if (problem := migrated.forgotten()) is not None:
        pytest.fail(problem, pytrace=False)
    open_service(url).close()
    return url
