"""Which rate limits on messages are reached, for operators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa

from stormpath.server.domain.outbox import ReachedLimit
from stormpath.server.storage.outbox_writer import UNCOUNTED
from stormpath.server.storage.tables import Tables

#: How many of each are shown, those with most messages first.
MOST: Final = 100


def reached_limits(
    connection: sa.Connection,
    tables: Tables,
    limits: dict[str, int],
    since: int,
    until: int,
    channel: str,
    tenant_id: str | None = None,
) -> Iterator[ReachedLimit]:
    """Yield what got as many messages of one kind and channel as its limit between two times.

    ``limits`` are by what they limit: account, address or directory; 0 is none. ``tenant_id`` is the only
    tenant, where it is named.
    """
    counted, entries = tables.mailings, tables.outbox
    own = () if tenant_id is None else (counted.c.tenant_id == tenant_id,)
    for what, limit in limits.items():
        if not limit:
            continue
        key, number = counted.c[f"{what}_key"], sa.func.count()
        # Rows of accounts that were deleted meanwhile are counted, and name none.
        statement = (
            sa.select(
                counted.c.tenant_id,
                sa.func.max(entries.c.directory_id),
                sa.func.max(entries.c.account_id),
                sa.func.max(entries.c.kind),
                number,
            )
            .join_from(counted, entries, entries.c.id == counted.c.id, isouter=True)
            .where(counted.c.created_at > since, counted.c.created_at <= until, key != UNCOUNTED)
            .where(counted.c.channel == channel, *own)
            .group_by(counted.c.tenant_id, key)
            .having(number >= limit)
            .order_by(number.desc())
            .limit(MOST)
        )
        for tenant, directory, account, kind, messages in connection.execute(statement):
            of_account = None if what == "directory" else account
            yield ReachedLimit(what, limit, messages, kind, tenant, directory, of_account, channel)
