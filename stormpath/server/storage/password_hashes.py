"""The hashes of accounts' present passwords, and of those they had before (rest-core 6.10)."""

from __future__ import annotations

import sqlalchemy as sa

from stormpath.server.storage.damage import reading
from stormpath.server.storage.tenant_scoped import TenantScoped


class PasswordHashes(TenantScoped):
    """The hashes of the passwords of a tenant's accounts."""

    def latest(self, account_id: str, limit: int) -> list[str]:
        """Return up to ``limit`` hashes, the account's present one first."""
        accounts, history = self._tables.of["account"].c, self._tables.password_history.c
        owned = (accounts.id == account_id, accounts.tenant_id == self._tenant_id)
        present = sa.select(accounts.password_hash).where(*owned, accounts.password_hash.is_not(None))
        earlier = (
            sa.select(history.password_hash)
            .join(self._tables.of["account"], accounts.id == history.account_id)
            .where(*owned)
            .order_by(history.id.desc())
            .limit(limit)
        )
        execute = self._connection.execute
        with reading(self._tables.of["account"], account_id):
            return [*execute(present).scalars(), *execute(earlier).scalars()][:limit]

    def keep(self, account_id: str, id: str, limit: int) -> None:
        """Copy the account's present hash, if it has one, and remove all but the latest ``limit`` copies."""
        accounts, table = self._tables.of["account"].c, self._tables.password_history
        present = sa.select(sa.literal(id), accounts.id, accounts.password_hash).where(
            accounts.id == account_id,
            accounts.tenant_id == self._tenant_id,
            accounts.password_hash.is_not(None),
        )
        self._connection.execute(table.insert().from_select(["id", "account_id", "password_hash"], present))
        newest = (
            sa.select(table.c.id)
            .where(table.c.account_id == account_id)
            .order_by(table.c.id.desc())
            .limit(limit)
            .scalar_subquery()
        )
        self._connection.execute(
            table.delete().where(table.c.account_id == account_id, table.c.id.not_in(newest))
        )

    def replace(self, account_id: str, old: str, new: str) -> bool:
        """Replace an account's password hash, unless it has changed since ``old`` was read."""
        table = self._tables.of["account"]
        statement = table.update().where(
            table.c.id == account_id, table.c.tenant_id == self._tenant_id, table.c.password_hash == old
        )
        return self._connection.execute(statement.values(password_hash=new)).rowcount == 1
