"""A database: its connections, transactions and units of work."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from stormpath import forks
from stormpath.server.domain.storage import Busy, CannotOpen, StorageError, Unavailable
from stormpath.server.schema import Resource
from stormpath.server.storage import deadlines, engines, postgresql_forks
from stormpath.server.storage.engines import Limits
from stormpath.server.storage.errors import ERRORS, translate
from stormpath.server.storage.health import Health
from stormpath.server.storage.kept_connections import KeptConnections
from stormpath.server.storage.repeated_reads import ReadingConnection, is_lost
from stormpath.server.storage.sqlite_urls import SqliteUrl
from stormpath.server.storage.tables import shared_tables
from stormpath.server.storage.unit import Unit

Connection = sa.Connection
Result = TypeVar("Result")

#: What using a value of another type than the column's raises.
_OF_VALUES: Final = (TypeError, ValueError, AttributeError, LookupError, ArithmeticError)

#: Connections for what may be lost by a power failure: one writes nonces, another the counters of guesses, a
#: third the logins that wait for agents.
_ASYNC_COMMIT: Final = 3

#: The connection that looks after the database (``health.py``).
_HEALTH: Final = 1


#: Of so many connections, one is never taken by a change, which may wait for locks.
_SHARE_OF_READS: Final = 4


class Database:
    """A SQLite file or a PostgreSQL database, and the tables of the declared resources in it.

    Connections are in autocommit mode: a read costs no round trip for its transaction, and a write begins and
    ends its own. It may be shared between threads, and across a fork, after which both sides open connections
    of their own. A fork copies a database in memory. ``configured``: see :class:`Tables`. ``limits`` are
    those of all its connections together.
    """

    def __init__(
        self,
        url: str,
        resources: Iterable[Resource],
        configured: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.url = engines.parse_url(url)
        self._limits = limits or Limits()
        self.in_memory = self.url.is_in_memory
        #: The file of a SQLite database that has one.
        self.file = engines.database_file(self.url)
        self.engine = self._new_engine(self._limits.connections - _ASYNC_COMMIT - _HEALTH)
        self._async_commit_engine: sa.Engine | None = None
        self._kept: KeptConnections | None = None
        self.dialect = self.engine.dialect.name
        self.tables = shared_tables(tuple(resources), frozenset((configured or {}).items()), self.dialect)
        #: Called with the events of each transaction that was committed.
        self.on_commit: Callable[[list[Any]], None] = lambda events: None
        #: SQLAlchemy wraps the driver's errors, but not those of prepared statements, which go past it.
        self.errors = (*ERRORS, self.engine.dialect.dbapi.Error)  # type: ignore[union-attr]  # it has a driver
        self._health = Health(self)
        self._write_places = self._new_write_places()
        forks.renew_in_child(self)

    @contextmanager
    def read(self, tenant_id: str) -> Iterator[Unit]:
        """Open a unit that reads what belongs to the tenant, each statement on its own."""
        # The hot path: nested context managers would cost more than the query.
        unit: Unit | None = None
        try:
            with ReadingConnection(self.engine) as connection:
                unit = Unit(connection, self.tables, self.engine.dialect, tenant_id)
                yield unit
        except self.errors as error:
            raise self._storage_error(error) from error
        except _OF_VALUES as error:
            if unit is not None and (found := unit.damaged(error)) is not None:
                raise found from None
            raise

    @contextmanager
    def write(self, tenant_id: str) -> Iterator[Unit]:
        """Open a unit whose changes are all kept when the block ends, or none when it raises."""
        with self.translated(), self.transaction() as connection:
            unit = Unit(connection, self.tables, self.engine.dialect, tenant_id)
            with _naming_damage(unit):
                yield unit
        self.report(unit.events)

    def report(self, events: list[Any]) -> None:
        """Report the events of a transaction that was committed."""
        if events:
            self.on_commit(events)

    @contextmanager
    def connect(self) -> Iterator[sa.Connection]:
        """Take a connection for statements of no tenant, each on its own; raise storage errors."""
        with self.translated(), ReadingConnection(self.engine) as connection:
            if self.file is not None:
                # API keys are read here, about once a second: so reads stop soon, too, when the file is gone.
                self.file.check()
            yield connection

    def ping(self) -> None:
        """Raise a storage error unless the database can be read and written; takes two seconds at most."""
        self._health.check()

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raise storage errors for those of the database."""
        try:
            yield
        except self.errors as error:
            raise self._storage_error(error) from error

    def _storage_error(self, error: Exception) -> StorageError:
        found = translate(error)
        # SQLAlchemy drops connections that break in its own calls; prepared statements are none. A broken
        # connection to PostgreSQL is noticed when it is taken again.
        is_own = isinstance(error, sa.exc.SQLAlchemyError)
        if self.dialect == "sqlite" and not is_own and isinstance(found, Unavailable):
            self.engine.dispose(close=False)
        return found

    @contextmanager
    def transaction(self, *, is_long: bool = False) -> Iterator[sa.Connection]:
        """Begin a transaction on a connection of its own; commit at the end, roll back on an error.

        The statements of one that ``is_long`` are not limited.
        """
        with self._place_to_write(), self._begun() as connection:
            try:
                if self.file is not None:
                    # Once it has begun: the wait for another writer may have been long.
                    self.file.check()
                if is_long:
                    deadlines.allow(connection)
                yield connection
                connection.exec_driver_sql("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise

    def _begun(self) -> sa.Connection:
        """Return a connection whose transaction has begun."""
        try:
            return self._begin(self.engine.connect())
        except sa.exc.DBAPIError as error:
            # Nothing has been done on the connection.
            if not is_lost(error):
                raise
            return self._begin(self.engine.connect())

    def _begin(self, connection: sa.Connection) -> sa.Connection:
        try:
            connection.exec_driver_sql(connection.connection.driver_connection.begin)  # type: ignore[union-attr]  # it is open
        except BaseException:
            connection.close()
            raise
        return connection

    @contextmanager
    def _place_to_write(self) -> Iterator[None]:
        """Wait without a connection where many wait with one: some are left to those who read."""
        if not self._write_places.acquire(timeout=engines.patience_of(self._limits)):
            raise Busy("Too many other changes wait for the database")
        try:
            yield
        finally:
            self._write_places.release()

    def _new_write_places(self) -> threading.Semaphore:
        connections = self._limits.connections - _ASYNC_COMMIT - _HEALTH
        return threading.Semaphore(max(1, connections - max(1, connections // _SHARE_OF_READS)))

    @property
    def name(self) -> str:
        """The URL for people, without passwords."""
        return self.url.shown

    @property
    def path(self) -> str | None:
        """The path of a SQLite file, as its URL has it."""
        return self.url.path if isinstance(self.url, SqliteUrl) else None

    @property
    def is_missing(self) -> bool:
        """Whether it is a SQLite file that does not exist."""
        return self.file is not None and not self.file.path.exists()

    @property
    def is_lost(self) -> bool:
        """Whether its file was deleted or replaced while it was in use."""
        return self.file is not None and self.file.is_lost

    @property
    def async_commit_engine(self) -> sa.Engine:
        """Connections whose commits do not wait for the disk: for data that a power failure may lose."""
        if self._async_commit_engine is None:
            self._async_commit_engine = (
                self.engine if self.in_memory else self._new_engine(_ASYNC_COMMIT, async_commit=True)
            )
        return self._async_commit_engine

    def write_without_wait(self, work: Callable[[Any], Result]) -> Result:
        """Return what ``work`` returns for a driver's own connection, whose commits do not wait for the disk.

        It is in autocommit mode. Raises storage errors. Costs less than a connection of SQLAlchemy.
        """
        try:
            kept = self._kept_connections
            pooled = self.async_commit_engine.raw_connection() if kept is None else kept.take()
            try:
                if self.file is not None:
                    self.file.check()
                result = work(pooled.driver_connection)
            except BaseException as error:
                if isinstance(error, self.errors) and isinstance(translate(error), Unavailable):
                    pooled.invalidate()
                pooled.close()
                raise
            if kept is None:
                pooled.close()
            else:
                kept.keep(pooled)
            return result
        except self.errors as error:
            raise translate(error) from error

    @property
    def _kept_connections(self) -> KeptConnections | None:
        """Connections whose commits do not wait for the disk, of a SQLite file."""
        if self._kept is None and self.file is not None:
            self._kept = KeptConnections(self.async_commit_engine, self._limits.statement_timeout)
        return self._kept

    def new_health_engine(self, seconds: float) -> sa.Engine:
        """Return an engine that waits for nothing longer; on SQLite, with a new connection each time."""
        limits = Limits(_HEALTH, seconds, patience=seconds)
        # It waits for one answer, and not for one before. A lost connection is tried twice (``health.py``).
        return engines.create_engine(
            self.url, self.file, limits, async_commit=True, pooled=self.file is None, trusted=math.inf
        )

    def _new_engine(self, connections: int, *, async_commit: bool = False) -> sa.Engine:
        limits = replace(self._limits, connections=max(1, connections))
        return engines.create_engine(self.url, self.file, limits, async_commit=async_commit)

    @contextmanager
    def opening(self) -> Iterator[None]:
        """Raise ``CannotOpen``, with the reason in one line, for an error inside the block."""
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise self.cannot_open(_reason_of(error)) from error

    def cannot_open(self, reason: str) -> CannotOpen:
        """Return the error that says why this database cannot be opened."""
        return CannotOpen(f"Cannot open the database {self.path or self.name}: {reason}.")

    def close(self) -> None:
        """Close every idle connection."""
        self.engine.dispose()
        if self._kept is not None:
            self._kept.close()
        if self._async_commit_engine is not None:
            self._async_commit_engine.dispose()
        self._health.close()

    def _after_fork(self) -> None:
        self._write_places = self._new_write_places()
        if self.in_memory:
            return
        postgresql_forks.close_inherited()
        self.engine.dispose(close=False)
        # Another thread may have been about to open its first connection.
        self._async_commit_engine = None
        self._kept = None
        self._health = Health(self)


@contextmanager
def _naming_damage(unit: Unit) -> Iterator[None]:
    try:
        yield
    except _OF_VALUES as error:
        if (found := unit.damaged(error)) is not None:
            raise found from None
        raise


def _reason_of(error: sa.exc.DBAPIError) -> str:
    first, *others = str(error.orig).strip().splitlines() or [type(error.orig).__name__]
    # Of several hosts, the driver lists what each has said.
    reason = "; ".join(each[2:] for each in others if each.startswith("- ")) or first
    if reason == "file is not a database":
        return "the file is not a SQLite database"
    if "local user with ID" in reason:
        return f"{reason}; name a user in the URL, postgresql://user@host/name"
    if "locked" in reason:
        return "another program is writing to it and does not let go"
    return reason


def _roll_back(connection: sa.Connection) -> None:
    # A connection that breaks here is as good as rolled back; the first error is the one to raise.
    try:
        connection.exec_driver_sql("ROLLBACK")
    except sa.exc.SQLAlchemyError:
        connection.invalidate()
