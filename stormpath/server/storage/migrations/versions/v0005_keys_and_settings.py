"""API keys as resources, idempotency keys, and the settings resources of applications and tenants."""

from __future__ import annotations

import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

EXPANDABLE = (
    "apiKeys",
    "applications",
    "customData",
    "directory",
    "groupMemberships",
    "groups",
    "providerData",
    "tenant",
)

# A new DNS label is two of these words.
FIRST_WORDS = """
    amber autumn brave bright calm clear cosmic crisp curious daring early eager fair fleet gentle golden
    grand happy hidden honest humble ivory jolly keen kind lively lucky mellow merry mighty misty noble
    polished proud quick quiet rapid ready rising robust royal rustic sandy scarlet silent silver simple
    sincere snowy solid steady sunny swift tidy tranquil vivid warm wild winter wise
"""
SECOND_WORDS = """
    acorn anchor badger beacon birch bison breeze bridge brook canyon cedar cliff cloud comet coral crane
    creek delta dolphin eagle ember falcon fern field fjord forest garden glacier grove harbor hawk heron
    hill island juniper lagoon lake lantern lark maple meadow mesa moon mountain oak ocean orchard otter
    owl panda pebble pine planet prairie quartz rain reef ridge river robin sparrow spruce star stone
    summit thunder trail valley willow wolf
"""


def upgrade() -> None:
    _complete_api_keys()
    _create_idempotency_keys()
    _create_o_auth_policies()
    _create_application_web_configs()
    _create_id_sites()
    _fill()


def _complete_api_keys() -> None:
    op.execute("ALTER TABLE api_keys RENAME COLUMN encrypted_secret TO secret")
    op.add_column("api_keys", sa.Column("name", sa.Text(), nullable=True))
    op.add_column("api_keys", sa.Column("name_key", BINARY_TEXT, nullable=True))
    op.add_column("api_keys", sa.Column("description", sa.Text(), nullable=True))
    op.add_column("api_keys", sa.Column("description_key", BINARY_TEXT, nullable=True))
    for owner in ("account_id", "tenant_id"):
        op.drop_index(f"ix_api_keys_{owner}", "api_keys")
        op.create_index(f"ix_api_keys_{owner}", "api_keys", [owner, "id"], unique=False)


def _create_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.Column("key", BINARY_TEXT, nullable=False),
        sa.Column("fingerprint", BINARY_TEXT, nullable=False),
        sa.Column("resource", BINARY_TEXT, nullable=False),
        sa.Column("resource_id", BINARY_TEXT, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant_id", "key"),
    )
    op.create_index("ix_idempotency_keys_expires_at", "idempotency_keys", ["expires_at"], unique=False)


def _create_o_auth_policies() -> None:
    op.create_table(
        "o_auth_policies",
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("access_token_ttl", sa.Text(), nullable=False),
        sa.Column("refresh_token_ttl", sa.Text(), nullable=False),
        sa.Column("application_id", BINARY_TEXT, nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_o_auth_policies_application_id", "o_auth_policies", ["application_id", "id"], unique=False
    )
    op.create_index("ix_o_auth_policies_tenant_id", "o_auth_policies", ["tenant_id", "id"], unique=False)


def _create_application_web_configs() -> None:
    op.create_table(
        "application_web_configs",
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("dns_label", sa.Text(), nullable=False),
        sa.Column("dns_label_key", BINARY_TEXT, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("login", sa.JSON(), nullable=False),
        sa.Column("register", sa.JSON(), nullable=False),
        sa.Column("oauth2", sa.JSON(), nullable=False),
        sa.Column("verify_email", sa.JSON(), nullable=False),
        sa.Column("forgot_password", sa.JSON(), nullable=False),
        sa.Column("change_password", sa.JSON(), nullable=False),
        sa.Column("me", sa.JSON(), nullable=False),
        sa.Column("signing_api_key_id", BINARY_TEXT, nullable=True),
        sa.Column("application_id", BINARY_TEXT, nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["signing_api_key_id"], ["api_keys.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["application_id"], ["applications.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    for column in ("application_id", "signing_api_key_id", "tenant_id"):
        op.create_index(
            f"ix_application_web_configs_{column}", "application_web_configs", [column, "id"], unique=False
        )
    op.create_index(
        "uq_application_web_configs_dns_label", "application_web_configs", ["dns_label_key"], unique=True
    )


def _create_id_sites() -> None:
    op.create_table(
        "id_sites",
        sa.Column("id", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        sa.Column("domain_name", sa.Text(), nullable=True),
        sa.Column("tls_public_cert", sa.Text(), nullable=False),
        sa.Column("tls_private_key", sa.LargeBinary(), nullable=True),
        sa.Column("git_repo_url", sa.Text(), nullable=True),
        sa.Column("git_branch", sa.Text(), nullable=False),
        sa.Column("authorized_origin_uris", sa.JSON(), nullable=False),
        sa.Column("authorized_redirect_uris", sa.JSON(), nullable=False),
        sa.Column("logo_url", sa.Text(), nullable=True),
        sa.Column("session_tti", sa.Text(), nullable=False),
        sa.Column("session_ttl", sa.Text(), nullable=False),
        sa.Column("session_cookie_persistent", sa.Boolean(), nullable=False),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_id_sites_tenant_id", "id_sites", ["tenant_id", "id"], unique=False)


def _fill() -> None:
    """Give the applications and tenants that are there what new ones are made with."""
    op.execute(
        "INSERT INTO o_auth_policies "
        "(id, created_at, modified_at, access_token_ttl, refresh_token_ttl, application_id, tenant_id) "
        "SELECT id, created_at, created_at, 'PT1H', 'P60D', id, tenant_id FROM applications"
    )
    op.execute(
        "INSERT INTO id_sites "
        "(id, created_at, modified_at, tls_public_cert, git_branch, authorized_origin_uris, "
        "authorized_redirect_uris, session_tti, session_ttl, session_cookie_persistent, tenant_id) "
        "SELECT id, created_at, created_at, '', 'master', '[]', '[]', 'PT30M', 'PT8H', false, id FROM tenants"
    )
    connection = op.get_bind()
    applications = connection.execute(sa.text("SELECT id, created_at, tenant_id FROM applications")).all()
    signing = _signing_keys(connection)
    labels: set[str] = set()
    rows = [
        _web_config(each.id, each.created_at, each.tenant_id, _new_label(labels), signing.get(each.tenant_id))
        for each in applications
    ]
    if rows:
        table = sa.Table("application_web_configs", sa.MetaData(), autoload_with=connection)
        connection.execute(table.insert(), rows)


def _signing_keys(connection: sa.Connection) -> dict[str, str]:
    """Return the oldest enabled API key of an administrator, by tenant."""
    found = connection.execute(
        sa.text(
            "SELECT api_keys.tenant_id, api_keys.id FROM api_keys "
            "JOIN accounts ON accounts.id = api_keys.account_id "
            "JOIN directories ON directories.id = accounts.directory_id "
            "WHERE directories.protected AND api_keys.status = 'ENABLED' "
            "ORDER BY api_keys.created_at DESC, api_keys.id DESC"
        )
    )
    return {each.tenant_id: each.id for each in found}


def _new_label(taken: set[str]) -> str:
    label = _random_name()
    while label in taken:
        label = f"{_random_name()}-{secrets.token_hex(3)}"
    taken.add(label)
    return label


def _random_name() -> str:
    return f"{secrets.choice(FIRST_WORDS.split())}-{secrets.choice(SECOND_WORDS.split())}"


def _web_config(
    application_id: str, created_at: int, tenant_id: str, label: str, signing_key: str | None
) -> dict[str, Any]:
    on, following = {"enabled": True}, {"enabled": None}
    return {
        "id": application_id,
        "created_at": created_at,
        "modified_at": created_at,
        "dns_label": label,
        "dns_label_key": label,
        "status": "ENABLED",
        "login": on,
        "register": on,
        "oauth2": on,
        "verify_email": following,
        "forgot_password": following,
        "change_password": following,
        "me": {"enabled": True, "expand": dict.fromkeys(EXPANDABLE, False)},
        "signing_api_key_id": signing_key,
        "application_id": application_id,
        "tenant_id": tenant_id,
    }
