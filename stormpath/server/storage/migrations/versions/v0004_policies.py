"""Password and account creation policies, account schemas, e-mail templates, password history."""

from __future__ import annotations

from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT, NewIds

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

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

# The e-mails that directories started with when this migration was released. Today's may differ: see
# server/mail/default_templates.py.

# Mail programs know little CSS, and most of them only where it stands on the element itself.
HTML_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
</head>
<body style="margin: 0; padding: 24px; background: #f3f4f6;">
<div style="max-width: 520px; margin: 0 auto; padding: 16px 32px; background: #ffffff; border-radius: 6px; \
font-family: Helvetica, Arial, sans-serif; font-size: 16px; line-height: 1.5; color: #1f2937;">
{paragraphs}
</div>
</body>
</html>
"""

HTML_BUTTON = """\
<p style="margin: 24px 0;"><a href="${{url}}" style="display: inline-block; padding: 12px 24px; \
background: #1d4ed8; border-radius: 6px; color: #ffffff; text-decoration: none;">{label}</a></p>
<p style="font-size: 14px; color: #4b5563;">Or open this address in your browser:<br>\
<a href="${{url}}" style="color: #1d4ed8; word-break: break-all;">${{url}}</a></p>"""


class DefaultEmail(NamedTuple):
    """The texts of one kind of e-mail. The paragraph ``${url}`` is a link, shown as a button in HTML."""

    name: str
    description: str
    subject: str
    paragraphs: tuple[str, ...]
    page: str | None = None
    button: str = ""

    @property
    def text_body(self) -> str:
        """The paragraphs as plain text."""
        return "\n\n".join(self.paragraphs) + "\n"

    @property
    def html_body(self) -> str:
        """The paragraphs as an HTML page."""
        paragraphs = (
            HTML_BUTTON.format(label=self.button) if each == "${url}" else f"<p>{each}</p>"
            for each in self.paragraphs
        )
        return HTML_PAGE.format(title=self.subject, paragraphs="\n".join(paragraphs))


DEFAULT_EMAILS = {
    "verification": DefaultEmail(
        name="Default Verification Email Template",
        description="Asks the owner of a new account to confirm its e-mail address.",
        subject="Verify your account",
        paragraphs=(
            "Hello,",
            "An account was registered with this e-mail address. Please confirm that the address is yours:",
            "${url}",
            "Was it not you? Then do nothing: without your confirmation nobody can use the account.",
        ),
        page="/emailVerificationTokens",
        button="Confirm my address",
    ),
    "verificationSuccess": DefaultEmail(
        name="Default Verification Success Email Template",
        description="Tells the owner of an account that its e-mail address is confirmed.",
        subject="Your account has been confirmed",
        paragraphs=(
            "Hello $!{account.givenName}",
            "Thank you: your e-mail address is confirmed, and you can log in now.",
            "Was it not you? Then please tell us: answer this e-mail.",
        ),
    ),
    "welcome": DefaultEmail(
        name="Default Welcome Email Template",
        description="Welcomes the owner of a new account.",
        subject="Your registration was successful",
        paragraphs=(
            "Hello $!{account.givenName}",
            "Welcome! Your account is ready. Your username is ${account.username}.",
            "Was it not you who registered? Then please tell us: answer this e-mail.",
        ),
    ),
    "reset": DefaultEmail(
        name="Default Password Reset Email Template",
        description="Carries the link with which the owner of an account chooses a new password.",
        subject="Reset your Password",
        paragraphs=(
            "Hello,",
            "Somebody asked for a new password for the account with this address. To choose one, open:",
            "${url}",
            "The link works once, and for ${expirationWindow} hours.",
            "Was it not you? Then do nothing: your password stays as it is.",
        ),
        page="/passwordReset",
        button="Choose a new password",
    ),
    "resetSuccess": DefaultEmail(
        name="Default Password Reset Success Email Template",
        description="Tells the owner of an account that its password was changed.",
        subject="Your password has been changed",
        paragraphs=(
            "Hello $!{account.givenName}",
            "The password of your account ${account.username} has just been changed.",
            "Was it not you? Then ask for a new password at once, where you log in, and please tell us: "
            "answer this e-mail.",
        ),
    ),
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
    ids = NewIds()
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
                {**row, "id": ids.new(created_at), "schema_id": id, "name": name, "required": False}
                for name in ("givenName", "surname")
            ),
        )
        insert(templates, *(template(ids, row, id, kind) for kind in DEFAULT_EMAILS))


def template(ids: NewIds, row: dict[str, Any], directory_id: str, kind: str) -> dict[str, Any]:
    email = DEFAULT_EMAILS[kind]
    return {
        **row,
        "id": ids.new(row["created_at"]),
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
