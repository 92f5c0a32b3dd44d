"""Tokens of the e-mail workflows: each is spent once, by one conditional UPDATE."""

from __future__ import annotations

from itertools import count
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.storage import OneTimeToken
from stormpath.server.storage.tables import Tables

#: Those that are of no use any more are removed by one new token in so many.
FORGET_EVERY: Final = 1000

#: As many at a time: more than come up meanwhile, and few enough for whoever makes that token.
FORGET_AT_ONCE: Final = 5 * FORGET_EVERY

_added: Final = count(1)


def add(connection: sa.Connection, tables: Tables, tenant_id: str, token: OneTimeToken) -> None:
    if next(_added) % FORGET_EVERY == 0:
        forget_useless(connection, tables, token.created_at)
    values = {name: getattr(token, name) for name in OneTimeToken.__dataclass_fields__}
    connection.execute(tables.workflow_tokens.insert(), [{"tenant_id": tenant_id, **values}])


def find(
    connection: sa.Connection,
    tables: Tables,
    tenant_id: str,
    purpose: str,
    digest: str,
    now: int,
    application_id: str | None,
) -> OneTimeToken | None:
    table = tables.workflow_tokens
    columns = (table.c[name] for name in OneTimeToken.__dataclass_fields__)
    statement = sa.select(*columns).where(*_good(table, tenant_id, purpose, digest, now, application_id))
    found = connection.execute(statement).one_or_none()
    return None if found is None else OneTimeToken(*found)


def spend(
    connection: sa.Connection,
    tables: Tables,
    tenant_id: str,
    purpose: str,
    digest: str,
    now: int,
    application_id: str | None,
) -> bool:
    table = tables.workflow_tokens
    good = _good(table, tenant_id, purpose, digest, now, application_id)
    return connection.execute(table.update().where(*good).values(_spent(now))).rowcount == 1


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
        .values(_spent(now))
    )


def forget_useless(connection: sa.Connection, tables: Tables, now: int) -> None:
    """Remove tokens, of all tenants, that are spent or have expired; those that did so first."""
    table = tables.workflow_tokens
    key = (table.c.purpose, table.c.digest)
    # Rows that another transaction holds are left to it: nobody waits for a clean-up.
    found = (
        sa.select(*key)
        .where(table.c.expires_at <= now)
        .order_by(table.c.expires_at)
        .limit(FORGET_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    connection.execute(table.delete().where(sa.tuple_(*key).in_(found)))


def _spent(now: int) -> dict[str, int]:
    # What is spent has expired as well: one index leads the clean-up to both.
    return {"spent_at": now, "expires_at": now}


def _good(
    table: sa.Table, tenant_id: str, purpose: str, digest: str, now: int, application_id: str | None
) -> list[Any]:
    of_application = [] if application_id is None else [table.c.application_id == application_id]
    return [
        *of_application,
        table.c.purpose == purpose,
        table.c.digest == digest,
        table.c.tenant_id == tenant_id,
        table.c.spent_at.is_(None),
        sa.or_(table.c.expires_at.is_(None), table.c.expires_at > now),
    ]
