"""The sessions of the Admin Console in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.console_sessions import MOST_LISTED, MOST_SESSIONS, OPEN, ConsoleSession
from stormpath.server.storage.database import Database

_FORGOTTEN: Final = 50


class ConsoleSessions:
    """The sessions of all tenants (``stormpath.server.domain.console_sessions.ConsoleSessions``)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.tables.console_sessions
        self._columns = [self._table.c[each.name] for each in fields(ConsoleSession)]

    def find(self, digest: str) -> ConsoleSession | None:
        statement = sa.select(*self._columns).where(self._table.c.digest == digest)
        with self._database.connect() as connection:
            found = connection.execute(statement).one_or_none()
        return None if found is None else ConsoleSession(*found)

    def add(self, session: ConsoleSession, digest: str) -> None:
        table = self._table
        kept = (
            sa.select(table.c.id)
            .where(table.c.account_id == session.account_id)
            .order_by(table.c.created_at.desc(), table.c.id.desc())
            .limit(MOST_SESSIONS)
        )
        surplus = table.delete().where(
            table.c.account_id == session.account_id, table.c.id.not_in(kept.scalar_subquery())
        )
        with self._database.translated(), self._database.transaction() as connection:
            connection.execute(table.insert().values(digest=digest, **asdict(session)))
            connection.execute(surplus)

    def touch(self, id: str, now: int) -> None:
        self._change(id, used_at=now)

    def prove(self, id: str, now: int) -> None:
        self._change(id, proved_at=now, used_at=now)

    def end(self, id: str, account_id: str) -> bool:
        table = self._table
        return self._delete(table.c.id == id, table.c.account_id == account_id) > 0

    def end_others(self, account_id: str, id: str) -> int:
        table = self._table
        return self._delete(table.c.account_id == account_id, table.c.id != id)

    def of_account(self, account_id: str, since: int) -> Sequence[ConsoleSession]:
        return self._latest(since, self._table.c.account_id == account_id)

    def of_tenant(self, tenant_id: str, since: int) -> Sequence[ConsoleSession]:
        return self._latest(since, self._table.c.tenant_id == tenant_id)

    def forget(self, now: int, idle_since: int) -> None:
        table = self._table
        # Two statements: each of the conditions has an index of its own.
        for ended in (table.c.ends_at <= now, table.c.used_at < idle_since):
            some = sa.select(table.c.id).where(ended).limit(_FORGOTTEN)
            self._delete(table.c.id.in_(some.scalar_subquery()))

    def _latest(self, since: int, of: sa.ColumnElement[bool]) -> Sequence[ConsoleSession]:
        table = self._table
        statement = (
            sa.select(*self._columns)
            .where(of, table.c.stage == OPEN, table.c.used_at >= since)
            .order_by(table.c.used_at.desc())
            .limit(MOST_LISTED)
        )
        with self._database.connect() as connection:
            return [ConsoleSession(*each) for each in connection.execute(statement)]

    def _change(self, id: str, **values: int) -> None:
        statement = self._table.update().where(self._table.c.id == id).values(**values)
        with self._database.translated(), self._database.transaction() as connection:
            connection.execute(statement)

    def _delete(self, *conditions: sa.ColumnElement[Any]) -> int:
        with self._database.translated(), self._database.transaction() as connection:
            return int(connection.execute(self._table.delete().where(*conditions)).rowcount)
