"""Tokens that links in e-mails carry: each is spent once, by one conditional UPDATE."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.one_time_tokens import OneTimeToken
from stormpath.server.storage.errors import translated
from stormpath.server.storage.tables import Tables
from stormpath.server.storage.tenant_scoped import TenantScoped

#: Tokens that cannot be spent any more are removed by one new token in so many.
REMOVE_USELESS_EVERY: Final = 1000

#: As many at a time: more than are added meanwhile, and few enough for the request that adds that token.
REMOVE_AT_ONCE: Final = 5 * REMOVE_USELESS_EVERY

_added: Final = count(1)


class StoredTokens(TenantScoped):
    """The tokens of a tenant's accounts."""

    def add(self, token: OneTimeToken) -> None:
        with translated():
            values = {name: getattr(token, name) for name in OneTimeToken.__dataclass_fields__}
            self._connection.execute(
                self._tables.workflow_tokens.insert(), [{"tenant_id": self._tenant_id, **values}]
            )
            if next(_added) % REMOVE_USELESS_EVERY == 0:
                # Last: who waits for the application, while it is deleted, must hold no token of it.
                remove_useless(self._connection, self._tables, token.created_at)

    def find(
        self, purpose: str, digest: str, now: int, application_id: str | None = None
    ) -> OneTimeToken | None:
        table = self._tables.workflow_tokens
        columns = (table.c[name] for name in OneTimeToken.__dataclass_fields__)
        statement = sa.select(*columns).where(*self._can_be_spent(purpose, digest, now, application_id))
        found = self._connection.execute(statement).one_or_none()
        return None if found is None else OneTimeToken(*found)

    def spend(self, purpose: str, digest: str, now: int, application_id: str | None = None) -> bool:
        can_be_spent = self._can_be_spent(purpose, digest, now, application_id)
        statement = self._tables.workflow_tokens.update().where(*can_be_spent).values(_spent(now))
        return self._connection.execute(statement).rowcount == 1

    def usable(self, purpose: str, now: int, most: int) -> Sequence[OneTimeToken]:
        table = self._tables.workflow_tokens
        columns = (table.c[name] for name in OneTimeToken.__dataclass_fields__)
        statement = (
            sa.select(*columns)
            # By the primary key, which begins with the purpose: by its tenant's index, SQLite would read all
            # tokens of all purposes.
            .where(table.c.purpose == purpose, sa.func.coalesce(table.c.tenant_id, "") == self._tenant_id)
            .where(table.c.spent_at.is_(None), table.c.expires_at > now)
            .order_by(table.c.created_at.desc(), table.c.digest)
            .limit(most)
        )
        return [OneTimeToken(*each) for each in self._connection.execute(statement)]

    def revoke(self, purpose: str, account_id: str, now: int) -> None:
        table = self._tables.workflow_tokens
        self._connection.execute(
            table.update()
            .where(
                table.c.account_id == account_id,
                table.c.purpose == purpose,
                table.c.tenant_id == self._tenant_id,
                table.c.spent_at.is_(None),
            )
            .values(_spent(now))
        )

    def _can_be_spent(self, purpose: str, digest: str, now: int, application_id: str | None) -> list[Any]:
        table = self._tables.workflow_tokens
        of_application = [] if application_id is None else [table.c.application_id == application_id]
        return [
            *of_application,
            table.c.purpose == purpose,
            table.c.digest == digest,
            table.c.tenant_id == self._tenant_id,
            table.c.spent_at.is_(None),
            sa.or_(table.c.expires_at.is_(None), table.c.expires_at > now),
        ]


def remove_useless(connection: sa.Connection, tables: Tables, now: int) -> None:
    """Remove tokens, of all tenants, that are spent or have expired; the longest expired ones first."""
    table = tables.workflow_tokens
    key = (table.c.purpose, table.c.digest)
    # Rows that another transaction has locked are left to a later clean-up: this one waits for no lock.
    found = (
        sa.select(*key)
        .where(table.c.expires_at <= now)
        .order_by(table.c.expires_at)
        .limit(REMOVE_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    connection.execute(table.delete().where(sa.tuple_(*key).in_(found)))


def _spent(now: int) -> dict[str, int]:
    # A spent token counts as expired as well: the clean-up finds both by one index.
    return {"spent_at": now, "expires_at": now}
