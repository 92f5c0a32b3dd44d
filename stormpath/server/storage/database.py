"""A database: its connections, transactions and units of work."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry

from stormpath import forks
from stormpath.server.domain.storage import CannotOpen, Unavailable
from stormpath.server.schema import Resource
from stormpath.server.schema.query import lowered
from stormpath.server.storage import postgresql_forks, sqlite_forks
from stormpath.server.storage.errors import translate
from stormpath.server.storage.tables import Tables
from stormpath.server.storage.unit import Unit

Connection = sa.Connection

#: How long a writer waits for another one, in seconds.
BUSY_TIMEOUT: Final = 5.0

#: How long PostgreSQL may take to accept a connection, in seconds.
CONNECT_TIMEOUT: Final = 5

_POOL_SIZE: Final = 16


class Database:
    """A SQLite file or a PostgreSQL database, and the tables of the declared resources in it.

    Connections are in autocommit mode: a read costs no round trip for its transaction, and a write begins and
    ends its own. It may be shared between threads, and across a fork, after which both sides open connections
    of their own. A fork copies a database in memory. ``configured``: see :class:`Tables`.
    """

    def __init__(
        self, url: str, resources: Iterable[Resource], configured: Mapping[str, str] | None = None
    ) -> None:
        self.tables = Tables(resources, configured)
        self.url = parse_url(url)
        self._absolute_url = _with_absolute_path(self.url)
        self.engine = _create_engine(self._absolute_url)
        self._async_commit_engine: sa.Engine | None = None
        self.dialect = self.engine.dialect.name
        self.in_memory = _is_in_memory(self.url)
        #: Called when something new is in the outbox.
        self.on_mail: Callable[[], None] = lambda: None
        # SQLAlchemy wraps the driver's errors, but not those of prepared statements, which go past it.
        self._errors = (sa.exc.DBAPIError, sa.exc.TimeoutError, self.engine.dialect.dbapi.Error)  # type: ignore[union-attr]  # it has a driver
        self._begin = "BEGIN IMMEDIATE" if self.dialect == "sqlite" else "BEGIN"
        forks.renew_in_child(self)

    @contextmanager
    def read(self, tenant_id: str) -> Iterator[Unit]:
        """Open a unit that reads what belongs to the tenant, each statement on its own."""
        try:
            with self.engine.connect() as connection:
                yield Unit(connection, self.tables, self.engine.dialect, tenant_id)
        except self._errors as error:
            self._drop_broken_connections(error)
            raise translate(error) from error

    @contextmanager
    def write(self, tenant_id: str) -> Iterator[Unit]:
        """Open a unit whose changes are all kept when the block ends, or none when it raises."""
        try:
            with self.transaction() as connection:
                unit = Unit(connection, self.tables, self.engine.dialect, tenant_id)
                yield unit
        except self._errors as error:
            self._drop_broken_connections(error)
            raise translate(error) from error
        if unit.has_mail:
            self.on_mail()

    def ping(self) -> None:
        """Raise a storage error unless the database answers."""
        with self.read("") as unit:
            unit.connection.exec_driver_sql("SELECT 1")

    def _drop_broken_connections(self, error: Exception) -> None:
        # SQLAlchemy drops connections that break in its own calls; prepared statements are none.
        if not isinstance(error, sa.exc.SQLAlchemyError) and isinstance(translate(error), Unavailable):
            self.engine.dispose(close=False)

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Begin a transaction on a connection of its own; commit at the end, roll back on an error."""
        with self.engine.connect() as connection:
            connection.exec_driver_sql(self._begin)
            try:
                yield connection
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise

    @property
    def is_missing(self) -> bool:
        """Whether it is a SQLite file that does not exist; the first connection would create it."""
        return self.dialect == "sqlite" and not self.in_memory and not Path(str(self.url.database)).exists()

    @property
    def async_commit_engine(self) -> sa.Engine:
        """Connections whose commits do not wait for the disk: for data that a power failure may lose."""
        if self._async_commit_engine is None:
            self._async_commit_engine = (
                self.engine if self.in_memory else _create_engine(self._absolute_url, async_commit=True)
            )
        return self._async_commit_engine

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Raise ``CannotOpen``, with the reason in one line, for an error inside the block."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            name = self.url.database if self.dialect == "sqlite" else self.url.render_as_string()
            raise CannotOpen(f"Cannot open the database {name}: {_reason_of(error)}.") from error

    def close(self) -> None:
        """Close every idle connection."""
        self.engine.dispose()
        if self._async_commit_engine is not None:
            self._async_commit_engine.dispose()

    def _after_fork(self) -> None:
        if self.in_memory:
            return
        postgresql_forks.close_inherited()
        self.engine.dispose(close=False)
        # Another thread may have been about to open its first connection.
        self._async_commit_engine = None


def _reason_of(error: sa.exc.DBAPIError) -> str:
    reason = str(error.orig).strip().splitlines()[0]
    if reason == "file is not a database":
        return "the file is not a SQLite database"
    if "locked" in reason:
        return "another program is writing to it and does not let go"
    return reason


def _roll_back(connection: sa.Connection) -> None:
    # A connection that breaks here is as good as rolled back; the first error is the one to raise.
    try:
        connection.exec_driver_sql("ROLLBACK")
    except sa.exc.DBAPIError:
        connection.invalidate()


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


def _is_in_memory(url: sa.URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def _url_advice(url: str) -> str:
    return (
        f"{url} does not name a database this service can use: write sqlite:///users.db (a file) "
        "or postgresql://user:password@host/name."
    )


def _with_absolute_path(url: sa.URL) -> sa.URL:
    """Return the URL with an absolute path: the process may change folders before it opens a connection."""
    if url.get_backend_name() != "sqlite" or _is_in_memory(url):
        return url
    return url.set(database=os.path.abspath(str(url.database)))


def _create_engine(url: sa.URL, *, async_commit: bool = False) -> sa.Engine:
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
    in_memory = _is_in_memory(url)
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
    connection.create_function("lowered", 1, _lowered, deterministic=True)
    connection.create_function("instant", 1, instant, deterministic=True)


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


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ISO_8601: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?"
)


def _lowered(value: Any) -> Any:
    return lowered(value) if isinstance(value, str) else value


def instant(value: Any) -> int | None:
    """Return the time that an ISO 8601 text names, in milliseconds since 1970, or ``None``.

    PostgreSQL has the same as a function of its own (``custom_data_instant``, in the first migration).
    """
    if not isinstance(value, str) or not _ISO_8601.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)
