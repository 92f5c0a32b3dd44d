"""How long the statements of one connection may take.

Both databases stop a statement themselves: PostgreSQL by its ``statement_timeout``, SQLite by a progress
handler. The driver's connections know the limit too, as attributes of their classes (``sqlite_connections``,
``postgresql_connections``): a PostgreSQL that has fallen silent stops nothing.
"""

from __future__ import annotations

import math
from typing import Any, Final, Protocol, cast

import sqlalchemy as sa

#: Seconds that the deletion of a resource may take that a large collection belongs to.
LONG: Final = 300.0


class LimitedConnection(Protocol):
    """A driver's connection whose statements are stopped after a time."""

    #: The statement that begins a transaction.
    begin: str

    def allow(self, seconds: float) -> None:
        """Let its next statements take so long, from now on."""


def limit(engine: sa.Engine, seconds: float) -> None:
    """Limit the statements of all connections of an engine, anew each time one is taken from the pool."""

    def on_checkout(connection: Any, _record: Any, _proxy: Any) -> None:
        connection.allow(seconds)

    sa.event.listen(engine, "checkout", on_checkout)


def allow(connection: sa.Connection, seconds: float = math.inf) -> None:
    """Let the statements of the transaction that the connection is in take longer."""
    driver = cast(LimitedConnection, connection.connection.driver_connection)
    driver.allow(seconds)
    if connection.dialect.name == "postgresql":
        timeout = 0 if math.isinf(seconds) else round(seconds * 1000)
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {timeout}")
