"""The tables of mirrored directories: what their agents have sent, and what waits for an agent."""

from __future__ import annotations

import sqlalchemy as sa

from stormpath.server.storage.column_types import BINARY_TEXT


def agent_states(metadata: sa.MetaData) -> sa.Table:
    """Declare the state of agents: the process that works, and the last run of a synchronization."""
    return sa.Table(
        "agent_states",
        metadata,
        _owner("tenant_id", "tenants", is_key=True),
        _owner("agent_id", "agents", is_key=True),
        # The process of the agent that asked last, and that which is at work on the run.
        sa.Column("process", BINARY_TEXT),
        sa.Column("run", sa.BigInteger, nullable=False),
        sa.Column("run_process", BINARY_TEXT),
        sa.Column("run_kind", BINARY_TEXT),
        sa.Column("run_stage", BINARY_TEXT),
        sa.Column("run_started_at", sa.BigInteger),
        sa.Column("run_seen_at", sa.BigInteger),
        # Where the next incremental run begins, as JSON of the agent's, and the configuration it is good for.
        sa.Column("cursor", sa.Text),
        sa.Column("cursor_configuration", BINARY_TEXT),
        sa.Column("full_run_at", sa.BigInteger),
        # What the administrator has asked for: a run now, deletions beyond the share that is allowed, and
        # that the run is a full one. ``told_at`` is when a poll was last told of it.
        sa.Column("wants_run", sa.Boolean, nullable=False),
        sa.Column("allows_deletions", sa.Boolean, nullable=False),
        sa.Column("wants_full", sa.Boolean),
        sa.Column("told_at", sa.BigInteger),
        sa.Column("report", sa.Text),
        # Of the worker of ``stormpath serve --agents`` that runs the agent; another one at each renewal.
        sa.Column("lease", BINARY_TEXT),
        sa.Index("ix_agent_states_agent_id", "agent_id"),
    )


def mirror_entries(metadata: sa.MetaData) -> sa.Table:
    """Declare the entries of a server that are accounts and groups of a directory."""
    return sa.Table(
        "mirror_entries",
        metadata,
        _owner("tenant_id", "tenants", is_key=True),
        _owner("directory_id", "directories", is_key=True),
        sa.Column("kind", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("entry_id", BINARY_TEXT, primary_key=True, nullable=False),
        # ``account`` or ``group``; without either, the entry has a problem.
        sa.Column("account_id", BINARY_TEXT, sa.ForeignKey("accounts.id", ondelete="CASCADE")),
        sa.Column("group_id", BINARY_TEXT, sa.ForeignKey("groups.id", ondelete="CASCADE")),
        sa.Column("dn", sa.Text, nullable=False),
        # The keys by which groups name it (``dn:`` and a digest; ``uid:`` and a folded name).
        sa.Column("dn_key", BINARY_TEXT, nullable=False),
        sa.Column("name_key", BINARY_TEXT),
        sa.Column("digest", BINARY_TEXT, nullable=False),
        sa.Column("is_disabled", sa.Boolean, nullable=False),
        sa.Column("seen_run", sa.BigInteger, nullable=False),
        sa.Column("doomed_run", sa.BigInteger),
        # Whether the members of the group, or of one that it is in, have changed.
        sa.Column("is_dirty", sa.Boolean, nullable=False),
        # Why it is not stored as it is, and its values as JSON, for another attempt.
        sa.Column("problem", BINARY_TEXT),
        sa.Column("pending", sa.Text),
        sa.Index("ix_mirror_entries_directory_id_dn_key", "directory_id", "dn_key"),
        sa.Index("ix_mirror_entries_directory_id_name_key", "directory_id", "name_key"),
        sa.Index("ix_mirror_entries_directory_id_seen_run", "directory_id", "seen_run"),
        sa.Index(
            "ix_mirror_entries_directory_id_problem_kind_entry_id",
            "directory_id",
            "problem",
            "kind",
            "entry_id",
        ),
        sa.Index("ix_mirror_entries_account_id", "account_id"),
        sa.Index("ix_mirror_entries_group_id", "group_id"),
    )


def mirror_members(metadata: sa.MetaData) -> sa.Table:
    """Declare the members of groups as their server names them."""
    return sa.Table(
        "mirror_members",
        metadata,
        _owner("tenant_id", "tenants", is_key=True),
        _owner("directory_id", "directories", is_key=True),
        sa.Column("group_entry_id", BINARY_TEXT, primary_key=True, nullable=False),
        # ``id:`` and the id of an entry, or a ``dn_key`` or ``name_key``.
        sa.Column("member_key", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("seen_run", sa.BigInteger, nullable=False),
        sa.Index("ix_mirror_members_directory_id_member_key", "directory_id", "member_key"),
    )


def agent_logins(metadata: sa.MetaData) -> sa.Table:
    """Declare the logins that wait for an agent's bind."""
    return sa.Table(
        "agent_logins",
        metadata,
        sa.Column("id", BINARY_TEXT, primary_key=True, nullable=False),
        _owner("tenant_id", "tenants"),
        _owner("agent_id", "agents"),
        # Without an entry the name is not known, and the bind stands in for another.
        sa.Column("entry_id", BINARY_TEXT),
        sa.Column("dn", sa.Text, nullable=False),
        # Sealed; and removed with the row, at the end of the login.
        sa.Column("password", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        # The process that is at work on it, and how it went.
        sa.Column("taken_by", BINARY_TEXT),
        sa.Column("outcome", BINARY_TEXT),
        sa.Index("ix_agent_logins_tenant_id", "tenant_id"),
        sa.Index("ix_agent_logins_agent_id", "agent_id", "taken_by", "id"),
        sa.Index("ix_agent_logins_ends_at", "ends_at"),
    )


def _owner(name: str, table: str, *, is_key: bool = False) -> sa.Column[str]:
    owner = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, BINARY_TEXT, owner, primary_key=is_key, nullable=False)
