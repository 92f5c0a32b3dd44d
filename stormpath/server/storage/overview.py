"""The numbers that the console shows of a tenant at first, in SQL."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from stormpath.server.domain.outbox import DEAD, EMAIL, PENDING, SMS
from stormpath.server.domain.overview import Overview
from stormpath.server.domain.security_events import MOST_LISTED
from stormpath.server.storage import counts
from stormpath.server.storage.database import Database
from stormpath.server.storage.outbox_writer import AT_ONCE

# The states are written into the statements: with a parameter, neither database uses the partial indexes.
_DEAD: Final = (
    f"SELECT count(*) FROM (SELECT id FROM outbox WHERE state = '{DEAD}' AND tenant_id = :tenant "  # noqa: S608  # Our own names.
    "LIMIT :most) AS dead"
)


def _first_of(channel: str, column: str, condition: str) -> str:
    return (
        f"SELECT * FROM (SELECT {column} AS since FROM outbox WHERE state = '{PENDING}' "  # noqa: S608  # Our own names.
        f"AND channel = '{channel}' AND tenant_id = :tenant AND due_at {condition} "
        f"ORDER BY due_at, id LIMIT 1) AS {channel}_{column}"
    )


# What is to be sent at once is due since it was added.
_FIRST_DUE: Final = " UNION ALL ".join(
    _first_of(channel, column, condition)
    for channel in (EMAIL, SMS)
    for column, condition in (("created_at", f"= {AT_ONCE}"), ("due_at", f"> {AT_ONCE}"))
)
_OLDEST_DUE: Final = f"SELECT min(since) FROM ({_FIRST_DUE}) AS first"  # noqa: S608  # Our own names.


def overview(database: Database, tenant_id: str, now: int) -> Overview:
    """Return a tenant's numbers; ``now`` is in milliseconds since 1970. Each is found by an index."""
    given = {"tenant": tenant_id}
    with database.connect() as connection:
        accounts = counts.totals(connection, database.tables, "account", [tenant_id])
        dead = connection.execute(sa.text(_DEAD), {**given, "most": MOST_LISTED}).scalar_one()
        oldest = connection.execute(sa.text(_OLDEST_DUE), given).scalar()
    oldest_due = None if oldest is None or oldest > now else int(oldest)
    return Overview(accounts.get(tenant_id, 0), int(dead), oldest_due)
