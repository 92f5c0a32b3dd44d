"""Phones, second factors, their challenges and their recovery codes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _resource(
        "phones",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("number_key", BINARY_TEXT, nullable=False),
        sa.Column("name", sa.Text()),
        sa.Column("name_key", BINARY_TEXT),
        sa.Column("description", sa.Text()),
        sa.Column("description_key", BINARY_TEXT),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("verification_status", sa.Text(), nullable=False),
        _owner("account_id", "accounts"),
        _owner("tenant_id", "tenants"),
        indexes=("account_id", "tenant_id"),
    )
    op.create_index("uq_phones_number", "phones", ["account_id", "number_key"], unique=True)
    _resource(
        "factors",
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("verification_status", sa.Text(), nullable=False),
        sa.Column("phone_id", BINARY_TEXT, sa.ForeignKey("phones.id", ondelete="CASCADE")),
        sa.Column("account_name", sa.Text()),
        sa.Column("issuer", sa.Text()),
        sa.Column("secret", sa.LargeBinary()),
        sa.Column("remaining", sa.BigInteger()),
        _owner("account_id", "accounts"),
        _owner("tenant_id", "tenants"),
        sa.Column("last_step", sa.BigInteger()),
        indexes=("account_id", "phone_id", "tenant_id"),
    )
    op.create_index("uq_factors_phone_id", "factors", ["tenant_id", "phone_id"], unique=True)
    _resource(
        "challenges",
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("message", sa.Text()),
        _owner("factor_id", "factors"),
        _owner("account_id", "accounts"),
        _owner("tenant_id", "tenants"),
        sa.Column("factor_type", sa.Text(), nullable=False),
        sa.Column("code_digest", BINARY_TEXT),
        sa.Column("wrong_codes", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        indexes=("account_id", "factor_id", "tenant_id"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("tenant_id", BINARY_TEXT, sa.ForeignKey("tenants.id", ondelete="CASCADE"), nullable=False),
        sa.Column("factor_id", BINARY_TEXT, sa.ForeignKey("factors.id", ondelete="CASCADE"), nullable=False),
        sa.Column("digest", BINARY_TEXT, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "factor_id", "digest"),
    )
    op.create_index("ix_recovery_codes_factor_id", "recovery_codes", ["factor_id"])


def _resource(name: str, *columns: sa.Column[Any], indexes: tuple[str, ...]) -> None:
    op.create_table(
        name,
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id"),
    )
    for column in indexes:
        op.create_index(f"ix_{name}_{column}", name, [column, "id"])


def _owner(name: str, table: str) -> sa.Column[str]:
    return sa.Column(name, BINARY_TEXT, sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False)
