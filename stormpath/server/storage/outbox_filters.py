"""The conditions of an ``OutboxFilter``: the channel of entries, and the mail server they go through."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from stormpath.server.domain.outbox import TENANTS, OutboxFilter
from stormpath.server.schema import ENABLED


def conditions(filter: OutboxFilter, outbox: sa.Table, servers: sa.Table) -> Iterator[sa.ColumnElement[bool]]:
    """Yield the conditions that entries in the filter meet together. ``servers`` are those of tenants."""
    yield outbox.c.channel == filter.channel
    if filter.tenant_id is not None:
        yield outbox.c.tenant_id == filter.tenant_id
    if filter.but:
        yield outbox.c.tenant_id.not_in(filter.but)
    if filter.through is not None:
        is_tenants = sa.and_(*_goes_through_tenants(filter, outbox, servers))
        yield is_tenants if filter.through == TENANTS else ~is_tenants


def _goes_through_tenants(
    filter: OutboxFilter, outbox: sa.Table, servers: sa.Table
) -> Iterator[sa.ColumnElement[bool]]:
    enabled = sa.select(servers.c.tenant_id).where(servers.c.status == ENABLED)
    yield outbox.c.tenant_id.in_(enabled)
    if filter.fell_back:
        yield outbox.c.tenant_id.not_in(filter.fell_back)
    if filter.fallback_after is not None:
        yield outbox.c.attempts < filter.fallback_after
