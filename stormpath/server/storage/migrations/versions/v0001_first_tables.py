"""The first tables: tenants, applications, directories, accounts, groups, custom data, API keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# What SQLite gets as a Python function (storage.sqlite_functions.instant).
CUSTOM_DATA_INSTANT = r"""
CREATE FUNCTION custom_data_instant(value text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE SET timezone TO 'UTC' AS $$
BEGIN
    IF value !~ ('^[0-9]{4}-[0-9]{2}-[0-9]{2}'
        '([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?'
        '(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])?)?$')
    THEN
        RETURN NULL;
    END IF;
    RETURN floor(extract(epoch FROM value::timestamptz) * 1000);
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(CUSTOM_DATA_INSTANT)
    op.create_table(
        "nonces",
        sa.Column("purpose", BINARY_TEXT, nullable=False),
        sa.Column("value", BINARY_TEXT, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("purpose", "value"),
    )
    op.create_index("ix_nonces_expires_at", "nonces", ["expires_at"], unique=False)
    op.create_table(
        "service_state",
        sa.Column("name", BINARY_TEXT, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "tenants",
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", BINARY_TEXT, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("key_key", BINARY_TEXT, nullable=False),
        sa.Column("owner_account_id", BINARY_TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("uq_tenants_key", "tenants", ["key_key"], unique=True)
    op.create_table(
        "applications",
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", BINARY_TEXT, nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("description_key", BINARY_TEXT, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("authorized_callback_uris", sa.JSON(), nullable=False),
        sa.Column("authorized_origin_uris", sa.JSON(), nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_applications_tenant_id", "applications", ["tenant_id", "id"], unique=False)
    op.create_index("uq_applications_name", "applications", ["tenant_id", "name_key"], unique=True)
    op.create_table(
        "directories",
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", BINARY_TEXT, nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("description_key", BINARY_TEXT, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_directories_tenant_id", "directories", ["tenant_id", "id"], unique=False)
    op.create_index("uq_directories_name", "directories", ["tenant_id", "name_key"], unique=True)
    op.create_table(
        "tenants_custom_data",
        sa.Column("owner_id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["tenants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id"),
    )
    op.create_table(
        "accounts",
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("username_key", BINARY_TEXT, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", BINARY_TEXT, nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("given_name", sa.Text(), nullable=True),
        sa.Column("given_name_key", BINARY_TEXT, nullable=True),
        sa.Column("middle_name", sa.Text(), nullable=True),
        sa.Column("middle_name_key", BINARY_TEXT, nullable=True),
        sa.Column("surname", sa.Text(), nullable=True),
        sa.Column("surname_key", BINARY_TEXT, nullable=True),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("full_name_key", BINARY_TEXT, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("email_verification_status", sa.Text(), nullable=False),
        sa.Column("password_modified_at", sa.BigInteger(), nullable=True),
        sa.Column("directory_id", BINARY_TEXT, nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["directory_id"], ["directories.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_accounts_directory_id", "accounts", ["directory_id", "id"], unique=False)
    op.create_index("ix_accounts_tenant_id", "accounts", ["tenant_id", "id"], unique=False)
    op.create_index("uq_accounts_email", "accounts", ["directory_id", "email_key"], unique=True)
    op.create_index("uq_accounts_username", "accounts", ["directory_id", "username_key"], unique=True)
    op.create_table(
        "applications_custom_data",
        sa.Column("owner_id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["applications.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id"),
    )
    op.create_table(
        "directories_custom_data",
        sa.Column("owner_id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["directories.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id"),
    )
    op.create_table(
        "groups",
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", BINARY_TEXT, nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("description_key", BINARY_TEXT, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("directory_id", BINARY_TEXT, nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["directory_id"], ["directories.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_groups_directory_id", "groups", ["directory_id", "id"], unique=False)
    op.create_index("ix_groups_tenant_id", "groups", ["tenant_id", "id"], unique=False)
    op.create_index("uq_groups_name", "groups", ["directory_id", "name_key"], unique=True)
    op.create_table(
        "account_store_mappings",
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("application_id", BINARY_TEXT, nullable=False),
        sa.Column("account_store_directory_id", BINARY_TEXT, nullable=True),
        sa.Column("account_store_group_id", BINARY_TEXT, nullable=True),
        sa.Column("list_index", sa.BigInteger(), nullable=False),
        sa.Column("is_default_account_store", sa.Boolean(), nullable=False),
        sa.Column("is_default_group_store", sa.Boolean(), nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["account_store_directory_id"], ["directories.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account_store_group_id"], ["groups.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_account_store_mappings_account_store_directory_id",
        "account_store_mappings",
        ["account_store_directory_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_account_store_mappings_account_store_group_id",
        "account_store_mappings",
        ["account_store_group_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_account_store_mappings_application_id",
        "account_store_mappings",
        ["application_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_account_store_mappings_tenant_id", "account_store_mappings", ["tenant_id", "id"], unique=False
    )
    op.create_index(
        "uq_account_store_mappings_account_store_directory_id",
        "account_store_mappings",
        ["application_id", "account_store_directory_id"],
        unique=True,
    )
    op.create_index(
        "uq_account_store_mappings_account_store_group_id",
        "account_store_mappings",
        ["application_id", "account_store_group_id"],
        unique=True,
    )
    op.create_index(
        "uq_account_store_mappings_is_default_account_store",
        "account_store_mappings",
        ["application_id"],
        unique=True,
        sqlite_where=sa.text("is_default_account_store"),
        postgresql_where=sa.text("is_default_account_store"),
    )
    op.create_index(
        "uq_account_store_mappings_is_default_group_store",
        "account_store_mappings",
        ["application_id"],
        unique=True,
        sqlite_where=sa.text("is_default_group_store"),
        postgresql_where=sa.text("is_default_group_store"),
    )
    op.create_table(
        "accounts_custom_data",
        sa.Column("owner_id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["accounts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.Column("account_id", BINARY_TEXT, nullable=False),
        sa.Column("encrypted_secret", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_api_keys_account_id", "api_keys", ["account_id"], unique=False)
    op.create_index("ix_api_keys_tenant_id", "api_keys", ["tenant_id"], unique=False)
    op.create_table(
        "group_memberships",
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("account_id", BINARY_TEXT, nullable=False),
        sa.Column("group_id", BINARY_TEXT, nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_group_memberships_account_id", "group_memberships", ["account_id", "id"], unique=False
    )
    op.create_index("ix_group_memberships_group_id", "group_memberships", ["group_id", "id"], unique=False)
    op.create_index("ix_group_memberships_tenant_id", "group_memberships", ["tenant_id", "id"], unique=False)
    op.create_index(
        "uq_group_memberships_group_id", "group_memberships", ["account_id", "group_id"], unique=True
    )
    op.create_table(
        "groups_custom_data",
        sa.Column("owner_id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["groups.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("owner_id"),
    )
