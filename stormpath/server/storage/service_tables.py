"""The tables that no resource declares, one function for each."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from stormpath.server.storage.column_types import BINARY_TEXT

#: The condition of an imported hash: bcrypt (``$2``), ``$stormpath2``, or one of LDAP (``{SSHA}``). SQLite
#: uses a partial index for a query that repeats its condition word for word.
IS_IMPORTED: Final = "(substr(password_hash, 1, 2) IN ('$2', '$s') OR substr(password_hash, 1, 1) = '{')"


def password_history(metadata: sa.MetaData) -> sa.Table:
    """Declare the hashes of earlier passwords."""
    return sa.Table(
        "password_history",
        metadata,
        sa.Column("id", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column(
            "account_id", BINARY_TEXT, sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Index("ix_password_history_account_id", "account_id", "id"),
    )


def index_imported_hashes(accounts: sa.Table) -> None:
    """Declare the index by which the kinds of imported hashes are counted."""
    columns = (accounts.c.directory_id, accounts.c.password_hash)
    condition = sa.text(IS_IMPORTED)
    sa.Index("ix_accounts_imported_hash", *columns, sqlite_where=condition, postgresql_where=condition)


def nonces(metadata: sa.MetaData) -> sa.Table:
    """Declare the values that were used once, such as the nonces of signed requests."""
    return sa.Table(
        "nonces",
        metadata,
        # INTEGER is the row's own key on SQLite: the table is one tree, and an insertion changes one page.
        sa.Column(
            "digest",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )


def service_state(metadata: sa.MetaData) -> sa.Table:
    """Declare the facts that the service keeps about itself."""
    return sa.Table(
        "service_state",
        metadata,
        sa.Column("name", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
    )


def idempotency_keys(metadata: sa.MetaData) -> sa.Table:
    """Declare the idempotency keys and what they have created."""
    return sa.Table(
        "idempotency_keys",
        metadata,
        sa.Column(
            "tenant_id",
            BINARY_TEXT,
            sa.ForeignKey("tenants.id", ondelete="CASCADE"),
            primary_key=True,
            nullable=False,
        ),
        sa.Column("key", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("fingerprint", BINARY_TEXT, nullable=False),
        sa.Column("resource", BINARY_TEXT, nullable=False),
        # No foreign key: a repeat is told when what it made has been deleted.
        sa.Column("resource_id", BINARY_TEXT, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Index("ix_idempotency_keys_expires_at", "expires_at"),
    )


def deletions(metadata: sa.MetaData) -> sa.Table:
    """Declare the ids of deleted resources."""
    return sa.Table(
        "deletions",
        metadata,
        # No foreign key: a hundred thousand rows would be checked one by one.
        sa.Column("tenant_id", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("id", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("resource", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("deleted_with", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("deleted_at", sa.BigInteger, nullable=False),
        sa.Index("ix_deletions_deleted_at", "deleted_at"),
        sqlite_with_rowid=False,
    )


def workflow_tokens(metadata: sa.MetaData) -> sa.Table:
    """Declare the tokens that are spent once."""
    return sa.Table(
        "workflow_tokens",
        metadata,
        sa.Column("purpose", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("digest", BINARY_TEXT, primary_key=True, nullable=False),
        _owner_id("tenant_id", "tenants"),
        _owner_id("account_id", "accounts"),
        sa.Column("application_id", BINARY_TEXT, sa.ForeignKey("applications.id", ondelete="SET NULL")),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("spent_at", sa.BigInteger),
        sa.Index("ix_workflow_tokens_tenant_id", "tenant_id"),
        sa.Index("ix_workflow_tokens_account_id", "account_id", "purpose"),
        sa.Index("ix_workflow_tokens_application_id", "application_id"),
        sa.Index("ix_workflow_tokens_expires_at", "expires_at"),
    )


def spent_refresh_tokens(metadata: sa.MetaData) -> sa.Table:
    """Declare the refresh tokens that a rotation has replaced."""
    return sa.Table(
        "spent_refresh_tokens",
        metadata,
        sa.Column("id", BINARY_TEXT, primary_key=True, nullable=False),
        _owner_id("tenant_id", "tenants"),
        _owner_id("account_id", "accounts"),
        _owner_id("application_id", "applications"),
        sa.Column("grant_id", BINARY_TEXT, nullable=False),
        sa.Column("successor_id", BINARY_TEXT, nullable=False),
        sa.Column("spent_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Index("ix_spent_refresh_tokens_tenant_id", "tenant_id"),
        sa.Index("ix_spent_refresh_tokens_account_id", "account_id"),
        sa.Index("ix_spent_refresh_tokens_application_id", "application_id"),
        sa.Index("ix_spent_refresh_tokens_grant_id", "grant_id"),
        sa.Index("ix_spent_refresh_tokens_expires_at", "expires_at"),
    )


def provider_identities(metadata: sa.MetaData) -> sa.Table:
    """Declare the people at providers for whom accounts were made."""
    return sa.Table(
        "provider_identities",
        metadata,
        sa.Column(
            "account_id",
            BINARY_TEXT,
            sa.ForeignKey("accounts.id", ondelete="CASCADE"),
            primary_key=True,
            nullable=False,
        ),
        sa.Column("tenant_id", BINARY_TEXT, nullable=False),
        sa.Column("directory_id", BINARY_TEXT, nullable=False),
        sa.Column("user_id", BINARY_TEXT, nullable=False),
        sa.Column("access_token", sa.LargeBinary, nullable=True),
        sa.Column("access_token_secret", sa.LargeBinary, nullable=True),
        sa.Column("refresh_token", sa.LargeBinary, nullable=True),
        sa.Column("user_info", sa.JSON, nullable=False),
        sa.Column("modified_at", sa.BigInteger, nullable=False),
        sa.Index("uq_provider_identities_user_id", "tenant_id", "directory_id", "user_id", unique=True),
    )


def outbox(metadata: sa.MetaData) -> sa.Table:
    """Declare the messages that wait, were sent or could not be sent."""
    table = sa.Table(
        "outbox",
        metadata,
        sa.Column("id", BINARY_TEXT, primary_key=True, nullable=False),
        _owner_id("tenant_id", "tenants"),
        # A row is deleted with its account. A reference to the directory would lock that after the account,
        # while the deletion of a directory locks them in the opposite order.
        sa.Column("directory_id", BINARY_TEXT, nullable=False),
        _owner_id("account_id", "accounts"),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        # Sealed, for it may hold a token; null once the message is sent.
        sa.Column("content", sa.LargeBinary),
        sa.Column("state", BINARY_TEXT, nullable=False),
        sa.Column("attempts", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        # 0 for at once.
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("claim", BINARY_TEXT),
        sa.Column("claim_seconds", sa.BigInteger),
        sa.Column("last_error", sa.Text),
        sa.Column("channel", BINARY_TEXT, nullable=False, server_default="email"),
        # No reference: the message of a factor that was deleted is sent, or expires in minutes.
        sa.Column("challenge_id", BINARY_TEXT),
        sa.Index("ix_outbox_tenant_id", "tenant_id", "id"),
        sa.Index("ix_outbox_account_id", "account_id"),
        sa.Index("ix_outbox_state", "state", "id"),
    )
    waiting = table.c.state == "PENDING"
    # The state is in it although it is always the same: SQLite would prefer the index above.
    due = (table.c.state, table.c.channel, table.c.due_at, table.c.id)
    sa.Index("ix_outbox_due_at", *due, sqlite_where=waiting, postgresql_where=waiting)
    of_tenant = (table.c.state, table.c.channel, table.c.tenant_id, table.c.due_at, table.c.id)
    sa.Index("ix_outbox_due_of_tenant", *of_tenant, sqlite_where=waiting, postgresql_where=waiting)
    taken = table.c.claim.is_not(None)
    sa.Index("ix_outbox_claim", table.c.claim, sqlite_where=taken, postgresql_where=taken)
    return table


def mailings(metadata: sa.MetaData) -> sa.Table:
    """Declare the messages that count towards the limits."""
    return sa.Table(
        "mailings",
        metadata,
        sa.Column("id", BINARY_TEXT, primary_key=True, nullable=False),
        _owner_id("tenant_id", "tenants"),
        # Digests, and no references: they count after an account is deleted, and do not show which it was.
        sa.Column("address_key", BINARY_TEXT, nullable=False),
        sa.Column("account_key", BINARY_TEXT, nullable=False),
        sa.Column("directory_key", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("channel", BINARY_TEXT, nullable=False, server_default="email"),
        sa.Index("ix_mailings_tenant_id", "tenant_id", "address_key", "created_at"),
        sa.Index("ix_mailings_account_key", "account_key", "created_at"),
        sa.Index("ix_mailings_directory_key", "directory_key", "created_at"),
        sa.Index("ix_mailings_created_at", "created_at"),
    )


def recovery_codes(metadata: sa.MetaData) -> sa.Table:
    """Declare the digests of recovery codes that are not used yet."""
    return sa.Table(
        "recovery_codes",
        metadata,
        _owner_id("tenant_id", "tenants", is_key=True),
        _owner_id("factor_id", "factors", is_key=True),
        sa.Column("digest", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Index("ix_recovery_codes_factor_id", "factor_id"),
    )


def guesses(metadata: sa.MetaData) -> sa.Table:
    """Declare the counters of guesses at passwords and other secrets."""
    return sa.Table(
        "guesses",
        metadata,
        # No foreign key: it would be checked with each login, and a row is deleted minutes later.
        sa.Column("tenant_id", BINARY_TEXT, primary_key=True, nullable=False),
        # A digest of an account, a login name, an address or an API key, which it does not show.
        sa.Column("key", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("wrong", sa.BigInteger, nullable=False),
        sa.Column("pending", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Index("ix_guesses_ends_at", "ends_at"),
        sqlite_with_rowid=False,
    )


def known_addresses(metadata: sa.MetaData) -> sa.Table:
    """Declare the addresses from which accounts have logged in."""
    return sa.Table(
        "known_addresses",
        metadata,
        # Digests, as in the table of guesses.
        sa.Column("tenant_id", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("account_key", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("address_key", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Index("ix_known_addresses_expires_at", "expires_at"),
        sqlite_with_rowid=False,
    )


def console_sessions(metadata: sa.MetaData) -> sa.Table:
    """Declare the sessions of administrators in the Admin Console."""
    table = sa.Table(
        "console_sessions",
        metadata,
        sa.Column("id", BINARY_TEXT, primary_key=True, nullable=False),
        sa.Column("digest", BINARY_TEXT, nullable=False),
        _owner_id("tenant_id", "tenants"),
        _owner_id("account_id", "accounts"),
        sa.Column("stage", BINARY_TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=False),
        sa.Column("proved_at", sa.BigInteger, nullable=False),
        sa.Column("ends_at", sa.BigInteger, nullable=False),
        sa.Column("address", BINARY_TEXT, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
        sa.Column("password_modified_at", sa.BigInteger, nullable=True),
    )
    sa.Index("uq_console_sessions_digest", table.c.digest, unique=True)
    for columns in (["tenant_id"], ["account_id", "created_at"], ["ends_at"], ["used_at"]):
        sa.Index(f"ix_console_sessions_{'_'.join(columns)}", *(table.c[each] for each in columns))
    return table


def _owner_id(name: str, table: str, *, is_key: bool = False) -> sa.Column[str]:
    owner = sa.ForeignKey(f"{table}.id", ondelete="CASCADE")
    return sa.Column(name, BINARY_TEXT, owner, primary_key=is_key, nullable=False)
