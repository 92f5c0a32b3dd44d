"""Separate administrators, and the prevention of common passwords: both off for the tenants there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenants", sa.Column("administrators", sa.Text(), nullable=False, server_default="shared"))
    op.add_column("tenants", _switched_off("prevents_common_passwords"))
    op.add_column("strength", _switched_off("prevent_common"))


def _switched_off(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
