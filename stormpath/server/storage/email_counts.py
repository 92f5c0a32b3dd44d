"""When e-mails were caused, and for whom: this stays when an account and its messages are deleted."""

from __future__ import annotations

from itertools import count
from typing import Final

import sqlalchemy as sa

from stormpath.server.domain.storage import EmailCount
from stormpath.server.storage.tables import Tables

#: Those that no count asks for any more are removed by one new one in so many, a few more at a time.
FORGET_EVERY: Final = 100
FORGET_AT_ONCE: Final = 5 * FORGET_EVERY

_added: Final = count(1)


def add(
    connection: sa.Connection, tables: Tables, tenant_id: str, mailing: EmailCount, forget_before: int
) -> None:
    if next(_added) % FORGET_EVERY == 0:
        forget(connection, tables, forget_before)
    connection.execute(tables.mailings.insert(), [{"tenant_id": tenant_id, **mailing._asdict()}])


def nth_latest(
    connection: sa.Connection,
    tables: Tables,
    tenant_id: str,
    column: str,
    value: str,
    number: int,
    since: int,
    until: int,
) -> int | None:
    """Return when the mailing was that is the ``number``-th latest of those with that value.

    Only those after ``since`` are looked at, and not after ``until``.
    """
    table = tables.mailings
    statement = (
        sa.select(table.c.created_at)
        .where(table.c[column] == value, table.c.tenant_id == tenant_id)
        .where(table.c.created_at > since, table.c.created_at <= until)
        .order_by(table.c.created_at.desc())
        .offset(number - 1)
        .limit(1)
    )
    found: int | None = connection.execute(statement).scalar_one_or_none()
    return found


def forget(connection: sa.Connection, tables: Tables, before: int) -> None:
    """Remove mailings, of all tenants, that were before that time; the oldest first."""
    table = tables.mailings
    # Rows that another transaction removes are left to it: nobody waits for a clean-up.
    found = (
        sa.select(table.c.id)
        .where(table.c.created_at < before)
        .order_by(table.c.created_at)
        .limit(FORGET_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    connection.execute(table.delete().where(table.c.id.in_(found)))
