"""The agents of mirrored directories in the database: across all tenants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.agents import StoredAgent
from stormpath.server.storage.agent_states import is_overdue
from stormpath.server.storage.damage import reading
from stormpath.server.storage.database import Database

_MOST_TENANTS: Final = 100


def _by_id(agents: sa.Table) -> sa.Select[Any]:
    columns = (agents.c.id, agents.c.tenant_id, agents.c.agent_key)
    return sa.select(*columns).where(agents.c.id == sa.bindparam("agent", type_=sa.Text))


class StoredAgents:
    """The agents of all tenants (``stormpath.server.domain.agents.Agents``)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, agent_id: str) -> StoredAgent | None:
        tables = self._database.tables
        agents = tables.of["agent"]
        with self._database.connect() as connection, reading(agents, agent_id):
            prepared = tables.prepared("agent of any tenant", connection.dialect, lambda: _by_id(agents))
            found = prepared.one(connection, agent=agent_id)
        return None if found is None else StoredAgent(found["id"], found["tenant_id"], found["agent_key"])

    def tenants_with_overdue(self, before: int) -> Sequence[str]:
        agents = self._database.tables.of["agent"]
        statement = sa.select(agents.c.tenant_id).where(is_overdue(agents, before))
        with self._database.connect() as connection:
            return list(connection.execute(statement.distinct().limit(_MOST_TENANTS)).scalars())
