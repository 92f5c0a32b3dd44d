"""The links between accounts, seen from one of them."""

from __future__ import annotations

import sqlalchemy as sa

from stormpath.server.domain.storage import LinkEnd
from stormpath.server.storage.tables import Tables


def of_account(connection: sa.Connection, tables: Tables, account_id: str) -> list[LinkEnd]:
    """Return the links of an account, oldest first, whichever of their ends it is."""
    links, accounts = tables.of["accountLink"].c, tables.of["account"].c
    other = sa.case(
        (links.left_account_id == account_id, links.right_account_id), else_=links.left_account_id
    )
    statement = (
        sa.select(links.id, accounts.id, accounts.directory_id)
        .join_from(tables.of["accountLink"], tables.of["account"], accounts.id == other)
        .where(sa.or_(links.left_account_id == account_id, links.right_account_id == account_id))
        .order_by(links.id)
    )
    return [LinkEnd(*each) for each in connection.execute(statement)]
