"""Organizations, their account store mappings, account links and linking policies."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _organizations()
    _organization_mappings()
    _organizations_as_stores()
    _account_links()
    _linking_policies()


def _standard() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
    ]


def _cascade(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], ondelete="CASCADE")


def _index_owner(table: str, column: str) -> None:
    # PostgreSQL keeps 63 characters of a name.
    op.create_index(f"ix_{table}_{column}"[:63], table, [column, "id"], unique=False)


def _organizations() -> None:
    op.create_table(
        "organizations",
        *_standard(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", BINARY_TEXT, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("label_key", BINARY_TEXT, nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("description_key", BINARY_TEXT, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        _cascade("tenant_id", "tenants"),
        sa.PrimaryKeyConstraint("id"),
    )
    _index_owner("organizations", "tenant_id")
    op.create_index("uq_organizations_name", "organizations", ["tenant_id", "name_key"], unique=True)
    op.create_index("uq_organizations_label", "organizations", ["tenant_id", "label_key"], unique=True)
    op.create_table(
        "organizations_custom_data",
        sa.Column("owner_id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        _cascade("owner_id", "organizations"),
        sa.PrimaryKeyConstraint("owner_id"),
    )


def _organization_mappings() -> None:
    table = "organization_account_store_mappings"
    op.create_table(
        table,
        *_standard(),
        sa.Column("organization_id", BINARY_TEXT, nullable=False),
        sa.Column("account_store_directory_id", BINARY_TEXT, nullable=True),
        sa.Column("account_store_group_id", BINARY_TEXT, nullable=True),
        sa.Column("list_index", sa.BigInteger(), nullable=False),
        sa.Column("is_default_account_store", sa.Boolean(), nullable=False),
        sa.Column("is_default_group_store", sa.Boolean(), nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        _cascade("organization_id", "organizations"),
        _cascade("account_store_directory_id", "directories"),
        _cascade("account_store_group_id", "groups"),
        _cascade("tenant_id", "tenants"),
        sa.PrimaryKeyConstraint("id"),
    )
    stores = ("account_store_directory_id", "account_store_group_id")
    for column in ("organization_id", *stores, "tenant_id"):
        _index_owner(table, column)
    for column in stores:
        op.create_index(f"uq_{table}_{column}"[:63], table, ["organization_id", column], unique=True)
    for flag in ("is_default_account_store", "is_default_group_store"):
        op.create_index(
            f"uq_{table}_{flag}"[:63],
            table,
            ["organization_id"],
            unique=True,
            sqlite_where=sa.text(flag),
            postgresql_where=sa.text(flag),
        )


def _organizations_as_stores() -> None:
    table, column = "account_store_mappings", "account_store_organization_id"
    collation = ' COLLATE "C"' if op.get_bind().dialect.name == "postgresql" else ""
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} TEXT{collation} "
        "REFERENCES organizations (id) ON DELETE CASCADE"
    )
    _index_owner(table, column)
    op.create_index(f"uq_{table}_{column}", table, ["application_id", column], unique=True)


def _account_links() -> None:
    op.create_table(
        "account_links",
        *_standard(),
        sa.Column("left_account_id", BINARY_TEXT, nullable=False),
        sa.Column("right_account_id", BINARY_TEXT, nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        _cascade("left_account_id", "accounts"),
        _cascade("right_account_id", "accounts"),
        _cascade("tenant_id", "tenants"),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("left_account_id", "right_account_id", "tenant_id"):
        _index_owner("account_links", column)
    op.create_index(
        "uq_account_links_right_account_id",
        "account_links",
        ["left_account_id", "right_account_id"],
        unique=True,
    )


def _linking_policies() -> None:
    op.create_table(
        "account_linking_policies",
        *_standard(),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("automatic_provisioning", sa.Text(), nullable=False),
        sa.Column("matching_property", sa.Text(), nullable=True),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.Column("application_id", BINARY_TEXT, nullable=True),
        sa.Column("organization_id", BINARY_TEXT, nullable=True),
        _cascade("tenant_id", "tenants"),
        _cascade("application_id", "applications"),
        _cascade("organization_id", "organizations"),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("tenant_id", "application_id", "organization_id"):
        _index_owner("account_linking_policies", column)
    # The applications that are there get what each new one starts with.
    op.execute(
        "INSERT INTO account_linking_policies "
        "(id, created_at, modified_at, status, automatic_provisioning, tenant_id, application_id) "
        "SELECT id, created_at, created_at, 'DISABLED', 'DISABLED', tenant_id, id FROM applications"
    )
