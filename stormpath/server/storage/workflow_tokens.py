"""Tokens of the e-mail workflows: each is spent once, by one conditional UPDATE."""

from __future__ import annotations

from itertools import count
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.contract import WorkflowToken
from stormpath.server.storage.tables import Tables

#: Those that are of no use any more are removed by one new token in so many.
FORGET_EVERY: Final = 1000

_added: Final = count(1)


def add(connection: sa.Connection, tables: Tables, tenant_id: str, token: WorkflowToken) -> None:
    if next(_added) % FORGET_EVERY == 0:
        forget_useless(connection, tables, token.created_at)
    values = {name: getattr(token, name) for name in WorkflowToken.__dataclass_fields__}
    connection.execute(tables.workflow_tokens.insert(), [{"tenant_id": tenant_id, **values}])


def find(
    connection: sa.Connection, tables: Tables, tenant_id: str, purpose: str, digest: str, now: int
) -> WorkflowToken | None:
    table = tables.workflow_tokens
    columns = (table.c[name] for name in WorkflowToken.__dataclass_fields__)
    statement = sa.select(*columns).where(*_good(table, tenant_id, purpose, digest, now))
    found = connection.execute(statement).one_or_none()
    return None if found is None else WorkflowToken(*found)


def spend(
    connection: sa.Connection, tables: Tables, tenant_id: str, purpose: str, digest: str, now: int
) -> bool:
    table = tables.workflow_tokens
    statement = table.update().where(*_good(table, tenant_id, purpose, digest, now)).values(spent_at=now)
    return connection.execute(statement).rowcount == 1


def revoke(
    connection: sa.Connection, tables: Tables, tenant_id: str, purpose: str, account_id: str, now: int
) -> None:
    table = tables.workflow_tokens
    connection.execute(
        table.update()
        .where(
            table.c.account_id == account_id,
            table.c.purpose == purpose,
            table.c.tenant_id == tenant_id,
            table.c.spent_at.is_(None),
        )
        .values(spent_at=now)
    )


def forget_useless(connection: sa.Connection, tables: Tables, now: int) -> None:
    """Remove the tokens, of all tenants, that are spent or have expired."""
    table = tables.workflow_tokens
    key = (table.c.purpose, table.c.digest)
    useless = sa.or_(table.c.spent_at.is_not(None), table.c.expires_at <= now)
    # Rows that another transaction holds are left to it: nobody waits for a clean-up.
    found = sa.select(*key).where(useless).with_for_update(skip_locked=True)
    connection.execute(table.delete().where(sa.tuple_(*key).in_(found)))


def _good(table: sa.Table, tenant_id: str, purpose: str, digest: str, now: int) -> list[Any]:
    return [
        table.c.purpose == purpose,
        table.c.digest == digest,
        table.c.tenant_id == tenant_id,
        table.c.spent_at.is_(None),
        sa.or_(table.c.expires_at.is_(None), table.c.expires_at > now),
    ]
