"""What is known of the programs of a tenant's agents, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.agents import OFFLINE, AgentState, OverdueAgent
from stormpath.server.storage.tables import Tables

_ADD: Final = """
INSERT INTO agent_states (tenant_id, agent_id, run, wants_run, allows_deletions)
SELECT tenant_id, id, 0, false, false FROM agents WHERE id = :id AND tenant_id = :tenant
ON CONFLICT DO NOTHING
"""


class StoredAgentStates:
    """What is known of the agents of a tenant (``stormpath.server.domain.agents.AgentStates``)."""

    def __init__(
        self, connection: sa.Connection, tables: Tables, dialect: sa.Dialect, tenant_id: str
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._dialect = dialect
        self._tenant_id = tenant_id
        self._states = tables.agent_states
        self._agents = tables.of["agent"]

    def state(self, agent_id: str) -> AgentState:
        prepared = self._tables.prepared("state of an agent", self._dialect, self._select_state)
        found = prepared.one(self._connection, agent=agent_id, tenant=self._tenant_id)
        return AgentState() if found is None else AgentState(**found)

    def note(self, agent_id: str, process: str) -> None:
        self._change_state(agent_id, {"process": process})

    def seen(self, agent_id: str, status: str, reason: str | None, now: int) -> None:
        self._connection.execute(
            self._agents.update()
            .where(self._agents.c.id == agent_id, self._agents.c.tenant_id == self._tenant_id)
            .values(status=status, status_reason=reason, last_seen_at=now)
        )

    def overdue(self, before: int) -> Sequence[OverdueAgent]:
        agents = self._agents
        statement = sa.select(agents.c.id, agents.c.last_seen_at).where(
            agents.c.tenant_id == self._tenant_id, is_overdue(agents, before)
        )
        return [OverdueAgent(*row) for row in self._connection.execute(statement)]

    def end(self, overdue: OverdueAgent, reason: str) -> bool:
        agents = self._agents
        statement = (
            agents.update()
            .where(
                agents.c.id == overdue.id,
                agents.c.tenant_id == self._tenant_id,
                agents.c.status != OFFLINE,
                agents.c.last_seen_at.is_not_distinct_from(overdue.last_seen_at),
            )
            .values(status=OFFLINE, status_reason=reason)
        )
        return self._connection.execute(statement).rowcount == 1

    def ask(self, agent_id: str, *, is_full: bool, allows_deletions: bool) -> None:
        changes: dict[str, Any] = {"wants_run": True, "told_at": None}
        if is_full:
            changes["wants_full"] = True
        if allows_deletions:
            changes["allows_deletions"] = True
        self._change_state(agent_id, changes)

    def tell(self, agent_id: str, told_at: int | None, now: int) -> bool:
        states = self._states
        statement = (
            states.update()
            .where(
                states.c.agent_id == agent_id,
                states.c.tenant_id == self._tenant_id,
                states.c.wants_run,
                states.c.told_at.is_not_distinct_from(told_at),
            )
            .values(told_at=now)
        )
        return self._connection.execute(statement).rowcount == 1

    def _change_state(self, agent_id: str, changes: dict[str, Any]) -> None:
        states = self._states
        statement = (
            states.update()
            .where(states.c.agent_id == agent_id, states.c.tenant_id == self._tenant_id)
            .values(changes)
        )
        if self._connection.execute(statement).rowcount == 0:
            self._connection.execute(sa.text(_ADD), {"id": agent_id, "tenant": self._tenant_id})
            self._connection.execute(statement)

    def _select_state(self) -> sa.Select[Any]:
        states = self._states
        return sa.select(
            states.c.process, states.c.wants_run, states.c.told_at, states.c.run_started_at
        ).where(states.c.agent_id == sa.bindparam("agent"), states.c.tenant_id == sa.bindparam("tenant"))


def is_overdue(agents: sa.Table, before: int) -> sa.ColumnElement[bool]:
    """Return the condition of agents that are not offline and have not called since then."""
    has_not_called = sa.or_(agents.c.last_seen_at.is_(None), agents.c.last_seen_at < before)
    return sa.and_(agents.c.status != OFFLINE, has_not_called)
