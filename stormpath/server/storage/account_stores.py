"""Account stores as the console shows them: facts of several, their uses, the ways to groups."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.account_stores import StoreFacts, StoreUse
from stormpath.server.storage.database import Database
from stormpath.server.storage.store_mappings import APPLICATIONS, ORGANIZATIONS

#: The most ids in one statement.
MOST: Final = 200


class AccountStores:
    """Account stores of all tenants (``stormpath.server.domain.account_stores.AccountStores``)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        tables = database.tables.of
        self._applications, self._mappings = tables["application"], tables[APPLICATIONS]
        self._organizations, self._inner = tables["organization"], tables[ORGANIZATIONS]
        self._directories, self._groups = tables["directory"], tables["group"]
        self._providers = tables["provider"]

    def facts(self, tenant_id: str, stores: Collection[tuple[str, str]]) -> dict[tuple[str, str], StoreFacts]:
        by_kind: dict[str, list[str]] = {}
        for kind, id in stores:
            by_kind.setdefault(kind, []).append(id)
        found: dict[tuple[str, str], StoreFacts] = {}
        with self._database.connect() as connection:
            for kind, ids in by_kind.items():
                statement, table = self._facts_of(kind)
                statement = statement.where(table.c.tenant_id == tenant_id, table.c.id.in_(ids[:MOST]))
                for row in connection.execute(statement):
                    found[kind, row.id] = StoreFacts(
                        kind, **{name: each or "" for name, each in row._mapping.items()}
                    )
        return found

    def uses(self, tenant_id: str, kind: str, id: str, offset: int, limit: int) -> tuple[list[StoreUse], int]:
        found = sa.union_all(*self._uses_of(tenant_id, kind, id)).subquery()
        applications = self._applications.c
        joined = sa.join(found, self._applications, found.c.application_id == applications.id)
        own = applications.tenant_id == tenant_id
        page = (
            sa.select(
                applications.id,
                applications.name,
                applications.status,
                found.c.via_kind,
                found.c.via_id,
                found.c.via_name,
                found.c.via_status,
            )
            .select_from(joined)
            .where(own)
            .order_by(applications.name_key, applications.id, found.c.via_kind, found.c.via_id)
            .offset(offset)
            .limit(limit)
        )
        with self._database.connect() as connection:
            rows = [StoreUse(*each) for each in connection.execute(page)]
            size = connection.execute(sa.select(sa.func.count()).select_from(joined).where(own)).scalar_one()
        return rows, int(size)

    def ways(
        self, tenant_id: str, application_id: str, group_ids: Collection[str]
    ) -> dict[str, list[StoreFacts]]:
        groups, mappings, inner = self._groups.c, self._mappings.c, self._inner.c
        directories, organizations = self._directories.c, self._organizations.c
        outer = sa.and_(mappings.application_id == application_id, mappings.tenant_id == tenant_id)
        asked = sa.and_(groups.id.in_(list(group_ids)[:MOST]), groups.tenant_id == tenant_id)
        contains = sa.or_(
            inner.account_store_group_id == groups.id,
            inner.account_store_directory_id == groups.directory_id,
        )
        by_group = self._way("group", groups).where(mappings.account_store_group_id == groups.id)
        by_directory = self._way("directory", directories).where(
            mappings.account_store_directory_id == directories.id, directories.id == groups.directory_id
        )
        by_organization = self._way("organization", organizations).where(
            mappings.account_store_organization_id == organizations.id,
            inner.organization_id == organizations.id,
            contains,
        )
        # An organization may map the group and its directory: it is one way.
        parts = (by_group, by_directory, by_organization.distinct())
        statement = sa.union_all(*(each.where(asked, outer) for each in parts))
        found: dict[str, list[StoreFacts]] = {}
        with self._database.connect() as connection:
            for kind, id, name, status, group_id in connection.execute(statement):
                found.setdefault(group_id, []).append(StoreFacts(kind, id, name, status))
        return found

    def _way(self, kind: str, columns: Any) -> sa.Select[Any]:
        return sa.select(sa.literal(kind), columns.id, columns.name, columns.status, self._groups.c.id)

    def _uses_of(self, tenant_id: str, kind: str, id: str) -> list[sa.Select[Any]]:
        """Return the mappings that lead from an application to a store, each with what it maps."""
        mappings, inner = self._mappings.c, self._inner.c
        directories, groups, organizations = self._directories, self._groups, self._organizations
        if kind == "organization":
            return [self._use("organization", organizations).where(organizations.c.id == id)]
        if kind == "directory":
            parts = [
                self._use("directory", directories).where(directories.c.id == id),
                # From the mappings on: they are fewer than the groups of a directory may be. The function
                # keeps SQLite from beginning with these.
                self._use("group", groups).where(
                    mappings.tenant_id == tenant_id, sa.func.coalesce(groups.c.directory_id, "") == id
                ),
            ]
            inside = sa.select(groups.c.id).where(
                groups.c.id == inner.account_store_group_id, groups.c.directory_id == id
            )
            contains = sa.or_(inner.account_store_directory_id == id, sa.exists(inside))
        else:
            directory = sa.select(groups.c.directory_id).where(groups.c.id == id).scalar_subquery()
            parts = [
                self._use("group", groups).where(groups.c.id == id),
                self._use("directory", directories).where(directories.c.id == directory),
            ]
            contains = sa.or_(
                inner.account_store_group_id == id, inner.account_store_directory_id == directory
            )
        containing = sa.select(inner.organization_id).where(inner.tenant_id == tenant_id, contains)
        through = self._use("organization", organizations).where(
            mappings.account_store_organization_id.in_(containing)
        )
        return [*parts, through]

    def _use(self, kind: str, table: sa.Table) -> sa.Select[Any]:
        mappings = self._mappings.c
        return sa.select(
            mappings.application_id,
            sa.literal(kind).label("via_kind"),
            table.c.id.label("via_id"),
            table.c.name.label("via_name"),
            table.c.status.label("via_status"),
        ).join_from(self._mappings, table, mappings[f"account_store_{kind}_id"] == table.c.id)

    def _facts_of(self, kind: str) -> tuple[sa.Select[Any], sa.Table]:
        table = self._database.tables.of[kind]
        own, directories, providers = table.c, self._directories.c, self._providers.c
        common = (own.id, own.name, own.status, own.description)
        if kind not in ("directory", "group"):
            return sa.select(*common), table
        directory_id = own.id if kind == "directory" else own.directory_id
        source = sa.outerjoin(table, self._providers, providers.id == directory_id)
        if kind == "group":
            source = source.join(self._directories, directories.id == directory_id)
        return sa.select(
            *common,
            directory_id.label("directory_id"),
            directories.name.label("directory_name"),
            providers.provider_id,
        ).select_from(source), table
