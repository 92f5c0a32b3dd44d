"""The account store mappings of applications and organizations: their order, their flags, where they lead.

``mapping`` is the resource of one of the two kinds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.schema import ENABLED
from stormpath.server.storage.tables import Tables

APPLICATIONS: Final = "accountStoreMapping"
ORGANIZATIONS: Final = "organizationAccountStoreMapping"

_OWNER: Final = {APPLICATIONS: "application_id", ORGANIZATIONS: "organization_id"}


def ids_in_order(connection: sa.Connection, tables: Tables, mapping: str, owner_id: str) -> list[str]:
    columns = tables.of[mapping].c
    statement = sa.select(columns.id).where(columns[_OWNER[mapping]] == owner_id)
    return list(connection.execute(statement.order_by(columns.list_index, columns.id)).scalars())


def renumber(connection: sa.Connection, tables: Tables, mapping: str, ids: Iterable[str]) -> None:
    """Give the mappings the list indexes 0, 1, 2 ... in the order given."""
    table = tables.of[mapping]
    for index, each in enumerate(ids):
        connection.execute(
            table.update().where(table.c.id == each, table.c.list_index != index).values(list_index=index)
        )


def clear_flag(connection: sa.Connection, tables: Tables, mapping: str, owner_id: str, flag: str) -> None:
    table = tables.of[mapping]
    flagged = table.c[flag]
    connection.execute(
        table.update().where(table.c[_OWNER[mapping]] == owner_id, flagged).values({flag: False})
    )


def owners_naming(
    connection: sa.Connection, tables: Tables, mapping: str, kind: str, store_id: str
) -> list[str]:
    """Return the ids of the owners that map the store; for a directory, also those that map a group in it."""
    columns, groups = tables.of[mapping].c, tables.of["group"].c
    if f"account_store_{kind}_id" not in columns:
        return []
    condition = columns[f"account_store_{kind}_id"] == store_id
    if kind == "directory":
        inside = sa.select(groups.id).where(groups.directory_id == store_id)
        condition = sa.or_(condition, columns.account_store_group_id.in_(inside))
    # In one order everywhere, so that two deletions lock the same owners in turn.
    owner = columns[_OWNER[mapping]]
    statement = sa.select(owner).where(condition).distinct().order_by(owner)
    return list(connection.execute(statement).scalars())


def stores_of_organization(tables: Tables, organization_id: Any, kind: str) -> sa.Select[Any]:
    """Return the ids of the stores of one kind that an organization maps."""
    mappings = tables.of[ORGANIZATIONS].c
    store = mappings[f"account_store_{kind}_id"]
    return sa.select(store).where(mappings.organization_id == organization_id, store.is_not(None))


def stores_of_application(
    tables: Tables, application_id: Any, kind: str, *, enabled: bool = False
) -> sa.CompoundSelect[Any]:
    """Return the ids of the stores of one kind that an application maps, itself or by an organization.

    With ``enabled``, only an enabled organization leads on to its stores.
    """
    mappings, inner = tables.of[APPLICATIONS].c, tables.of[ORGANIZATIONS].c
    own, through = mappings[f"account_store_{kind}_id"], inner[f"account_store_{kind}_id"]
    organizations = tables.of["organization"].c
    usable = sa.select(organizations.id).where(organizations.status == ENABLED)
    is_open = inner.organization_id.in_(usable) if enabled else sa.true()
    return sa.union_all(
        sa.select(own).where(mappings.application_id == application_id, own.is_not(None)),
        sa.select(through)
        .join_from(
            tables.of[APPLICATIONS],
            tables.of[ORGANIZATIONS],
            inner.organization_id == mappings.account_store_organization_id,
        )
        .where(mappings.application_id == application_id, through.is_not(None), is_open),
    )


def ways_to_store(
    connection: sa.Connection, tables: Tables, application_id: str, kind: str, store_id: str
) -> list[str]:
    """Return the status of each way by which the application reaches the store."""
    outer, organizations = tables.of[APPLICATIONS], tables.of["organization"]
    through = (
        sa.select(organizations.c.status)
        .join_from(outer, organizations, organizations.c.id == outer.c.account_store_organization_id)
        .where(outer.c.application_id == application_id)
    )
    if kind == "organization":
        return list(connection.execute(through.where(organizations.c.id == store_id)).scalars())
    inner = tables.of[ORGANIZATIONS]
    direct = sa.select(sa.literal(ENABLED)).where(
        outer.c.application_id == application_id, _leads_to(tables, outer, kind, store_id)
    )
    inside = through.join(inner, inner.c.organization_id == organizations.c.id).where(
        _leads_to(tables, inner, kind, store_id)
    )
    return list(connection.execute(sa.union_all(direct, inside)).scalars())


def _leads_to(tables: Tables, mappings: sa.Table, kind: str, store_id: str) -> sa.ColumnElement[bool]:
    if kind == "directory":
        return mappings.c.account_store_directory_id == store_id
    groups = tables.of["group"].c
    directory = sa.select(groups.directory_id).where(groups.id == store_id)
    return sa.or_(
        mappings.c.account_store_group_id == store_id,
        mappings.c.account_store_directory_id.in_(directory),
    )
