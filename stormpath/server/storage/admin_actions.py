"""The actions of administrators within a unit of work, in SQL."""

from __future__ import annotations

import sqlalchemy as sa

from stormpath.server.domain.security_events import AdminAction
from stormpath.server.storage.tables import Tables


class StoredAdminActions:
    """The contract of the listener (``stormpath.server.domain.security_events.AdminActions``), in SQL."""

    def __init__(self, connection: sa.Connection, tables: Tables) -> None:
        self._connection = connection
        self._tables = tables

    def add(self, action: AdminAction) -> None:
        self._connection.execute(self._tables.admin_actions.insert(), [action._asdict()])
