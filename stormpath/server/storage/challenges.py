"""Challenges of second factors, and the codes that are spent once: each by one conditional statement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from stormpath.server.domain.challenges import (
    CREATED,
    FAILED,
    MOST_KEPT,
    MOST_WRONG,
    PENDING,
    SUCCESS,
    WAITING_FOR_PROVIDER,
    WRONG_CLOCK_STEPS,
)
from stormpath.server.storage.errors import translated
from stormpath.server.storage.tables import Tables
from stormpath.server.storage.tenant_scoped import TenantScoped


class StoredChallenges(TenantScoped):
    """The challenges of a tenant (``stormpath.server.domain.challenges.Challenges``)."""

    def succeed(self, id: str, now: int) -> bool:
        return self._answer(id, now, status=SUCCESS)

    def fail(self, id: str, now: int) -> bool:
        table = self._tables.of["challenge"]
        return self._answer(id, now, status=FAILED, wrong_codes=table.c.wrong_codes + 1)

    def note_delivery(self, id: str, status: str) -> bool:
        return note_delivery(self._connection, self._tables, self._tenant_id, id, status)

    def forget_old(self, factor_id: str, now: int) -> None:
        table = self._tables.of["challenge"]
        of_factor = (table.c.factor_id == factor_id, table.c.tenant_id == self._tenant_id)
        older = table.alias()
        newest_forgotten = (
            sa.select(older.c.id)
            .where(older.c.factor_id == factor_id)
            .order_by(older.c.id.desc())
            .offset(MOST_KEPT)
            .limit(1)
            .scalar_subquery()
        )
        self._connection.execute(
            table.delete().where(*of_factor, table.c.id <= newest_forgotten, table.c.expires_at <= now)
        )

    def _answer(self, id: str, now: int, **values: Any) -> bool:
        table = self._tables.of["challenge"]
        statement = table.update().where(
            table.c.id == id,
            table.c.tenant_id == self._tenant_id,
            table.c.status.in_(PENDING),
            table.c.wrong_codes < MOST_WRONG,
            table.c.expires_at > now,
        )
        return self._connection.execute(statement.values(modified_at=now, **values)).rowcount == 1


def note_delivery(
    connection: sa.Connection, tables: Tables, tenant_id: str, challenge_id: str, status: str
) -> bool:
    """Store how far the message of a challenge has come; tell whether that was news.

    A challenge that was answered, or whose delivery has ended, keeps its status.
    """
    table = tables.of["challenge"]
    statement = table.update().where(
        table.c.id == challenge_id,
        table.c.tenant_id == tenant_id,
        table.c.status.in_((CREATED, WAITING_FOR_PROVIDER)),
    )
    return connection.execute(statement.values(status=status)).rowcount == 1


class StoredFactorCodes(TenantScoped):
    """The codes of a tenant's factors (``stormpath.server.domain.challenges.FactorCodes``)."""

    def spend_step(self, factor_id: str, step: int) -> bool:
        table = self._tables.of["factor"]
        statement = table.update().where(
            table.c.id == factor_id,
            table.c.tenant_id == self._tenant_id,
            sa.or_(
                table.c.last_step.is_(None),
                table.c.last_step < step,
                table.c.last_step > step + WRONG_CLOCK_STEPS,
            ),
        )
        return self._connection.execute(statement.values(last_step=step)).rowcount == 1

    def keep_recovery_codes(self, factor_id: str, digests: Sequence[str]) -> None:
        common = {"tenant_id": self._tenant_id, "factor_id": factor_id}
        with translated():
            self._connection.execute(
                self._tables.recovery_codes.insert(), [{**common, "digest": each} for each in digests]
            )

    def spend_recovery_code(self, factor_id: str, digest: str) -> bool:
        table, factors = self._tables.recovery_codes, self._tables.of["factor"]
        is_code = (
            table.c.tenant_id == self._tenant_id,
            table.c.factor_id == factor_id,
            table.c.digest == digest,
        )
        if self._connection.execute(table.delete().where(*is_code)).rowcount != 1:
            return False
        is_factor = (factors.c.id == factor_id, factors.c.tenant_id == self._tenant_id)
        self._connection.execute(factors.update().where(*is_factor).values(remaining=factors.c.remaining - 1))
        return True
