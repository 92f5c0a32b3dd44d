"""The custom data documents of resources, one row for each owner that has ever been given any."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from stormpath.server.domain.storage import Row
from stormpath.server.storage import custom_index
from stormpath.server.storage.damage import reading
from stormpath.server.storage.tenant_scoped import TenantScoped


class CustomData(TenantScoped):
    """The custom data of a tenant's resources. Callers read the owner first: its tenant is the document's."""

    def get(self, resource: str, ids: Iterable[str]) -> dict[str, Row]:
        table = self._tables.custom_data[resource]
        wanted = set(ids)
        statement = sa.select(table).where(table.c.owner_id.in_(wanted))
        with reading(table, next(iter(wanted)) if len(wanted) == 1 else "(one of many)"):
            return {each["owner_id"]: dict(each) for each in self._connection.execute(statement).mappings()}

    def save(self, resource: str, owner_id: str, row: Mapping[str, Any]) -> None:
        table = self._tables.custom_data[resource]
        changed = table.update().where(table.c.owner_id == owner_id).values(dict(row))
        if self._connection.execute(changed).rowcount == 0:
            self._connection.execute(table.insert(), [{"owner_id": owner_id, **row}])
        custom_index.keep(self._connection, self._tables, resource, owner_id, row["document"])
