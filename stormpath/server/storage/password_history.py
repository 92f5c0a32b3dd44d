"""The hashes of the passwords that an account had before (rest-core 6.10)."""

from __future__ import annotations

import sqlalchemy as sa

from stormpath.server.storage.tables import Tables


def latest(
    connection: sa.Connection, tables: Tables, tenant_id: str, account_id: str, limit: int
) -> list[str]:
    """Return up to ``limit`` hashes, the account's present one first."""
    accounts, history = tables.of["account"].c, tables.password_history.c
    owned = (accounts.id == account_id, accounts.tenant_id == tenant_id)
    present = sa.select(accounts.password_hash).where(*owned, accounts.password_hash.is_not(None))
    earlier = (
        sa.select(history.password_hash)
        .join(tables.of["account"], accounts.id == history.account_id)
        .where(*owned)
        .order_by(history.id.desc())
        .limit(limit)
    )
    found = [*connection.execute(present).scalars(), *connection.execute(earlier).scalars()]
    return found[:limit]


def keep(
    connection: sa.Connection, tables: Tables, tenant_id: str, account_id: str, id: str, limit: int
) -> None:
    """Copy the account's present hash, if it has one, and forget all but the latest ``limit`` copies."""
    accounts, table = tables.of["account"].c, tables.password_history
    present = sa.select(sa.literal(id), accounts.id, accounts.password_hash).where(
        accounts.id == account_id, accounts.tenant_id == tenant_id, accounts.password_hash.is_not(None)
    )
    connection.execute(table.insert().from_select(["id", "account_id", "password_hash"], present))
    newest = (
        sa.select(table.c.id)
        .where(table.c.account_id == account_id)
        .order_by(table.c.id.desc())
        .limit(limit)
        .scalar_subquery()
    )
    connection.execute(table.delete().where(table.c.account_id == account_id, table.c.id.not_in(newest)))
