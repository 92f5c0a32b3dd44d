"""Security events, what administrators do in the console, and counts by day."""

from __future__ import annotations

import time
from typing import Final

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_KEPT_MS: Final = 400 * 24 * 60 * 60 * 1000

# One walk through the accounts, however many tenants there are.
_COUNT_REGISTRATIONS: Final = """
INSERT INTO daily_counts (tenant_id, day, kind, count)
SELECT tenant_id, created_at / 86400000, 'registrations', count(*) FROM accounts
WHERE created_at >= :since GROUP BY tenant_id, created_at / 86400000
"""


def upgrade() -> None:
    _create_security_events()
    _create_admin_actions()
    op.create_table(
        "daily_counts",
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("kind", BINARY_TEXT, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "day", "kind"),
        sqlite_with_rowid=False,
    )
    since = time.time_ns() // 1_000_000 - _KEPT_MS
    op.get_bind().execute(sa.text(_COUNT_REGISTRATIONS), {"since": since})
    is_dead = sa.text("state = 'DEAD'")
    op.create_index(
        "ix_outbox_dead_of_tenant",
        "outbox",
        ["tenant_id", "id"],
        sqlite_where=is_dead,
        postgresql_where=is_dead,
    )


def _create_security_events() -> None:
    op.create_table(
        "security_events",
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", BINARY_TEXT, nullable=False),
        sa.Column("outcome", BINARY_TEXT, nullable=False),
        sa.Column("account_id", BINARY_TEXT, nullable=True),
        sa.Column("application_id", BINARY_TEXT, nullable=True),
        sa.Column("actor_key_id", BINARY_TEXT, nullable=True),
        sa.Column("actor_account_id", BINARY_TEXT, nullable=True),
        sa.Column("address", BINARY_TEXT, nullable=True),
        sa.Column("request_id", BINARY_TEXT, nullable=True),
        sa.Column("reason", BINARY_TEXT, nullable=True),
        sa.Column("resource", BINARY_TEXT, nullable=True),
        sa.Column("resource_id", BINARY_TEXT, nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_security_events_event", "security_events", ["tenant_id", "event", "id"])
    is_of_account = sa.text("account_id IS NOT NULL")
    op.create_index(
        "ix_security_events_account",
        "security_events",
        ["tenant_id", "account_id", "event", "id"],
        sqlite_where=is_of_account,
        postgresql_where=is_of_account,
    )


def _create_admin_actions() -> None:
    op.create_table(
        "admin_actions",
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor_account_id", BINARY_TEXT, nullable=False),
        sa.Column("action", BINARY_TEXT, nullable=False),
        sa.Column("resource", BINARY_TEXT, nullable=False),
        sa.Column("resource_id", BINARY_TEXT, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("changed", sa.Text(), nullable=False),
        sa.Column("address", BINARY_TEXT, nullable=True),
        sa.Column("request_id", BINARY_TEXT, nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_admin_actions_resource_id", "admin_actions", ["tenant_id", "resource_id", "id"])
