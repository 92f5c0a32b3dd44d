"""New databases of both kinds, empty or initialized by the service."""

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

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


#: What ``made_once`` has made: the files of SQLite by their suffixes, or the name of a PostgreSQL database.
_made: dict[tuple[str, str], dict[str, bytes] | str] = {}


def made_once(what: str, make: Callable[[str], object], url: str) -> None:
    """Let ``make(url)`` fill the empty database at ``url`` the first time; copy that at later times.

    ``make`` closes its connections. ``what`` names the contents.
    """
    if url.startswith("sqlite"):
        file = Path(url.removeprefix("sqlite:///"))
        files = _made.get((what, "sqlite"))
        if files is None:
            make(url)
            siblings = file.parent.glob(f"{file.name}*")
            files = {each.name.removeprefix(file.name): each.read_bytes() for each in siblings}
            _made[what, "sqlite"] = files
        else:
            assert isinstance(files, dict)
            for suffix, content in files.items():
                file.with_name(f"{file.name}{suffix}").write_bytes(content)
        return
    address, _, name = url.rpartition("/")
    template = _made.get((what, address))
    if template is None:
        make(url)
        _made[what, address] = template = f"made{secrets.token_hex(8)}"
        _copy(address, name, template)
    else:
        assert isinstance(template, str)
        _copy(address, template, name)


def _copy(address: str, source: str, target: str) -> None:
    """Replace a PostgreSQL database, to which there is no connection, by a copy of another one."""
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        new, old = sql.Identifier(target), sql.Identifier(source)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(new))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(new, old))
