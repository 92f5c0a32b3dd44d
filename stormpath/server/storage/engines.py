"""SQLAlchemy engines for the two databases, made from the URL of a database."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry

from stormpath.server.domain.storage import CannotOpen
from stormpath.server.storage import postgresql_forks, sqlite_forks, sqlite_functions

#: How long a writer waits for another one, in seconds.
BUSY_TIMEOUT: Final = 5.0

#: How long PostgreSQL may take to accept a connection, in seconds.
CONNECT_TIMEOUT: Final = 5

_POOL_SIZE: Final = 16

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


def create_engine(url: sa.URL, *, async_commit: bool = False) -> sa.Engine:
    common: dict[str, Any] = {
        "isolation_level": "AUTOCOMMIT",
        "pool_reset_on_return": None,
        "pool_timeout": BUSY_TIMEOUT,
        # An error that reaches the log contains no values of rows.
        "hide_parameters": True,
    }
    if url.get_backend_name() == "postgresql":
        options = f"-c lock_timeout={round(BUSY_TIMEOUT * 1000)}"
        if async_commit:
            options += " -c synchronous_commit=off"
        engine = sa.create_engine(
            url,
            pool_size=_POOL_SIZE,
            max_overflow=_POOL_SIZE,
            connect_args={"options": options, "connect_timeout": CONNECT_TIMEOUT},
            **common,
        )
        postgresql_forks.remember_connections(engine)
        return engine
    in_memory = is_in_memory(url)
    if not in_memory:
        _check_file(Path(str(url.database)))
    engine = sa.create_engine(
        url,
        # An in-memory database lives in its one connection, which threads then take turns to use.
        pool_size=1 if in_memory else _POOL_SIZE,
        max_overflow=0 if in_memory else _POOL_SIZE,
        poolclass=sa.pool.QueuePool,
        connect_args={
            "timeout": BUSY_TIMEOUT,
            "check_same_thread": False,
            "factory": sqlite3.Connection if in_memory else sqlite_forks.Connection,
        },
        **common,
    )
    if not in_memory:
        sqlite_forks.close_before_forks(engine)
    # A commit is on the disk before it returns, unless a power failure may lose it.
    durability = "NORMAL" if async_commit else "FULL"

    def prepare(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        _prepare_sqlite(connection, durability)

    sa.event.listen(engine, "connect", prepare)
    return engine


def _check_file(path: Path) -> None:
    """Raise ``CannotOpen`` with the reason, which SQLite would leave out."""
    if path.is_dir():
        raise CannotOpen(f"Cannot open the database {path}: it is a folder, not a file.")
    if not path.exists() and not path.parent.is_dir():
        raise CannotOpen(f"Cannot open the database {path}: the folder {path.parent} does not exist.")
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise CannotOpen(f"Cannot open the database {path}: this user may not read and write it.")


def _prepare_sqlite(connection: sqlite3.Connection, durability: str) -> None:
    cursor = connection.cursor()
    _switch_to_wal(cursor)
    cursor.execute(f"PRAGMA synchronous = {durability}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()
    sqlite_functions.add(connection)


def _switch_to_wal(cursor: sqlite3.Cursor) -> None:
    """Switch to the write-ahead log, with which readers do not wait for the writer."""
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # Of several connections to a new file, SQLite lets one switch; the others fail without waiting.
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
