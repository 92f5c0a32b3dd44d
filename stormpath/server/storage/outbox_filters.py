"""Which messages of the outbox a sender takes, by the mail server that they go through."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from stormpath.server.domain.storage import (
    TENANTS,
    OutboxFilter,
)
from stormpath.server.schema import ENABLED


def limits(share: OutboxFilter, outbox: sa.Table, servers: sa.Table) -> Iterator[sa.ColumnElement[bool]]:
    """Yield what is true of the messages of a share, and of no others. ``servers`` are those of tenants."""
    if share.tenant_id is not None:
        yield outbox.c.tenant_id == share.tenant_id
    if share.but:
        yield outbox.c.tenant_id.not_in(share.but)
    if share.through is not None:
        is_tenants = sa.and_(*_goes_through_tenants(share, outbox, servers))
        yield is_tenants if share.through == TENANTS else ~is_tenants


def _goes_through_tenants(
    share: OutboxFilter, outbox: sa.Table, servers: sa.Table
) -> Iterator[sa.ColumnElement[bool]]:
    enabled = sa.select(servers.c.tenant_id).where(servers.c.status == ENABLED)
    yield outbox.c.tenant_id.in_(enabled)
    if share.fell_back:
        yield outbox.c.tenant_id.not_in(share.fell_back)
    if share.fallback_after is not None:
        yield outbox.c.attempts < share.fallback_after
