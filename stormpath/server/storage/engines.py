"""SQLAlchemy engines for the two databases, made from the URL of a database."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import sqlalchemy as sa

from stormpath.server.domain.storage import CannotOpen
from stormpath.server.storage import (
    deadlines,
    postgresql_forks,
    sqlite_connections,
    sqlite_forks,
    sqlite_urls,
)
from stormpath.server.storage.sqlite_files import DatabaseFile
from stormpath.server.storage.sqlite_urls import SqliteUrl

#: How long a writer waits for another one, in seconds.
BUSY_TIMEOUT: Final = 5.0


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of an engine: its connections, and the seconds that a statement may take.

    ``patience`` is how long it waits for a lock or a free connection; ``BUSY_TIMEOUT`` if it is ``None``.
    """

    connections: int = 16
    statement_timeout: float = 10.0
    patience: float | None = None


if TYPE_CHECKING:
    from stormpath.server.storage.postgresql_urls import PostgresqlUrl

    DatabaseUrl = SqliteUrl | PostgresqlUrl


_IS_POSTGRESQL: Final = re.compile(r"postgres(ql)?(\+\w+)?://", re.IGNORECASE | re.ASCII)


class Identity(NamedTuple):
    """What all names of a database have in common.

    ``key`` is ``None`` if no other client can name it; it may hold a password.
    """

    key: str | None
    is_in_memory: bool


def url_of(database: str | os.PathLike[str]) -> str:
    """Return the URL of a database that is named by its URL, or by the path of its file."""
    return database if isinstance(database, str) else sqlite_urls.url_of_path(database)


def identity_of(database: str | os.PathLike[str]) -> Identity:
    """Return the identity of a database, which need not exist. Raises ``CannotOpen`` as `parse_url` does."""
    url = parse_url(url_of(database))
    return Identity(url.identity, url.is_in_memory)


def parse_url(url: str) -> DatabaseUrl:
    """Return what a URL says. Raises ``CannotOpen`` for one that is neither SQLite's nor PostgreSQL's."""
    url = url.strip()
    if _IS_POSTGRESQL.match(url):
        # Loaded here: a service on SQLite needs no driver of PostgreSQL.
        from stormpath.server.storage.postgresql_urls import PostgresqlUrl

        return PostgresqlUrl(url)
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        # Not shown: it may hold a password.
        raise CannotOpen(_url_advice("The URL")) from error
    backend = parsed.get_backend_name()
    if backend != "sqlite":
        raise CannotOpen(_url_advice(f"{backend}://..."))
    return sqlite_urls.read(parsed)


def _url_advice(url: str) -> str:
    return (
        f"{url} does not name a database this service can use: write sqlite:///users.db (a file) "
        "or postgresql://user:password@host/name."
    )


def database_file(url: DatabaseUrl) -> DatabaseFile | None:
    """Return the file of a SQLite database. Raises ``CannotOpen`` for one that cannot be used."""
    if not isinstance(url, SqliteUrl) or url.path is None:
        return None
    # Absolute: the process may change folders before it opens a connection.
    file = DatabaseFile(Path(os.path.abspath(url.path)))
    file.refuse_unusable()
    return file


def patience_of(limits: Limits) -> float:
    """Return for how many seconds an engine with these limits waits for a lock or a free connection."""
    return BUSY_TIMEOUT if limits.patience is None else limits.patience


def create_engine(
    url: DatabaseUrl,
    file: DatabaseFile | None,
    limits: Limits,
    *,
    async_commit: bool = False,
    pooled: bool = True,
    trusted: float | None = None,
) -> sa.Engine:
    """Return an engine. Commits of ``async_commit`` do not wait for the disk.

    A pooled connection to PostgreSQL that was taken more than ``trusted`` seconds ago is asked whether it
    lives, by default after half a second.
    """
    patience = patience_of(limits)
    common: dict[str, Any] = {
        "isolation_level": "AUTOCOMMIT",
        "pool_reset_on_return": None,
        # An error that reaches the log contains no values of rows.
        "hide_parameters": True,
    }
    if pooled:
        common |= {
            "poolclass": sa.pool.QueuePool,
            # An in-memory database lives in its one connection, which threads then take turns to use.
            "pool_size": 1 if url.is_in_memory else limits.connections,
            "max_overflow": 0,
            "pool_timeout": patience,
        }
    else:
        common["poolclass"] = sa.pool.NullPool
    if isinstance(url, SqliteUrl):
        engine = _sqlite(file, patience, async_commit, common)
        deadlines.limit(engine, limits.statement_timeout)
        return engine
    # Loaded here: see above.
    from stormpath.server.storage import postgresql_connections

    connector = postgresql_connections.Connector(url, patience, limits.statement_timeout, async_commit)
    # The one that was used last is taken first: it need not be asked whether it lives.
    common |= {"pool_use_lifo": True, "use_native_hstore": False}
    engine = sa.create_engine("postgresql+psycopg://", creator=connector, **common)
    deadlines.limit(engine, limits.statement_timeout)
    postgresql_connections.check_when_taken(
        engine, postgresql_connections.TRUSTED if trusted is None else trusted
    )
    postgresql_forks.remember_connections(engine)
    return engine


def _sqlite(
    file: DatabaseFile | None, patience: float, async_commit: bool, common: dict[str, Any]
) -> sa.Engine:
    arguments = {
        "timeout": patience,
        "check_same_thread": False,
        "factory": sqlite_connections.Connection if file is None else partial(sqlite_forks.Connection, file),
    }
    place = sa.URL.create("sqlite", database=None if file is None else str(file.path))
    engine = sa.create_engine(place, connect_args=arguments, **common)
    if file is not None:
        sqlite_forks.close_before_forks(engine)
    # A commit is on the disk before it returns, unless a power failure may lose it.
    durability = "NORMAL" if async_commit else "FULL"

    def prepare(connection: sqlite_connections.Connection, _record: Any) -> None:
        sqlite_connections.prepare(connection, durability, patience)

    sa.event.listen(engine, "connect", prepare)
    return engine
