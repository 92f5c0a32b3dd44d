"""SQLAlchemy engines for the two databases, made from the URL of a database."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.storage import CannotOpen
from stormpath.server.storage import deadlines, postgresql_forks, sqlite_connections, sqlite_forks
from stormpath.server.storage.sqlite_files import DatabaseFile

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


#: Parameters of libpq that hold passwords.
_SECRET_PARAMETERS: Final = ("password", "sslpassword")


def parse_url(url: str) -> sa.URL:
    """Return the URL with its driver. Raises ``CannotOpen`` for one that is neither SQLite nor PostgreSQL."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        # Not shown: it may hold a password.
        raise CannotOpen(_url_advice("The URL")) from error
    backend = parsed.get_backend_name()
    if backend in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise CannotOpen(_url_advice(f"{backend}://..."))
    return parsed


def shown(url: sa.URL) -> str:
    """Return the URL for people: without passwords, also those in its parameters."""
    return url.difference_update_query(_SECRET_PARAMETERS).render_as_string(hide_password=True)


def is_in_memory(url: sa.URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def _url_advice(url: str) -> str:
    return (
        f"{url} does not name a database this service can use: write sqlite:///users.db (a file) "
        "or postgresql://user:password@host/name."
    )


def with_absolute_path(url: sa.URL) -> sa.URL:
    """Return the URL with an absolute path: the process may change folders before it opens a connection."""
    if url.get_backend_name() != "sqlite" or is_in_memory(url):
        return url
    return url.set(database=os.path.abspath(str(url.database)))


def database_file(url: sa.URL) -> DatabaseFile | None:
    """Return the file of a SQLite database. Raises ``CannotOpen`` for one that cannot be used."""
    if url.get_backend_name() != "sqlite" or is_in_memory(url):
        return None
    file = DatabaseFile(Path(str(url.database)))
    file.refuse_unusable()
    return file


def patience_of(limits: Limits) -> float:
    """Return for how many seconds an engine with these limits waits for a lock or a free connection."""
    return BUSY_TIMEOUT if limits.patience is None else limits.patience


def create_engine(
    url: sa.URL, file: DatabaseFile | None, limits: Limits, *, async_commit: bool = False, pooled: bool = True
) -> sa.Engine:
    """Return an engine. Commits of ``async_commit`` do not wait for the disk."""
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
            "pool_size": 1 if is_in_memory(url) else limits.connections,
            "max_overflow": 0,
            "pool_timeout": patience,
        }
    else:
        common["poolclass"] = sa.pool.NullPool
    make = _postgresql if url.get_backend_name() == "postgresql" else _sqlite
    engine = make(url, file, limits.statement_timeout, patience, async_commit, common)
    deadlines.limit(engine, limits.statement_timeout)
    return engine


def _postgresql(
    url: sa.URL,
    _file: DatabaseFile | None,
    statement_timeout: float,
    patience: float,
    async_commit: bool,
    common: dict[str, Any],
) -> sa.Engine:
    # Loaded here: a service on SQLite needs no driver of PostgreSQL.
    from stormpath.server.storage import postgresql_connections

    arguments = postgresql_connections.connect_args(
        url,
        lock_timeout=patience,
        statement_timeout=statement_timeout,
        options="-c synchronous_commit=off" if async_commit else "",
    )
    engine = sa.create_engine(url, connect_args=arguments, **common)
    postgresql_connections.use(engine)
    postgresql_forks.remember_connections(engine)
    return engine


def _sqlite(
    url: sa.URL,
    file: DatabaseFile | None,
    _statement_timeout: float,
    patience: float,
    async_commit: bool,
    common: dict[str, Any],
) -> sa.Engine:
    arguments = {
        "timeout": patience,
        "check_same_thread": False,
        "factory": sqlite_connections.Connection if file is None else partial(sqlite_forks.Connection, file),
    }
    engine = sa.create_engine(url, connect_args=arguments, **common)
    if file is not None:
        sqlite_forks.close_before_forks(engine)
    # A commit is on the disk before it returns, unless a power failure may lose it.
    durability = "NORMAL" if async_commit else "FULL"

    def prepare(connection: sqlite_connections.Connection, _record: Any) -> None:
        sqlite_connections.prepare(connection, durability, patience)

    sa.event.listen(engine, "connect", prepare)
    return engine
