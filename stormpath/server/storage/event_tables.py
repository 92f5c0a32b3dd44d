"""The tables of security events, of what administrators did, and of counts by day.

None has a foreign key. Events outlive what they are about, and a batch of many tenants must not fail for one
row. Each is read by tenant, so that SQLite keeps its rows in that order.
"""

from __future__ import annotations

import sqlalchemy as sa

from stormpath.server.storage.column_types import BINARY_TEXT


def security_events(metadata: sa.MetaData) -> sa.Table:
    """Declare the stored security events."""
    table = sa.Table(
        "security_events",
        metadata,
        sa.Column("tenant_id", BINARY_TEXT, primary_key=True, nullable=False),
        # In the order of time, as all ids are.
        sa.Column("id", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("event", BINARY_TEXT, nullable=False),
        sa.Column("outcome", BINARY_TEXT, nullable=False),
        sa.Column("account_id", BINARY_TEXT),
        sa.Column("application_id", BINARY_TEXT),
        sa.Column("actor_key_id", BINARY_TEXT),
        sa.Column("actor_account_id", BINARY_TEXT),
        sa.Column("address", BINARY_TEXT),
        sa.Column("request_id", BINARY_TEXT),
        sa.Column("reason", BINARY_TEXT),
        sa.Column("resource", BINARY_TEXT),
        sa.Column("resource_id", BINARY_TEXT),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Index("ix_security_events_event", "tenant_id", "event", "id"),
        sqlite_with_rowid=False,
    )
    is_of_account = table.c.account_id.is_not(None)
    of_account = (table.c.tenant_id, table.c.account_id, table.c.event, table.c.id)
    sa.Index(
        "ix_security_events_account", *of_account, sqlite_where=is_of_account, postgresql_where=is_of_account
    )
    return table


def admin_actions(metadata: sa.MetaData) -> sa.Table:
    """Declare what administrators did in the console."""
    return sa.Table(
        "admin_actions",
        metadata,
        sa.Column("tenant_id", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("id", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("actor_account_id", BINARY_TEXT, nullable=False),
        sa.Column("action", BINARY_TEXT, nullable=False),
        sa.Column("resource", BINARY_TEXT, nullable=False),
        sa.Column("resource_id", BINARY_TEXT, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("changed", sa.Text, nullable=False),
        sa.Column("address", BINARY_TEXT),
        sa.Column("request_id", BINARY_TEXT),
        sa.Index("ix_admin_actions_resource_id", "tenant_id", "resource_id", "id"),
        sqlite_with_rowid=False,
    )


def daily_counts(metadata: sa.MetaData) -> sa.Table:
    """Declare how often something happened to a tenant on one day."""
    return sa.Table(
        "daily_counts",
        metadata,
        sa.Column("tenant_id", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("day", sa.BigInteger, primary_key=True, nullable=False, autoincrement=False),
        sa.Column("kind", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def index_dead_messages(outbox: sa.Table) -> None:
    """Declare the index by which the messages of a tenant that were given up are counted."""
    is_dead = outbox.c.state == sa.literal_column("'DEAD'")
    sa.Index(
        "ix_outbox_dead_of_tenant",
        outbox.c.tenant_id,
        outbox.c.id,
        sqlite_where=is_dead,
        postgresql_where=is_dead,
    )
