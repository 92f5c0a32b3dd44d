"""The messages of one tenant in the outbox, in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from stormpath.server.domain.events import EmailQueued, SmsQueued
from stormpath.server.domain.outbox import DEAD, PENDING, SMS, OutboxEntry, ReachedLimit
from stormpath.server.domain.tenant_messages import MOST_COUNTED, MOST_LISTED
from stormpath.server.schema.query import fold
from stormpath.server.storage.outbox_entries import select_entries
from stormpath.server.storage.reached_limits import reached_limits

if TYPE_CHECKING:
    from stormpath.server.storage.unit import Unit


class StoredTenantMessages:
    """The contract of a tenant's administrators (``domain.tenant_messages.TenantMessages``), in SQL."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._table = unit.tables.outbox
        self._is_own = self._table.c.tenant_id == unit.tenant_id

    def entries(
        self,
        *,
        state: str | None = None,
        channel: str | None = None,
        address: str = "",
        before: str | None = None,
        limit: int = MOST_LISTED,
    ) -> list[OutboxEntry]:
        table = self._table
        statement = select_entries(table).where(self._is_own)
        if state is not None:
            statement = statement.where(_is_in(table, state))
        if channel is not None:
            statement = statement.where(table.c.channel == channel)
        if address:
            # Not by LIKE: its wildcards are characters of addresses.
            statement = statement.where(self._position(sa.func.lower(table.c.address), fold(address)) > 0)
        if before is not None:
            statement = statement.where(table.c.id < before)
        newest = statement.order_by(table.c.id.desc()).limit(max(0, min(limit, MOST_LISTED)))
        return [OutboxEntry(*row) for row in self._unit.connection.execute(newest)]

    def entry(self, id: str) -> OutboxEntry | None:
        statement = select_entries(self._table).where(self._is_own, self._table.c.id == id)
        found = self._unit.connection.execute(statement).one_or_none()
        return None if found is None else OutboxEntry(*found)

    def content(self, id: str) -> bytes | None:
        statement = sa.select(self._table.c.content).where(self._is_own, self._table.c.id == id)
        found: bytes | None = self._unit.connection.execute(statement).scalar_one_or_none()
        return found

    def counts(self) -> dict[str, int]:
        return {state: self._number(state) for state in (PENDING, DEAD)}

    def retry(self, id: str, now: int) -> bool:
        return self._revive(now, self._table.c.id == id, self._table.c.state.in_((PENDING, DEAD))) == 1

    def retry_dead(self, now: int) -> int:
        table = self._table
        dead = sa.select(table.c.id).where(self._is_own, _is_in(table, DEAD)).limit(MOST_COUNTED)
        ids = list(self._unit.connection.execute(dead).scalars())
        return self._revive(now, table.c.id.in_(ids), _is_in(table, DEAD)) if ids else 0

    def messages_since(self, since: int) -> dict[str, int]:
        table = self._unit.tables.mailings
        statement = (
            sa.select(table.c.channel, sa.func.count())
            .where(table.c.tenant_id == self._unit.tenant_id, table.c.created_at > since)
            .group_by(table.c.channel)
        )
        return {channel: int(number) for channel, number in self._unit.connection.execute(statement)}

    def reached_limits(
        self, limits: Mapping[str, int], since: int, until: int, channel: str
    ) -> list[ReachedLimit]:
        unit = self._unit
        found = reached_limits(
            unit.connection, unit.tables, dict(limits), since, until, channel, tenant_id=unit.tenant_id
        )
        return list(found)

    def _number(self, state: str) -> int:
        table = self._table
        some = sa.select(table.c.id).where(self._is_own, _is_in(table, state))
        if state == PENDING:
            # The index of what is due begins with them.
            some = some.where(table.c.channel.in_(("email", SMS)))
        counted = sa.select(sa.func.count()).select_from(some.limit(MOST_COUNTED).subquery())
        return int(self._unit.connection.execute(counted).scalar_one())

    def _revive(self, now: int, *conditions: sa.ColumnElement[bool]) -> int:
        table = self._table
        statement = (
            table.update()
            .where(self._is_own, table.c.claim.is_(None), *conditions)
            .values(state=PENDING, attempts=0, due_at=now, finished_at=None)
            .returning(table.c.id, table.c.channel)
        )
        revived = self._unit.connection.execute(statement).all()
        for channel, event in ((SMS, SmsQueued), ("email", EmailQueued)):
            # One wakes the sender, who takes all that is due.
            first = next((each.id for each in revived if each.channel == channel), None)
            if first is not None:
                self._unit.keep_event(event(self._unit.tenant_id, first))
        return len(revived)

    def _position(self, column: sa.ColumnElement[str], text: str) -> sa.ColumnElement[int]:
        is_sqlite = self._unit.dialect.name == "sqlite"
        found: sa.ColumnElement[Any] = (sa.func.instr if is_sqlite else sa.func.strpos)(column, text)
        return found


def _is_in(table: sa.Table, state: str) -> sa.ColumnElement[bool]:
    # Written into the statement: with a parameter, neither database uses the indexes of PENDING and DEAD.
    return table.c.state == (sa.literal_column(f"'{state}'") if state in (PENDING, DEAD) else state)
