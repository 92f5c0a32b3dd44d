"""The order and the default flags of an application's account store mappings."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from stormpath.server.storage.tables import Tables


def ids_in_order(connection: sa.Connection, tables: Tables, application_id: str) -> list[str]:
    mapping = tables.of["accountStoreMapping"].c
    statement = sa.select(mapping.id).where(mapping.application_id == application_id)
    return list(connection.execute(statement.order_by(mapping.list_index, mapping.id)).scalars())


def renumber(connection: sa.Connection, tables: Tables, ids: Iterable[str]) -> None:
    """Give the mappings the list indexes 0, 1, 2 ... in the order given."""
    table = tables.of["accountStoreMapping"]
    for index, each in enumerate(ids):
        connection.execute(
            table.update().where(table.c.id == each, table.c.list_index != index).values(list_index=index)
        )


def clear_flag(connection: sa.Connection, tables: Tables, application_id: str, flag: str) -> None:
    table = tables.of["accountStoreMapping"]
    flagged = table.c[flag]
    connection.execute(
        table.update().where(table.c.application_id == application_id, flagged).values({flag: False})
    )


def applications_naming(
    connection: sa.Connection, tables: Tables, directory_id: str | None, group_id: str | None
) -> list[str]:
    """Return the ids of the applications that map the group, or the directory or any group in it."""
    mapping, groups = tables.of["accountStoreMapping"].c, tables.of["group"].c
    if group_id is not None:
        condition = mapping.account_store_group_id == group_id
    else:
        inside = sa.select(groups.id).where(groups.directory_id == directory_id)
        condition = sa.or_(
            mapping.account_store_directory_id == directory_id, mapping.account_store_group_id.in_(inside)
        )
    # In one order everywhere, so that two deletions lock the same applications in turn.
    statement = sa.select(mapping.application_id).where(condition).distinct().order_by(mapping.application_id)
    return list(connection.execute(statement).scalars())
