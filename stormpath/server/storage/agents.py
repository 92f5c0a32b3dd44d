"""The agents of mirrored directories in the database: across all tenants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from stormpath.server.domain.agents import StoredAgent
from stormpath.server.storage.agent_states import is_overdue
from stormpath.server.storage.damage import reading
from stormpath.server.storage.database import Database

_MOST_TENANTS: Final = 100


class StoredAgents:
    """The agents of all tenants (``stormpath.server.domain.agents.Agents``)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, agent_id: str) -> StoredAgent | None:
        agents = self._database.tables.of["agent"]
        statement = sa.select(agents.c.id, agents.c.tenant_id, agents.c.agent_key)
        with self._database.connect() as connection, reading(agents, agent_id):
            found = connection.execute(statement.where(agents.c.id == agent_id)).one_or_none()
        return None if found is None else StoredAgent(*found)

    def tenants_with_overdue(self, before: int) -> Sequence[str]:
        agents = self._database.tables.of["agent"]
        statement = sa.select(agents.c.tenant_id).where(is_overdue(agents, before))
        with self._database.connect() as connection:
            return list(connection.execute(statement.distinct().limit(_MOST_TENANTS)).scalars())
