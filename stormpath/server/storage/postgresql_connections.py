"""Connections to PostgreSQL: how they begin, whether they still live when they are taken, how long they wait.

``statement_timeout`` is kept by the server, and ``tcp_user_timeout`` by the other machine's kernel. A server
process that is stopped, or a proxy that takes packets and passes none on, keeps neither: the connection looks
at the clock itself.

**A pooler** such as PgBouncer may give each transaction another session. It is recognized by the process id
of the session, which it does not know when it greets its clients. Behind it nothing is used that needs a
session: limits are set in each transaction that writes, a statement that takes too long on its own is
cancelled from here, and nothing is prepared. https://www.pgbouncer.org/features.html
"""

from __future__ import annotations

import math
import os
import select
import time
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from psycopg.pq import ConnStatus
from psycopg.rows import tuple_row

from stormpath.server.storage.postgresql_urls import PostgresqlUrl

#: How long PostgreSQL may take to accept a connection, in seconds.
CONNECT_TIMEOUT: Final = 5

#: How much longer than the server's own limit an answer may take, in seconds.
GRACE: Final = 2.0

#: A connection that was taken so many seconds ago, or more, answers a question when it is taken again.
TRUSTED: Final = 0.5

#: How long that answer may take, in seconds; ``GRACE`` is added.
ANSWER: Final = 1.0

#: A connection that breaks within so many seconds was broken before: what it was to do is tried once more.
AT_ONCE: Final = 1.0

#: The application's name where nothing else names it.
NAME: Final = "stormpath"

# States of errors with which the server ends a session.
_ENDS_SESSION: Final = ("57P01", "57P02", "57P03", "57P04", "57P05")

#: A standby takes no writes. The next connection may find the primary.
_READ_ONLY: Final = "25006"


class LostConnection(psycopg.OperationalError):
    """The connection was lost when a statement was sent. Another connection may be tried at once."""

    #: For those who do not know this driver.
    is_lost: Final = True


class Connection(psycopg.Connection[Any]):
    """A connection that is closed, with an error, when an answer has not come in time."""

    #: Whether all that is sent reaches the same session.
    has_session = True
    #: The statement that begins a transaction.
    begin = "BEGIN"

    def __init__(self, pgconn: Any, row_factory: Any = tuple_row) -> None:
        super().__init__(pgconn, row_factory)
        self._limit = math.inf
        self._taken_at = time.monotonic()
        self._input = select.poll()
        self._input.register(pgconn.socket, select.POLLIN)

    def allow(self, seconds: float) -> None:
        """Let the next statements take so long, from now on."""
        self._limit = seconds

    def is_alive(self, trusted: float = TRUSTED) -> bool:
        """Tell whether the connection can be used, as it is taken from a pool.

        It is asked, which costs a round trip, if it was taken ``trusted`` seconds ago or more, or if
        something has come meanwhile: its end, perhaps.
        """
        now = time.monotonic()
        idle, self._taken_at = now - self._taken_at, now
        if self.pgconn.status != ConnStatus.OK:
            return False
        return (idle < trusted and not self._input.poll(0)) or self._answers()

    def _answers(self) -> bool:
        limit = self._limit
        self._limit = min(limit, ANSWER)
        try:
            self.execute("SELECT 1")
        except psycopg.Error:
            return False
        finally:
            self._limit = limit
        return True

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **kwargs: Any) -> Any:
        """Wait for an answer as the driver does, which looks up ten times a second."""
        started = time.monotonic()
        try:
            return super().wait(self._until(gen, started + self._limit), *args, **kwargs)
        except psycopg.OperationalError as error:
            if not self._is_broken_by(error):
                raise
            self.pgconn.finish()
            if time.monotonic() - started > AT_ONCE:
                raise
            raise LostConnection(*error.args) from error

    def _is_broken_by(self, error: psycopg.OperationalError) -> bool:
        return self.pgconn.status != ConnStatus.OK or error.sqlstate in _ENDS_SESSION

    def _until(self, gen: Generator[Any, Any, Any], deadline: float) -> Generator[Any, Any, Any]:
        # Without a session, no server knows the limit.
        cancels = not self.has_session
        if not cancels:
            deadline += GRACE
        try:
            waits_for = next(gen)
            while True:
                is_ready = yield waits_for
                if not is_ready and time.monotonic() > deadline:
                    if not cancels:
                        # Nothing that comes later belongs to the next statement.
                        self.pgconn.finish()
                        raise psycopg.OperationalError("the server did not answer in time")
                    cancels = False
                    deadline += GRACE
                    with suppress(psycopg.Error):
                        self.cancel_safe(timeout=GRACE)
                waits_for = gen.send(is_ready)
        except StopIteration as end:
            return end.value


@dataclass(frozen=True, slots=True)
class Connector:
    """Opens the connections of an engine; the times are in seconds."""

    url: PostgresqlUrl
    lock_timeout: float
    statement_timeout: float
    async_commit: bool = False

    def __call__(self) -> Connection:
        url = self.url
        threshold = {"prepare_threshold": url.prepare_threshold} if url.prepares else {}
        parameters: dict[str, Any] = {**self.parameters(), **threshold}
        connection = Connection.connect(autocommit=True, **parameters)
        connection.allow(CONNECT_TIMEOUT)
        try:
            self._begin_session(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def parameters(self) -> dict[str, Any]:
        """Return libpq's parameters: ours, where neither the URL nor the environment has others."""
        given = self.url.parameters
        chosen: dict[str, Any] = {"fallback_application_name": NAME}
        if "PGCONNECT_TIMEOUT" not in os.environ:
            chosen["connect_timeout"] = CONNECT_TIMEOUT
        if "service" not in given and "PGSERVICE" not in os.environ:
            # A server that is gone without a word: found while a statement waits, and while none does.
            # libpq would not take these from the service's file, if they were given here.
            chosen |= {
                "tcp_user_timeout": _milliseconds(self.statement_timeout),
                "keepalives_idle": 30,
                "keepalives_interval": 10,
                "keepalives_count": 3,
            }
        # Texts are compared and cut as Unicode: whatever the URL or PGCLIENTENCODING says.
        return {**chosen, **given, "client_encoding": "utf8"}

    def _begin_session(self, connection: Connection) -> None:
        """Set the limits for the session, if it stays the same; or else for each transaction."""
        limits = {
            "lock_timeout": str(_milliseconds(self.lock_timeout)),
            "statement_timeout": str(_milliseconds(self.statement_timeout)),
        }
        if not (self.url.prepares and self.url.prepare_threshold is None):
            # Compiling a plan takes longer than each of our statements, also among a million accounts.
            kept = limits | {"jit": "off"} | ({"synchronous_commit": "off"} if self.async_commit else {})
            calls = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in kept.items())
            own = connection.pgconn.backend_pid
            # One round trip. Another session's process has another id, and then nothing is set.
            if connection.execute(f"SELECT {calls} WHERE pg_backend_pid() = {own}".encode()).fetchone():
                return
        connection.has_session = False
        connection.begin = "; ".join(["BEGIN", *(f"SET LOCAL {name} = {limits[name]}" for name in limits)])
        if not self.url.prepares:
            connection.prepare_threshold = None


def check_when_taken(engine: sa.Engine, trusted: float = TRUSTED) -> None:
    """Replace connections that have ended when they are taken from the pool; drop them when they fail."""

    def on_checkout(connection: Connection, _record: Any, _proxy: Any) -> None:
        if not connection.is_alive(trusted):
            # The others have ended too, as a rule: they are replaced when they are taken.
            raise sa.exc.InvalidatePoolError

    def on_error(context: sa.engine.ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
            context.is_disconnect = True

    sa.event.listen(engine, "checkout", on_checkout)
    sa.event.listen(engine, "handle_error", on_error)


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
