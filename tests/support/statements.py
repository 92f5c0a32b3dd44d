"""The statements that a service sends to its database, so that tests can count them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import sqlalchemy as sa

from stormpath.server.app import Service
from stormpath.server.jobs.event_writer import THREAD
from stormpath.server.storage.prepared import Prepared, PreparedChange


@contextmanager
def statements(service: Service) -> Iterator[list[str]]:
    """Give the growing list of statements of the block, without those that begin and end transactions.

    Requests of other threads are in it too; what stores security events in the background is not.
    """
    sent: list[str] = []
    one, execute = Prepared.one, PreparedChange.execute

    def seen(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")) and not stores_events():
            sent.append(statement)

    def one_seen(self: Prepared, connection: sa.Connection, **given: Any) -> Any:
        # Prepared statements bypass SQLAlchemy and its events.
        sent.append(self._sql)
        return one(self, connection, **given)

    def execute_seen(self: PreparedChange, connection: sa.Connection, **values: Any) -> int:
        sent.append(self._sql)
        return execute(self, connection, **values)

    engine = service.database.engine
    sa.event.listen(engine, "before_cursor_execute", seen)
    try:
        with (
            mock.patch.object(Prepared, "one", one_seen),
            mock.patch.object(PreparedChange, "execute", execute_seen),
        ):
            yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", seen)


def stores_events() -> bool:
    """Tell whether this is the thread that stores security events a moment after the requests of a test."""
    return threading.current_thread().name == THREAD


def on_table(sent: list[str], table: str) -> list[str]:
    """Return those of the statements that name a table."""
    return [each for each in sent if f" {table}" in each.replace("\n", " ")]


def without_key_lookups(sent: list[str]) -> list[str]:
    """Return the statements without the lookup of the caller's key, which is cached for a second."""
    return [each for each in sent if "api_keys" not in each]
