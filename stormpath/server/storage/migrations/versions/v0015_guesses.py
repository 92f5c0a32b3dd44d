"""The counters of guesses at passwords, and the addresses from which accounts have logged in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "guesses",
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.Column("key", BINARY_TEXT, nullable=False),
        sa.Column("wrong", sa.BigInteger(), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_guesses_ends_at", "guesses", ["ends_at"])
    op.create_table(
        "known_addresses",
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.Column("account_key", BINARY_TEXT, nullable=False),
        sa.Column("address_key", BINARY_TEXT, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "account_key", "address_key"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_known_addresses_expires_at", "known_addresses", ["expires_at"])
