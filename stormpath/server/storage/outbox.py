"""The outbox: e-mails that wait to be sent, beside what caused them."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from stormpath.server.contract import Message
from stormpath.server.query import fold
from stormpath.server.storage.tables import Tables

PENDING: Final = "PENDING"
SENT: Final = "SENT"
DEAD: Final = "DEAD"


def add(connection: sa.Connection, tables: Tables, tenant_id: str, message: Message) -> None:
    """Put a message into the outbox, due at once."""
    values = {name: getattr(message, name) for name in Message.__dataclass_fields__}
    row = {
        **values,
        "tenant_id": tenant_id,
        "address_key": fold(message.address),
        "state": PENDING,
        "attempts": 0,
        "due_at": message.created_at,
    }
    connection.execute(tables.outbox.insert(), [row])


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
    """Return when the message was made that is the ``number``-th latest of those with that value.

    Only those made after ``since`` are looked at, and not after ``until``.
    """
    table = tables.outbox
    compared = table.c.address_key == fold(value) if column == "address" else table.c[column] == value
    statement = (
        sa.select(table.c.created_at)
        .where(compared, table.c.tenant_id == tenant_id)
        .where(table.c.created_at > since, table.c.created_at <= until)
        .order_by(table.c.created_at.desc())
        .offset(number - 1)
        .limit(1)
    )
    found: int | None = connection.execute(statement).scalar_one_or_none()
    return found
