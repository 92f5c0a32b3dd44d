"""The people at providers for whom accounts were made, with what the last login told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_identities",
        sa.Column("account_id", BINARY_TEXT, nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.Column("directory_id", BINARY_TEXT, nullable=False),
        sa.Column("user_id", BINARY_TEXT, nullable=False),
        sa.Column("access_token", sa.LargeBinary(), nullable=True),
        sa.Column("access_token_secret", sa.LargeBinary(), nullable=True),
        sa.Column("refresh_token", sa.LargeBinary(), nullable=True),
        sa.Column("user_info", sa.JSON(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], ondelete="CASCADE"),
    )
    op.create_index(
        "uq_provider_identities_user_id",
        "provider_identities",
        ["tenant_id", "directory_id", "user_id"],
        unique=True,
    )
