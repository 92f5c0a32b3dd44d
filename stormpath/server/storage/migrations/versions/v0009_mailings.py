"""E-mails are counted apart from the messages, which go with their accounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BINARY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "mailings",
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.Column("address_key", BINARY_TEXT, nullable=False),
        sa.Column("account_key", BINARY_TEXT, nullable=False),
        sa.Column("directory_key", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_mailings_tenant_id", "mailings", ["tenant_id", "address_key", "created_at"])
    op.create_index("ix_mailings_account_key", "mailings", ["account_key", "created_at"])
    op.create_index("ix_mailings_directory_key", "mailings", ["directory_key", "created_at"])
    op.create_index("ix_mailings_created_at", "mailings", ["created_at"])
    for column in ("tenant_id", "directory_id", "account_id"):
        op.drop_index(f"ix_outbox_{column}", "outbox")
    op.drop_column("outbox", "address_key")
    op.create_index("ix_outbox_tenant_id", "outbox", ["tenant_id"])
    op.create_index("ix_outbox_account_id", "outbox", ["account_id"])
