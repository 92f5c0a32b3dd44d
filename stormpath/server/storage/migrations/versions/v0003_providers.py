"""Providers, agents, mapping rules, and what SAML needs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Every directory there is so far is one of its own.
CLOUD_PROVIDERS = """
INSERT INTO provider (id, created_at, modified_at, provider_id, provider_type, directory_id, tenant_id)
SELECT id, created_at, created_at, 'stormpath', 'stormpath', id, tenant_id FROM directories
"""

IDENTITY_PROVIDERS = """
INSERT INTO saml_identity_providers
    (id, created_at, modified_at, status, signature_algorithm, application_id, tenant_id)
SELECT id, created_at, created_at, 'ENABLED', 'RSA-SHA256', id, tenant_id FROM applications
"""

MAPPING_RULES = """
INSERT INTO attribute_statement_mapping_rules (id, created_at, modified_at, items, application_id, tenant_id)
SELECT id, created_at, created_at, '[]', id, tenant_id FROM applications
"""


def upgrade() -> None:
    _create_provider_tables()
    _create_saml_tables()
    for each in (CLOUD_PROVIDERS, IDENTITY_PROVIDERS, MAPPING_RULES):
        op.execute(each)


def _create_provider_tables() -> None:
    _create(
        "agents",
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("agent_user_dn_password", sa.LargeBinary(), nullable=True),
        _id("directory_id", "directories", nullable=False),
    )
    _create(
        "provider",
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("provider_type", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("client_secret", sa.LargeBinary(), nullable=True),
        sa.Column("redirect_uri", sa.Text(), nullable=True),
        sa.Column("hd", sa.Text(), nullable=True),
        sa.Column("display", sa.Text(), nullable=True),
        sa.Column("access_type", sa.Text(), nullable=True),
        sa.Column("scope", sa.JSON(), nullable=True),
        sa.Column("authorization_endpoint", sa.Text(), nullable=True),
        sa.Column("token_endpoint", sa.Text(), nullable=True),
        sa.Column("resource_endpoint", sa.Text(), nullable=True),
        sa.Column("id_field", sa.Text(), nullable=True),
        sa.Column("access_token_type", sa.Text(), nullable=True),
        sa.Column("sso_login_url", sa.Text(), nullable=True),
        sa.Column("sso_logout_url", sa.Text(), nullable=True),
        sa.Column("encoded_x509_signing_cert", sa.Text(), nullable=True),
        sa.Column("request_signature_algorithm", sa.Text(), nullable=True),
        sa.Column("force_authn", sa.Boolean(), nullable=True),
        _id("agent_id", "agents"),
        _id("directory_id", "directories", nullable=False),
    )
    _create(
        "user_info_mapping_rules",
        sa.Column("items", sa.JSON(), nullable=False),
        _id("directory_id", "directories"),
    )
    _create(
        "attribute_statement_mapping_rules",
        sa.Column("items", sa.JSON(), nullable=False),
        _id("directory_id", "directories"),
        _id("application_id", "applications"),
    )


def _create_saml_tables() -> None:
    _create(
        "saml_service_provider_metadatas",
        sa.Column("entity_id", sa.Text(), nullable=False),
        _id("directory_id", "directories", nullable=False),
    )
    _create(
        "saml_identity_providers",
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("signature_algorithm", sa.Text(), nullable=False),
        _id("application_id", "applications", nullable=False),
    )
    _create(
        "x509certificates",
        sa.Column("sha_fingerprint", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=False),
        _id("directory_id", "directories"),
        _id("application_id", "applications"),
    )
    _create(
        "registered_saml_service_providers",
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_key", BINARY_TEXT, nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("description_key", BINARY_TEXT, nullable=True),
        sa.Column("assertion_consumer_service_url", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("name_id_format", sa.Text(), nullable=False),
        sa.Column("encoded_x509_certificate", sa.Text(), nullable=True),
    )
    _unique("registered_saml_service_providers", "tenant_id", "entity_id")
    _create(
        "saml_service_provider_registrations",
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("default_relay_state", sa.Text(), nullable=True),
        _id("service_provider_id", "registered_saml_service_providers", nullable=False),
        _id("identity_provider_id", "saml_identity_providers", nullable=False),
    )
    _unique("saml_service_provider_registrations", "identity_provider_id", "service_provider_id")


def _create(table: str, *columns: sa.Column[object]) -> None:
    """Make a table with what every resource's has, and an index for each column that refers to another."""
    columns = (*columns, _id("tenant_id", "tenants", nullable=False))
    op.create_table(
        table,
        sa.Column("id", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.BigInteger(), nullable=False),
        *columns,
    )
    for each in columns:
        if each.foreign_keys:
            op.create_index(f"ix_{table}_{each.name}", table, [each.name, "id"], unique=False)


def _id(name: str, refers_to: str, *, nullable: bool = True) -> sa.Column[object]:
    key = sa.ForeignKey(f"{refers_to}.id", ondelete="CASCADE")
    return sa.Column(name, BINARY_TEXT, key, nullable=nullable)


def _unique(table: str, *columns: str) -> None:
    op.create_index(f"uq_{table}_{columns[-1]}", table, [*columns], unique=True)
