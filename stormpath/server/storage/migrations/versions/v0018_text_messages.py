"""Text messages in the outbox, beside e-mails."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("outbox", "mailings"):
        channel = sa.Column("channel", BINARY_TEXT, nullable=False, server_default="email")
        op.add_column(table, channel)
    op.add_column("outbox", sa.Column("challenge_id", BINARY_TEXT, nullable=True))
    waiting = sa.text("state = 'PENDING'")
    for name, columns in (
        ("ix_outbox_due_at", ["state", "channel", "due_at", "id"]),
        ("ix_outbox_due_of_tenant", ["state", "channel", "tenant_id", "due_at", "id"]),
    ):
        op.drop_index(name, "outbox")
        op.create_index(name, "outbox", columns, sqlite_where=waiting, postgresql_where=waiting)
