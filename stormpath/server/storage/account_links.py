"""The links between accounts, seen from one of them."""

from __future__ import annotations

import sqlalchemy as sa

from stormpath.server.domain.logins import LinkEnd
from stormpath.server.storage.tenant_scoped import TenantScoped


class AccountLinks(TenantScoped):
    """The links between accounts. Callers read the account first: its links are in the same tenant."""

    def of_account(self, account_id: str) -> list[LinkEnd]:
        """Return the links of an account, oldest first, whichever of their ends it is."""
        links, accounts = self._tables.of["accountLink"].c, self._tables.of["account"].c
        other = sa.case(
            (links.left_account_id == account_id, links.right_account_id), else_=links.left_account_id
        )
        statement = (
            sa.select(links.id, accounts.id, accounts.directory_id)
            .join_from(self._tables.of["accountLink"], self._tables.of["account"], accounts.id == other)
            .where(sa.or_(links.left_account_id == account_id, links.right_account_id == account_id))
            .order_by(links.id)
        )
        return [LinkEnd(*each) for each in self._connection.execute(statement)]
