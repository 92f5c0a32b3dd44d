"""The common part of the classes that read and write one tenant's rows, one class for each domain."""

from __future__ import annotations

import sqlalchemy as sa

from stormpath.server.storage.tables import Tables


class TenantScoped:
    """A part of a unit of work: its statements run on the unit's connection, on behalf of its tenant."""

    __slots__ = ("_connection", "_tables", "_tenant_id")

    def __init__(self, connection: sa.Connection, tables: Tables, tenant_id: str) -> None:
        self._connection = connection
        self._tables = tables
        self._tenant_id = tenant_id
