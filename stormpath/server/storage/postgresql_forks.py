"""Closes a forked child's copies of its parent's connections to PostgreSQL, without ending the sessions."""

from __future__ import annotations

import os
from typing import Any
from weakref import WeakSet

import sqlalchemy as sa

_connections: WeakSet[Any] = WeakSet()


def remember_connections(engine: sa.Engine) -> None:
    """Register every connection that an engine opens, for as long as it exists."""
    sa.event.listen(engine, "connect", lambda connection, _entry: _connections.add(connection))


def close_inherited() -> None:
    """Close this process's copies of all connections opened so far; to be called first in a child.

    Closing a connection tells the server, which would end the session for the parent too. So the sockets are
    replaced by the null device before. Not closed at all, they would stay open, and the driver would warn.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    for connection in list(_connections):
        if not connection.closed:
            os.dup2(nothing, connection.fileno(), inheritable=False)
            connection.close()
    os.close(nothing)
    _connections.clear()
