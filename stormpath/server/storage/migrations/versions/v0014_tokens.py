"""Access and refresh tokens, and the rules of an application for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("o_auth_policies", _switch("refresh_token_rotation", "DISABLED"))
    op.add_column("o_auth_policies", _switch("revoke_tokens_on_password_change", "ENABLED"))
    _tokens("access_tokens", sa.Column("api_key_id", BINARY_TEXT))
    _tokens("refresh_tokens")
    op.create_table(
        "spent_refresh_tokens",
        sa.Column("id", BINARY_TEXT, nullable=False),
        _owner("tenant_id", "tenants"),
        _owner("account_id", "accounts"),
        _owner("application_id", "applications"),
        sa.Column("grant_id", BINARY_TEXT, nullable=False),
        sa.Column("successor_id", BINARY_TEXT, nullable=False),
        sa.Column("spent_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("account_id", "application_id", "expires_at", "grant_id", "tenant_id"):
        op.create_index(f"ix_spent_refresh_tokens_{column}", "spent_refresh_tokens", [column])


def _tokens(name: str, *more: sa.Column[str]) -> None:
    op.create_table(
        name,
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("jwt", sa.LargeBinary(), nullable=False),
        _owner("account_id", "accounts"),
        _owner("application_id", "applications"),
        _owner("tenant_id", "tenants"),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("grant_id", BINARY_TEXT),
        *more,
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("account_id", "application_id", "expires_at", "grant_id", "tenant_id"):
        op.create_index(f"ix_{name}_{column}", name, [column, "id"])


def _switch(name: str, default: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _owner(name: str, table: str) -> sa.Column[str]:
    return sa.Column(name, BINARY_TEXT, sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False)
