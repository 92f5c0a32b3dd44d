"""The outbox within a unit of work: adding messages, and counting them for the rate limits.

Counts stay when an account and its messages are deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from stormpath.server.domain.events import EmailQueued, SmsQueued
from stormpath.server.domain.outbox import DECOY, PENDING, SMS, MessageCount, NewEntry
from stormpath.server.storage.tables import Tables

if TYPE_CHECKING:
    from stormpath.server.storage.unit import Unit

#: New entries come before those that were postponed, whatever the clock of their writer said.
AT_ONCE: Final = 0

#: The key of what counts no longer.
UNCOUNTED: Final = ""

#: One new count in so many removes those that no rate limit asks for any more, a few more at a time.
PURGE_EVERY: Final = 100
PURGE_AT_ONCE: Final = 5 * PURGE_EVERY

_counted: Final = count(1)


class OutboxWriter:
    """The contract of the rules (``stormpath.server.domain.outbox.OutboxWriter``), in SQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, entry: NewEntry, state: str = PENDING) -> None:
        values = {name: getattr(entry, name) for name in NewEntry.__dataclass_fields__}
        row = {
            **values,
            "tenant_id": self._unit.tenant_id,
            "state": state,
            "attempts": 0,
            "due_at": AT_ONCE,
        }
        self._unit.connection.execute(self._unit.tables.outbox.insert(), [row])
        queued = SmsQueued if entry.channel == SMS else EmailQueued
        self._unit.keep_event(queued(self._unit.tenant_id, entry.id))

    def count(self, message: MessageCount, purge_before: int) -> None:
        connection, tables = self._unit.connection, self._unit.tables
        if next(_counted) % PURGE_EVERY == 0:
            purge(connection, tables, purge_before)
            remove_decoys(connection, tables)
        row = {"tenant_id": self._unit.tenant_id, **message._asdict()}
        connection.execute(tables.mailings.insert(), [row])

    def latest(
        self, column: str, value: str, numbers: Sequence[int], since: int, until: int
    ) -> tuple[int | None, ...]:
        table = self._unit.tables.mailings
        newest_first = (
            sa.select(table.c.created_at)
            .where(table.c[column] == value, table.c.tenant_id == self._unit.tenant_id)
            .where(table.c.created_at > since, table.c.created_at <= until)
            .order_by(table.c.created_at.desc())
        )
        nth = (newest_first.offset(each - 1).limit(1).scalar_subquery() for each in numbers)
        return tuple(self._unit.connection.execute(sa.select(*nth)).one())

    def uncount(self, address_key: str, account_key: str) -> None:
        table = self._unit.tables.mailings
        statement = table.update().where(
            table.c.tenant_id == self._unit.tenant_id,
            table.c.address_key == address_key,
            table.c.account_key == account_key,
        )
        self._unit.connection.execute(statement.values(address_key=UNCOUNTED, account_key=UNCOUNTED))


def purge(connection: sa.Connection, tables: Tables, before: int) -> None:
    """Remove counts, of all tenants, from before that time; the oldest first."""
    table = tables.mailings
    # Rows that another transaction removes are left to it: a clean-up makes no transaction wait.
    found = (
        sa.select(table.c.id)
        .where(table.c.created_at < before)
        .order_by(table.c.created_at)
        .limit(PURGE_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    connection.execute(table.delete().where(table.c.id.in_(found)))


def remove_decoys(connection: sa.Connection, tables: Tables) -> None:
    """Remove entries, of all tenants, that were written for their cost in time alone."""
    table = tables.outbox
    found = (
        sa.select(table.c.id)
        .where(table.c.state == DECOY)
        .order_by(table.c.id)
        .limit(PURGE_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    connection.execute(table.delete().where(table.c.id.in_(found)))
