"""The outbox for senders and operators, in SQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.events import MessageFinished
from stormpath.server.domain.leases import Lease
from stormpath.server.domain.outbox import (
    ALL_EMAILS,
    DEAD,
    EMAIL,
    LONGEST_DELAY_MS,
    PENDING,
    SENT,
    LeasedEntry,
    OnSmsOutcome,
    OutboxEntry,
    OutboxFilter,
    Outcome,
    ReachedLimit,
)
from stormpath.server.domain.storage import Row, StorageError
from stormpath.server.logs.loggers import get_logger
from stormpath.server.schema import ENABLED
from stormpath.server.storage.database import Database
from stormpath.server.storage.outbox_entries import select_entries
from stormpath.server.storage.outbox_filters import conditions
from stormpath.server.storage.reached_limits import reached_limits
from stormpath.server.storage.smtp_servers import smtp_server_of
from stormpath.server.storage.unit import Unit

_log = get_logger(__name__)

_BATCH: Final = 500

#: The column of an attribute that has another name.
_COLUMNS: Final = {"lease_token": "claim"}


def _ignore(unit: object, challenge_id: str, outcome: Outcome) -> None:
    """Do nothing, where there are no challenges."""


class Outbox:
    """The contract of senders and operators (``stormpath.server.domain.outbox.Outbox``), in SQL.

    The lease on an entry is in its columns ``claim`` (the token) and ``claim_seconds``. ``on_sms_outcome`` is
    told what becomes of text messages.
    """

    def __init__(self, database: Database, on_sms_outcome: OnSmsOutcome = _ignore) -> None:
        self._database = database
        self._on_sms_outcome = on_sms_outcome
        self._table = database.tables.outbox
        self._servers = database.tables.of["smtpServer"]
        # Written into the statement: with a parameter, neither database uses the index of what is PENDING.
        is_pending = self._table.c.state == sa.literal_column(f"'{PENDING}'")
        self._waiting = is_pending & self._table.c.claim.is_(None)

    def lease(
        self, token: str, now: int, seconds: int, filter: OutboxFilter = ALL_EMAILS
    ) -> LeasedEntry | None:
        table = self._table
        due_at = self.next_due(now, filter)
        # Read before writing: on SQLite, a transaction that writes keeps all others from writing.
        if due_at is None or due_at > now:
            return None
        with self._transaction() as connection:
            id = self._first_due(connection, now, filter)
            if id is None:
                return None
            values = {"claim": token, "claim_seconds": seconds, "attempts": table.c.attempts + 1}
            connection.execute(table.update().where(table.c.id == id).values(values))
            columns = [table.c[_COLUMNS.get(name, name)] for name in LeasedEntry.__dataclass_fields__]
            challenge = (table.c.tenant_id, table.c.challenge_id)
            found = connection.execute(sa.select(*columns, *challenge).where(table.c.id == id)).one()
            entry = LeasedEntry(*found[: len(columns)])
            events = self._tell(connection, found.tenant_id, found.challenge_id, Outcome.LEASED)
        self._database.report(events)
        return entry

    def next_due(self, now: int, filter: OutboxFilter = ALL_EMAILS) -> int | None:
        with self._connection() as connection:
            soonest = self._first(connection, self._table.c.due_at, filter)
            if soonest is None or soonest <= now:
                return soonest
            latest = self._first(connection, self._table.c.due_at.desc(), filter) or 0
            return now if latest > now + LONGEST_DELAY_MS else soonest

    def tenants_due(self, now: int, filter: OutboxFilter, limit: int) -> list[str]:
        table, servers = self._table, self._servers
        is_due = (table.c.due_at <= now) | (table.c.due_at > now + LONGEST_DELAY_MS)
        waits = sa.exists().where(
            table.c.tenant_id == servers.c.tenant_id, self._waiting, is_due, *self._conditions(filter)
        )
        statement = sa.select(servers.c.tenant_id).where(servers.c.status == ENABLED, waits).limit(limit)
        with self._connection() as connection:
            return list(connection.execute(statement).scalars())

    def mail_server(self, tenant_id: str) -> Row | None:
        found = smtp_server_of(self._database, tenant_id)
        return found if found is not None and found["status"] == ENABLED else None

    def finish(self, id: str, token: str, now: int) -> bool:
        return self._end(id, token, Outcome.SENT, state=SENT, finished_at=now, content=None)

    def postpone(self, id: str, token: str, error: str, due_at: int) -> bool:
        return self._end(id, token, Outcome.POSTPONED, last_error=error, due_at=due_at)

    def bury(self, id: str, token: str, error: str, now: int) -> bool:
        return self._end(id, token, Outcome.DEAD, last_error=error, state=DEAD, finished_at=now)

    def leases(self, channel: str = EMAIL) -> list[Lease]:
        table = self._table
        # In order, so that PostgreSQL uses their index also before it knows how few they are.
        statement = (
            sa.select(table.c.id, table.c.claim, table.c.claim_seconds)
            .where(table.c.claim.is_not(None), table.c.channel == channel)
            .order_by(table.c.claim)
            .limit(_BATCH)
        )
        with self._connection() as connection:
            return [Lease(*row) for row in connection.execute(statement)]

    def release(self, id: str, token: str, now: int) -> bool:
        error = "The sender that had the message in hand is gone. It may have been delivered."
        return self._end(id, token, Outcome.POSTPONED, last_error=error, due_at=now)

    def entries(
        self,
        state: str | None = None,
        limit: int = 100,
        before: str | None = None,
        channel: str | None = None,
    ) -> list[OutboxEntry]:
        table = self._table
        statement = select_entries(self._table).order_by(table.c.id.desc()).limit(limit)
        if state is not None:
            statement = statement.where(table.c.state == state)
        if channel is not None:
            statement = statement.where(table.c.channel == channel)
        if before is not None:
            statement = statement.where(table.c.id < before)
        with self._connection() as connection:
            return [OutboxEntry(*row) for row in connection.execute(statement)]

    def entry(self, id: str) -> OutboxEntry | None:
        with self._connection() as connection:
            statement = select_entries(self._table).where(self._table.c.id == id)
            found = connection.execute(statement).one_or_none()
        return None if found is None else OutboxEntry(*found)

    def content(self, id: str) -> bytes | None:
        with self._connection() as connection:
            statement = sa.select(self._table.c.content).where(self._table.c.id == id)
            found: bytes | None = connection.execute(statement).scalar_one_or_none()
        return found

    def counts(self) -> dict[str, int]:
        table = self._table
        statement = sa.select(table.c.state, sa.func.count()).group_by(table.c.state)
        with self._connection() as connection:
            found = {state: number for state, number in connection.execute(statement)}
        return {state: found.get(state, 0) for state in (PENDING, SENT, DEAD)}

    def reached_limits(
        self, limits: dict[str, int], since: int, until: int, channel: str = EMAIL
    ) -> list[ReachedLimit]:
        with self._connection() as connection:
            return list(reached_limits(connection, self._database.tables, limits, since, until, channel))

    def retry(self, id: str, now: int) -> bool:
        return self._revive(now, self._table.c.id == id, self._table.c.state.in_((PENDING, DEAD))) == 1

    def retry_dead(self, now: int) -> int:
        return self._revive(now, self._table.c.state == DEAD)

    def purge(self, before: int) -> int:
        return sum(self._purge(state, before) for state in (SENT, DEAD))

    def _purge(self, state: str, before: int) -> int:
        table = self._table
        oldest = (
            sa.select(table.c.id)
            .where(table.c.state == state)
            .order_by(table.c.id)
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
        with self._transaction() as connection:
            ids = list(connection.execute(oldest).scalars())
            deletion = table.delete().where(table.c.id.in_(ids), table.c.finished_at < before)
            return connection.execute(deletion).rowcount

    def _first_due(self, connection: sa.Connection, now: int, filter: OutboxFilter) -> str | None:
        table = self._table
        free = (
            sa.select(table.c.id)
            .where(self._waiting, *self._conditions(filter))
            .limit(1)
            .with_for_update(skip_locked=True, of=table)
        )
        by_time = free.where(table.c.due_at <= now).order_by(table.c.due_at, table.c.id)
        found: str | None = connection.execute(by_time).scalar_one_or_none()
        if found is None:
            strays = free.where(table.c.due_at > now + LONGEST_DELAY_MS).order_by(table.c.due_at.desc())
            found = connection.execute(strays).scalar_one_or_none()
        return found

    def _first(
        self, connection: sa.Connection, order: sa.ColumnElement[int], filter: OutboxFilter
    ) -> int | None:
        """Return when the entry is due that comes first in that order."""
        free = sa.select(self._table.c.due_at).where(self._waiting, *self._conditions(filter))
        statement = free.order_by(order).limit(1)
        found: int | None = connection.execute(statement).scalar_one_or_none()
        return found

    def _conditions(self, filter: OutboxFilter) -> Iterator[sa.ColumnElement[bool]]:
        return conditions(filter, self._table, self._servers)

    def _end(self, id: str, token: str, outcome: Outcome, **values: Any) -> bool:
        table = self._table
        statement = (
            table.update()
            .where(table.c.id == id, table.c.claim == token)
            .values(claim=None, claim_seconds=None, **values)
            .returning(table.c.tenant_id, table.c.challenge_id, table.c.channel)
        )
        with self._transaction() as connection:
            ended = connection.execute(statement).one_or_none()
            events = (
                [] if ended is None else self._tell(connection, ended.tenant_id, ended.challenge_id, outcome)
            )
        if ended is not None and outcome in (Outcome.SENT, Outcome.DEAD):
            events.append(MessageFinished(ended.tenant_id, id, ended.channel, outcome is Outcome.SENT))
        self._database.report(events)
        return ended is not None

    def _tell(
        self, connection: sa.Connection, tenant_id: str, challenge_id: str | None, outcome: Outcome
    ) -> list[Any]:
        """Tell what became of a challenge's message; return the events of that, for after the commit."""
        if challenge_id is None:
            return []
        database = self._database
        unit = Unit(connection, database.tables, database.engine.dialect, tenant_id)
        try:
            with unit.attempt():
                self._on_sms_outcome(unit, challenge_id, outcome)
        except (StorageError, *database.errors):
            raise
        except Exception as error:
            # The message was sent, or not: that is written down, or it would be sent again.
            _log.error("The outcome of a text message cannot be told to its challenge", exc_info=error)
            return []
        return unit.events

    def _revive(self, now: int, *conditions: sa.ColumnElement[bool]) -> int:
        table = self._table
        statement = table.update().where(table.c.claim.is_(None), *conditions)
        values = {"state": PENDING, "attempts": 0, "due_at": now, "finished_at": None}
        with self._transaction() as connection:
            return connection.execute(statement.values(values)).rowcount

    @contextmanager
    def _connection(self) -> Iterator[sa.Connection]:
        with self._database.translated(), self._database.engine.connect() as connection:
            yield connection

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        with self._database.translated(), self._database.transaction() as connection:
            yield connection
