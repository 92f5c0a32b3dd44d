"""Mirrored directories: the keys and the state of agents, the entries of their servers, logins that wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from stormpath.server.storage.migrations.shared import BINARY_TEXT

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_IS_IMPORTED = "(substr(password_hash, 1, 2) IN ('$2', '$s') OR substr(password_hash, 1, 1) = '{')"


def upgrade() -> None:
    for column in (
        sa.Column("agent_key", sa.LargeBinary(), nullable=True),
        sa.Column("status_reason", sa.Text(), nullable=True),
        sa.Column("last_seen_at", sa.BigInteger(), nullable=True),
        sa.Column("last_synchronized_at", sa.BigInteger(), nullable=True),
    ):
        op.add_column("agents", column)
    _create_agent_states()
    _create_mirror_entries()
    _create_mirror_members()
    _create_agent_logins()
    op.drop_index("ix_accounts_imported_hash", "accounts")
    op.create_index(
        "ix_accounts_imported_hash",
        "accounts",
        ["directory_id", "password_hash"],
        sqlite_where=sa.text(_IS_IMPORTED),
        postgresql_where=sa.text(_IS_IMPORTED),
    )
    if op.get_bind().dialect.name == "postgresql":
        # The service makes others, which are of no use to a login (storage/text_index.py).
        for table in ("accounts", "applications", "directories", "groups", "organizations"):
            op.execute(f"DROP INDEX IF EXISTS ix_{table}_search")


def _create_agent_states() -> None:
    op.create_table(
        "agent_states",
        _owner("tenant_id", "tenants", is_key=True),
        _owner("agent_id", "agents", is_key=True),
        sa.Column("process", BINARY_TEXT),
        sa.Column("run", sa.BigInteger, nullable=False),
        sa.Column("run_process", BINARY_TEXT),
        sa.Column("run_kind", BINARY_TEXT),
        sa.Column("run_stage", BINARY_TEXT),
        sa.Column("run_started_at", sa.BigInteger),
        sa.Column("run_seen_at", sa.BigInteger),
        sa.Column("cursor", sa.Text),
        sa.Column("cursor_configuration", BINARY_TEXT),
        sa.Column("full_run_at", sa.BigInteger),
        sa.Column("wants_run", sa.Boolean, nullable=False),
        sa.Column("allows_deletions", sa.Boolean, nullable=False),
        sa.Column("wants_full", sa.Boolean),
        sa.Column("told_at", sa.BigInteger),
        sa.Column("report", sa.Text),
        sa.Column("lease", BINARY_TEXT),
    )
    op.create_index("ix_agent_states_agent_id", "agent_states", ["agent_id"])


def _create_mirror_entries() -> None:
    op.create_table(
        "mirror_entries",
        _owner("tenant_id", "tenants", is_key=True),
        _owner("directory_id", "directories", is_key=True),
        sa.Column("kind", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("entry_id", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("account_id", BINARY_TEXT, sa.ForeignKey("accounts.id", ondelete="CASCADE")),
        sa.Column("group_id", BINARY_TEXT, sa.ForeignKey("groups.id", ondelete="CASCADE")),
        sa.Column("dn", sa.Text, nullable=False),
        sa.Column("dn_key", BINARY_TEXT, nullable=False),
        sa.Column("name_key", BINARY_TEXT),
        sa.Column("digest", BINARY_TEXT, nullable=False),
        sa.Column("is_disabled", sa.Boolean, nullable=False),
        sa.Column("seen_run", sa.BigInteger, nullable=False),
        sa.Column("doomed_run", sa.BigInteger),
        sa.Column("is_dirty", sa.Boolean, nullable=False),
        sa.Column("problem", BINARY_TEXT),
        sa.Column("pending", sa.Text),
    )
    for columns in (
        ["directory_id", "dn_key"],
        ["directory_id", "name_key"],
        ["directory_id", "seen_run"],
        ["directory_id", "problem", "kind", "entry_id"],
        ["account_id"],
        ["group_id"],
    ):
        op.create_index(f"ix_mirror_entries_{'_'.join(columns)}", "mirror_entries", columns)


def _create_mirror_members() -> None:
    op.create_table(
        "mirror_members",
        _owner("tenant_id", "tenants", is_key=True),
        _owner("directory_id", "directories", is_key=True),
        sa.Column("group_entry_id", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("member_key", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("seen_run", sa.BigInteger, nullable=False),
    )
    columns = ["directory_id", "member_key"]
    op.create_index(f"ix_mirror_members_{'_'.join(columns)}", "mirror_members", columns)


def _create_agent_logins() -> None:
    op.create_table(
        "agent_logins",
        sa.Column("id", BINARY_TEXT, primary_key=True, nullable=False),
        _owner("tenant_id", "tenants"),
        _owner("agent_id", "agents"),
        sa.Column("entry_id", BINARY_TEXT),
        sa.Column("dn", sa.Text, nullable=False),
        sa.Column("password", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("taken_by", BINARY_TEXT),
        sa.Column("outcome", BINARY_TEXT),
    )
    op.create_index("ix_agent_logins_tenant_id", "agent_logins", ["tenant_id"])
    op.create_index("ix_agent_logins_agent_id", "agent_logins", ["agent_id", "taken_by", "id"])
    op.create_index("ix_agent_logins_ends_at", "agent_logins", ["ends_at"])


def _owner(name: str, table: str, *, is_key: bool = False) -> sa.Column[str]:
    owner = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, BINARY_TEXT, owner, primary_key=is_key, nullable=False)
