"""Indexes for what the Admin Console lists of a whole tenant: accounts by status, and the newest messages."""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_accounts_tenant_id_status", "accounts", ["tenant_id", "status", "id"])
    op.drop_index("ix_outbox_tenant_id", "outbox")
    op.create_index("ix_outbox_tenant_id", "outbox", ["tenant_id", "id"])
