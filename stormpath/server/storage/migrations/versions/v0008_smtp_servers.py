"""Mail servers of tenants, and the index of what waits to go through each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "smtp_servers",
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("port", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("password", sa.LargeBinary(), nullable=False),
        sa.Column("security_protocol", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_smtp_servers_tenant_id", "smtp_servers", ["tenant_id", "id"], unique=False)
    op.create_index("uq_smtp_servers_tenant_id", "smtp_servers", ["tenant_id"], unique=True)
    waiting = sa.text("state = 'PENDING'")
    due = ["state", "tenant_id", "due_at", "id"]
    op.create_index("ix_outbox_due_of_tenant", "outbox", due, sqlite_where=waiting, postgresql_where=waiting)
