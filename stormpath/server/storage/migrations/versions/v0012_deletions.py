"""The ids of deleted resources, and a folded copy of the names of schemas' fields, which are searched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deletions",
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("resource", BINARY_TEXT, nullable=False),
        sa.Column("deleted_with", BINARY_TEXT, nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", "resource", "deleted_with"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_deletions_deleted_at", "deletions", ["deleted_at"])
    op.add_column("fields", sa.Column("name_key", BINARY_TEXT))
    # givenName and surname, whose folded form is the same as in lower case.
    op.execute("UPDATE fields SET name_key = lower(name)")
    with op.batch_alter_table("fields") as fields:
        fields.alter_column("name_key", existing_type=BINARY_TEXT, nullable=False)
