"""The leases on the agents that workers run themselves, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.agent_leases import LEASE_SECONDS, RunnableAgent
from stormpath.server.domain.leases import Lease
from stormpath.server.storage.database import Database

_ADD: Final = """
INSERT INTO agent_states (tenant_id, agent_id, run, wants_run, allows_deletions)
SELECT tenant_id, id, 0, false, false FROM agents WHERE id = :id AND tenant_id = :tenant
ON CONFLICT DO NOTHING
"""


class StoredAgentLeases:
    """The leases on the agents of all tenants (``stormpath.server.domain.agent_leases.AgentLeases``)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._states = database.tables.agent_states

    def agents(self) -> Sequence[RunnableAgent]:
        agents, states = self._database.tables.of["agent"], self._states
        statement = sa.select(
            agents.c.id, agents.c.tenant_id, states.c.process, agents.c.last_seen_at, states.c.lease
        ).outerjoin_from(
            agents,
            states,
            sa.and_(states.c.agent_id == agents.c.id, states.c.tenant_id == agents.c.tenant_id),
        )
        with self._database.connect() as connection:
            return [RunnableAgent(*row) for row in connection.execute(statement.order_by(agents.c.id))]

    def leases(self) -> list[Lease]:
        states = self._states
        statement = sa.select(states.c.agent_id, states.c.lease).where(states.c.lease.is_not(None))
        with self._database.connect() as connection:
            return [Lease(id, lease, LEASE_SECONDS) for id, lease in connection.execute(statement)]

    def release(self, id: str, token: str, now: int) -> bool:
        return self._replace(id, token, None)

    def take(self, agent: RunnableAgent, lease: str) -> bool:
        with self._database.translated(), self._database.transaction() as connection:
            connection.execute(sa.text(_ADD), {"id": agent.id, "tenant": agent.tenant_id})
            taken = self._states.update().where(
                self._states.c.agent_id == agent.id,
                self._states.c.tenant_id == agent.tenant_id,
                self._states.c.lease.is_(None),
            )
            return connection.execute(taken.values(lease=lease)).rowcount == 1

    def renew(self, agent_id: str, former: str, lease: str) -> bool:
        return self._replace(agent_id, former, lease)

    def give_back(self, agent_id: str, lease: str, process: str) -> None:
        # Else other workers would take it for one that still asks.
        is_own = self._states.c.process == process
        self._replace(agent_id, lease, None, process=sa.case((is_own, None), else_=self._states.c.process))

    def _replace(self, agent_id: str, former: str, lease: str | None, **others: Any) -> bool:
        states = self._states
        statement = states.update().where(states.c.agent_id == agent_id, states.c.lease == former)
        with self._database.translated(), self._database.transaction() as connection:
            return connection.execute(statement.values(lease=lease, **others)).rowcount == 1
