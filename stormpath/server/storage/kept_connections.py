"""Connections that are used again and again at once: to take one costs a tenth of what the pool asks."""

from __future__ import annotations

from collections import deque

import sqlalchemy as sa

from stormpath.server.storage import sqlite_forks


class KeptConnections:
    """Connections of an engine for a SQLite file, kept from its pool until a fork or ``close``."""

    def __init__(self, engine: sa.Engine, statement_timeout: float) -> None:
        self._engine = engine
        self._statement_timeout = statement_timeout
        self._idle: deque[sa.PoolProxiedConnection] = deque()
        sqlite_forks.close_kept_before_forks(self)

    def take(self) -> sa.PoolProxiedConnection:
        """Return a connection, for the caller alone until it is kept or closed."""
        try:
            pooled = self._idle.pop()
        except IndexError:
            return self._engine.raw_connection()
        # As the pool does (``deadlines.limit``).
        pooled.driver_connection.allow(self._statement_timeout)  # type: ignore[union-attr]  # it is open
        return pooled

    def keep(self, pooled: sa.PoolProxiedConnection) -> None:
        """Keep a connection that works, in autocommit mode, for the next caller."""
        self._idle.append(pooled)

    def close(self) -> None:
        """Return the idle ones to the pool."""
        while self._idle:
            try:
                self._idle.pop().close()
            except IndexError:  # Another thread has just taken it.
                return
