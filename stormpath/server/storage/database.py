"""A database: its connections, transactions and units of work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from stormpath import forks
from stormpath.server.domain.storage import CannotOpen, Unavailable
from stormpath.server.schema import Resource
from stormpath.server.storage import engines, postgresql_forks
from stormpath.server.storage.errors import translate
from stormpath.server.storage.tables import Tables
from stormpath.server.storage.unit import Unit

Connection = sa.Connection


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
        self.url = engines.parse_url(url)
        self._absolute_url = engines.with_absolute_path(self.url)
        self.engine = engines.create_engine(self._absolute_url)
        self._async_commit_engine: sa.Engine | None = None
        self.dialect = self.engine.dialect.name
        self.in_memory = engines.is_in_memory(self.url)
        #: Called with the events of each transaction that was committed.
        self.on_commit: Callable[[list[Any]], None] = lambda events: None
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
        if unit.events:
            self.on_commit(unit.events)

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
    def name(self) -> str:
        """The URL for people, without passwords."""
        return engines.shown(self.url)

    @property
    def is_missing(self) -> bool:
        """Whether it is a SQLite file that does not exist; the first connection would create it."""
        return self.dialect == "sqlite" and not self.in_memory and not Path(str(self.url.database)).exists()

    @property
    def async_commit_engine(self) -> sa.Engine:
        """Connections whose commits do not wait for the disk: for data that a power failure may lose."""
        if self._async_commit_engine is None:
            self._async_commit_engine = (
                self.engine
                if self.in_memory
                else engines.create_engine(self._absolute_url, async_commit=True)
            )
        return self._async_commit_engine

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Raise ``CannotOpen``, with the reason in one line, for an error inside the block."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            name = self.url.database if self.dialect == "sqlite" else self.name
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
