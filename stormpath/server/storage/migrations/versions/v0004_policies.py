"""Password and account creation policies, account schemas, e-mail templates, password history."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from stormpath.server.mail.default_templates import DEFAULT_TEMPLATES
from stormpath.server.schema import ids

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BINARY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

STRENGTH = {
    "min_length": 8,
    "max_length": 100,
    "min_lower_case": 1,
    "min_upper_case": 1,
    "min_numeric": 1,
    "min_symbol": 0,
    "min_diacritic": 0,
    "prevent_reuse": 0,
}


def upgrade() -> None:
    history()
    policies = directory_table(
        "password_policies",
        sa.Column("reset_token_ttl", sa.BigInteger(), nullable=False),
        sa.Column("reset_email_status", sa.Text(), nullable=False),
        sa.Column("reset_success_email_status", sa.Text(), nullable=False),
    )
    strengths = owned_table(
        "strength",
        *(sa.Column(each, sa.BigInteger(), nullable=False) for each in STRENGTH),
        sa.Column("password_policy_id", BINARY_TEXT, nullable=False),
        owners={"password_policy_id": "password_policies"},
    )
    creation = directory_table(
        "account_creation_policies",
        sa.Column("verification_email_status", sa.Text(), nullable=False),
        sa.Column("verification_success_email_status", sa.Text(), nullable=False),
        sa.Column("welcome_email_status", sa.Text(), nullable=False),
        sa.Column("email_domain_whitelist", sa.JSON(), nullable=False),
        sa.Column("email_domain_blacklist", sa.JSON(), nullable=False),
    )
    templates = directory_table(
        "email_templates",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("from_name", sa.Text(), nullable=True),
        sa.Column("from_email_address", sa.Text(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text_body", sa.Text(), nullable=False),
        sa.Column("html_body", sa.Text(), nullable=False),
        sa.Column("mime_type", sa.Text(), nullable=False),
        sa.Column("default_model", sa.JSON(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
    )
    schemas = directory_table("schemas")
    fields = owned_table(
        "fields",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("schema_id", BINARY_TEXT, nullable=False),
        owners={"schema_id": "schemas"},
    )
    op.create_index("uq_fields_name", "fields", ["schema_id", "name"], unique=True)
    fill(policies, strengths, creation, templates, schemas, fields)


def history() -> None:
    op.create_table(
        "password_history",
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("account_id", BINARY_TEXT, nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_password_history_account_id", "password_history", ["account_id", "id"], unique=False)


def directory_table(name: str, *columns: sa.Column[Any]) -> sa.Table:
    own = sa.Column("directory_id", BINARY_TEXT, nullable=False)
    return owned_table(name, *columns, own, owners={"directory_id": "directories"})


def owned_table(name: str, *columns: sa.Column[Any], owners: dict[str, str]) -> sa.Table:
    """Make a table whose rows go with their owners, and with the tenant; return it."""
    owners = {**owners, "tenant_id": "tenants"}
    table = op.create_table(
        name,
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        *columns,
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [f"{owner}.id"], ondelete="CASCADE")
            for column, owner in owners.items()
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in owners:
        op.create_index(f"ix_{name}_{column}", name, [column, "id"], unique=False)
    return table


def fill(
    policies: sa.Table,
    strengths: sa.Table,
    creation: sa.Table,
    templates: sa.Table,
    schemas: sa.Table,
    fields: sa.Table,
) -> None:
    """Give the directories that are there what a new one starts with."""
    directories = op.get_bind().execute(sa.text("SELECT id, tenant_id, created_at FROM directories")).all()
    for id, tenant_id, created_at in directories:
        row = {"tenant_id": tenant_id, "created_at": created_at, "modified_at": created_at}
        own = {**row, "id": id, "directory_id": id}
        switched_on = dict.fromkeys(("reset_email_status", "reset_success_email_status"), "ENABLED")
        insert(policies, {**own, "reset_token_ttl": 24, **switched_on})
        insert(strengths, {**row, "id": id, "password_policy_id": id, **STRENGTH})
        switched_off = dict.fromkeys(
            ("verification_email_status", "verification_success_email_status", "welcome_email_status"),
            "DISABLED",
        )
        lists: dict[str, list[str]] = {"email_domain_whitelist": [], "email_domain_blacklist": []}
        insert(creation, {**own, **switched_off, **lists})
        insert(schemas, own)
        insert(
            fields,
            *(
                {**row, "id": ids.new_id(created_at), "schema_id": id, "name": name, "required": False}
                for name in ("givenName", "surname")
            ),
        )
        insert(templates, *(template(row, id, kind) for kind in DEFAULT_TEMPLATES))


def template(row: dict[str, Any], directory_id: str, kind: str) -> dict[str, Any]:
    email = DEFAULT_TEMPLATES[kind]
    return {
        **row,
        "id": ids.new_id(row["created_at"]),
        "directory_id": directory_id,
        "kind": kind,
        "name": email.name,
        "description": email.description,
        "subject": email.subject,
        "text_body": email.text_body,
        "html_body": email.html_body,
        "mime_type": "text/plain",
        "default_model": {"linkBaseUrl": email.page},
    }


def insert(table: sa.Table, *rows: dict[str, Any]) -> None:
    op.get_bind().execute(table.insert(), list(rows))
