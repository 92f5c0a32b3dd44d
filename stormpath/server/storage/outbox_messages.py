"""E-mails that wait in the outbox, beside what caused them."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from stormpath.server.domain.storage import QueuedEmail
from stormpath.server.storage.tables import Tables

PENDING: Final = "PENDING"
SENT: Final = "SENT"
DEAD: Final = "DEAD"

#: New messages come before those that were postponed, whatever the clock of their writer said.
AT_ONCE: Final = 0


def add(connection: sa.Connection, tables: Tables, tenant_id: str, message: QueuedEmail) -> None:
    """Put a message into the outbox, due at once."""
    values = {name: getattr(message, name) for name in QueuedEmail.__dataclass_fields__}
    row = {
        **values,
        "tenant_id": tenant_id,
        "state": PENDING,
        "attempts": 0,
        "due_at": AT_ONCE,
    }
    connection.execute(tables.outbox.insert(), [row])
