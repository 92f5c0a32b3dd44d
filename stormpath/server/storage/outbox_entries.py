"""How entries of the outbox are read for people, without their content."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from stormpath.server.domain.outbox import DECOY, OutboxEntry
from stormpath.server.storage.outbox_writer import AT_ONCE


def select_entries(table: sa.Table) -> sa.Select[Any]:
    """Return the statement that reads them, in the order of the fields of ``OutboxEntry``; no decoys."""
    columns: dict[str, sa.ColumnElement[Any]] = {
        **{name: column for name, column in table.c.items()},
        "due_at": sa.func.coalesce(sa.func.nullif(table.c.due_at, AT_ONCE), table.c.created_at),
        "is_leased": table.c.claim.is_not(None),
    }
    shown = (columns[name] for name in OutboxEntry.__dataclass_fields__)
    return sa.select(*shown).where(table.c.state != DECOY)
