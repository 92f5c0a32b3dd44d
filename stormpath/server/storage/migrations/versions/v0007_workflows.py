"""E-mail workflows: tokens that are spent once, the outbox, what is counted, where replies to e-mails go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("accounts", sa.Column("email_verification_token", sa.LargeBinary()))
    op.add_column("email_templates", sa.Column("reply_to", sa.Text()))
    op.create_table(
        "workflow_tokens",
        sa.Column("purpose", BINARY_TEXT, nullable=False),
        sa.Column("digest", BINARY_TEXT, nullable=False),
        _belongs("tenant_id", "tenants"),
        _belongs("account_id", "accounts"),
        sa.Column("application_id", BINARY_TEXT, sa.ForeignKey("applications.id", ondelete="SET NULL")),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("spent_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("purpose", "digest"),
    )
    op.create_index("ix_workflow_tokens_tenant_id", "workflow_tokens", ["tenant_id"])
    op.create_index("ix_workflow_tokens_account_id", "workflow_tokens", ["account_id", "purpose"])
    op.create_index("ix_workflow_tokens_application_id", "workflow_tokens", ["application_id"])
    op.create_index("ix_workflow_tokens_expires_at", "workflow_tokens", ["expires_at"])
    op.create_table(
        "outbox",
        sa.Column("id", BINARY_TEXT, nullable=False),
        _belongs("tenant_id", "tenants"),
        sa.Column("directory_id", BINARY_TEXT, nullable=False),
        _belongs("account_id", "accounts"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary()),
        sa.Column("state", BINARY_TEXT, nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger()),
        sa.Column("finished_at", sa.BigInteger()),
        sa.Column("claim", BINARY_TEXT),
        sa.Column("claim_seconds", sa.BigInteger()),
        sa.Column("last_error", sa.Text()),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_outbox_tenant_id", "outbox", ["tenant_id"])
    op.create_index("ix_outbox_account_id", "outbox", ["account_id"])
    op.create_index("ix_outbox_state", "outbox", ["state", "id"])
    waiting = sa.text("state = 'PENDING'")
    due = ["state", "due_at", "id"]
    op.create_index("ix_outbox_due_at", "outbox", due, sqlite_where=waiting, postgresql_where=waiting)
    taken = sa.text("claim IS NOT NULL")
    op.create_index("ix_outbox_claim", "outbox", ["claim"], sqlite_where=taken, postgresql_where=taken)
    op.create_table(
        "mailings",
        sa.Column("id", BINARY_TEXT, nullable=False),
        _belongs("tenant_id", "tenants"),
        sa.Column("address_key", BINARY_TEXT, nullable=False),
        sa.Column("account_key", BINARY_TEXT, nullable=False),
        sa.Column("directory_key", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_mailings_tenant_id", "mailings", ["tenant_id", "address_key", "created_at"])
    op.create_index("ix_mailings_account_key", "mailings", ["account_key", "created_at"])
    op.create_index("ix_mailings_directory_key", "mailings", ["directory_key", "created_at"])
    op.create_index("ix_mailings_created_at", "mailings", ["created_at"])


def _belongs(name: str, table: str) -> sa.Column[str]:
    return sa.Column(name, BINARY_TEXT, sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False)
