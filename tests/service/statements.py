"""Counting what a request asks of the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from stormpath.server.app import Service


@contextmanager
def statements(service: Service) -> Iterator[list[str]]:
    """Give the list of the statements that SQLite gets meanwhile, from whomever."""
    seen: list[str] = []
    trace: Callable[[str], None] | None = seen.append
    connections: set[sqlite3.Connection] = set()

    def watch(connection: sqlite3.Connection, _record: Any, _proxy: Any) -> None:
        connections.add(connection)
        connection.set_trace_callback(trace)

    engine = service.database.engine
    assert engine.dialect.name == "sqlite", "only SQLite tells its statements"
    sa.event.listen(engine, "checkout", watch)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "checkout", watch)
        for each in connections:
            each.set_trace_callback(None)
