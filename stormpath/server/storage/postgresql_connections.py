"""Connections to PostgreSQL that stop waiting for an answer after a time.

``statement_timeout`` is kept by the server, and ``tcp_user_timeout`` by the other machine's kernel. A server
process that is stopped, or a proxy that takes packets and passes none on, keeps neither.
"""

from __future__ import annotations

import math
import time
from collections.abc import Generator
from typing import Any, Final

import psycopg
import sqlalchemy as sa

#: How long PostgreSQL may take to accept a connection, in seconds.
CONNECT_TIMEOUT: Final = 5

#: How much longer than the server's own limit an answer may take, in seconds.
GRACE: Final = 2.0


class Connection(psycopg.Connection[Any]):
    """A connection that is closed, with an error, when an answer has not come in time."""

    _limit: float = math.inf

    def allow(self, seconds: float) -> None:
        self._limit = seconds + GRACE

    def wait(self, gen: Generator[Any, Any, Any], *args: Any, **kwargs: Any) -> Any:
        """Wait for an answer as the driver does, which looks up ten times a second."""
        return super().wait(self._until(gen, time.monotonic() + self._limit), *args, **kwargs)

    def _until(self, gen: Generator[Any, Any, Any], deadline: float) -> Generator[Any, Any, Any]:
        try:
            waits_for = next(gen)
            while True:
                is_ready = yield waits_for
                if not is_ready and time.monotonic() > deadline:
                    # Nothing that comes later belongs to the next statement.
                    self.pgconn.finish()
                    raise psycopg.OperationalError("the server did not answer in time")
                waits_for = gen.send(is_ready)
        except StopIteration as end:
            return end.value


def connect_args(
    url: sa.URL, *, lock_timeout: float, statement_timeout: float, options: str = ""
) -> dict[str, Any]:
    """Return the parameters of connections; what the URL says itself is left as it is."""
    limits = (
        f"-c lock_timeout={_milliseconds(lock_timeout)} "
        f"-c statement_timeout={_milliseconds(statement_timeout)}"
    )
    given = url.query.get("options")
    chosen = {
        "connect_timeout": CONNECT_TIMEOUT,
        # A server that is gone without a word: found while a statement waits, and while none does.
        "tcp_user_timeout": _milliseconds(statement_timeout),
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
    }
    return {name: value for name, value in chosen.items() if name not in url.query} | {
        "options": " ".join(each for each in (limits, options, given) if isinstance(each, str) and each)
    }


def use(engine: sa.Engine) -> None:
    """Let an engine open connections of this class."""

    def connect(_dialect: Any, _record: Any, arguments: Any, parameters: Any) -> Connection:
        return Connection.connect(*arguments, **parameters)

    sa.event.listen(engine, "do_connect", connect)


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))
