"""The account store mappings of applications and organizations: their order, their flags, their stores."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.schema import ENABLED
from stormpath.server.storage.tables import Tables
from stormpath.server.storage.tenant_scoped import TenantScoped

APPLICATIONS: Final = "accountStoreMapping"
ORGANIZATIONS: Final = "organizationAccountStoreMapping"

_OWNER: Final = {APPLICATIONS: "application_id", ORGANIZATIONS: "organization_id"}


class StoreMappings(TenantScoped):
    """The account store mappings of applications and organizations.

    Callers read the owner or the store first: its mappings are in the same tenant.
    """

    def ids(self, mapping: str, owner_id: str) -> list[str]:
        columns = self._tables.of[mapping].c
        statement = sa.select(columns.id).where(columns[_OWNER[mapping]] == owner_id)
        return self._texts(statement.order_by(columns.list_index, columns.id))

    def renumber(self, mapping: str, ids: Iterable[str]) -> None:
        table = self._tables.of[mapping]
        for index, each in enumerate(ids):
            self._connection.execute(
                table.update().where(table.c.id == each, table.c.list_index != index).values(list_index=index)
            )

    def clear_flag(self, mapping: str, owner_id: str, flag: str) -> None:
        table = self._tables.of[mapping]
        flagged = table.c[flag]
        self._connection.execute(
            table.update().where(table.c[_OWNER[mapping]] == owner_id, flagged).values({flag: False})
        )

    def owners(self, mapping: str, kind: str, store_id: str) -> list[str]:
        columns, groups = self._tables.of[mapping].c, self._tables.of["group"].c
        if f"account_store_{kind}_id" not in columns:
            return []
        condition = columns[f"account_store_{kind}_id"] == store_id
        if kind == "directory":
            inside = sa.select(groups.id).where(groups.directory_id == store_id)
            condition = sa.or_(condition, columns.account_store_group_id.in_(inside))
        # In one order everywhere, so that two deletions lock the same owners in turn.
        owner = columns[_OWNER[mapping]]
        return self._texts(sa.select(owner).where(condition).distinct().order_by(owner))

    def ways_to_store(self, application_id: str, kind: str, store_id: str) -> list[str]:
        outer, organizations = self._tables.of[APPLICATIONS], self._tables.of["organization"]
        through = (
            sa.select(organizations.c.status)
            .join_from(outer, organizations, organizations.c.id == outer.c.account_store_organization_id)
            .where(outer.c.application_id == application_id)
        )
        if kind == "organization":
            return self._texts(through.where(organizations.c.id == store_id))
        inner = self._tables.of[ORGANIZATIONS]
        direct = sa.select(sa.literal(ENABLED)).where(
            outer.c.application_id == application_id, self._leads_to(outer, kind, store_id)
        )
        inside = through.join(inner, inner.c.organization_id == organizations.c.id).where(
            self._leads_to(inner, kind, store_id)
        )
        return self._texts(sa.union_all(direct, inside))

    def _leads_to(self, mappings: sa.Table, kind: str, store_id: str) -> sa.ColumnElement[bool]:
        if kind == "directory":
            return mappings.c.account_store_directory_id == store_id
        groups = self._tables.of["group"].c
        directory = sa.select(groups.directory_id).where(groups.id == store_id)
        return sa.or_(
            mappings.c.account_store_group_id == store_id,
            mappings.c.account_store_directory_id.in_(directory),
        )

    def _texts(self, statement: sa.Executable) -> list[str]:
        return list(self._connection.execute(statement).scalars())


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
