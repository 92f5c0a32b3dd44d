"""An index of imported password hashes, by which their kinds are counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        # Hashes of one kind stand together, whatever the cluster's locale is. No row is rewritten.
        op.execute('ALTER TABLE accounts ALTER COLUMN password_hash TYPE text COLLATE "C"')
    imported = sa.text("substr(password_hash, 1, 2) IN ('$2', '$s')")
    op.create_index(
        "ix_accounts_imported_hash",
        "accounts",
        ["directory_id", "password_hash"],
        sqlite_where=imported,
        postgresql_where=imported,
    )
