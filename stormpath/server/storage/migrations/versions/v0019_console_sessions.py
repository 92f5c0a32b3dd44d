"""Sessions of administrators in the Admin Console."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "console_sessions",
        sa.Column("id", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("digest", BINARY_TEXT, nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, sa.ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False),
        sa.Column(
            "account_id", BINARY_TEXT, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("stage", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=False),
        sa.Column("proved_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("address", BINARY_TEXT, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("password_modified_at", sa.BigInteger, nullable=True),
    )
    op.create_index("uq_console_sessions_digest", "console_sessions", ["digest"], unique=True)
    for columns in (["tenant_id"], ["account_id", "created_at"], ["ends_at"], ["used_at"]):
        op.create_index(f"ix_console_sessions_{'_'.join(columns)}", "console_sessions", columns)
