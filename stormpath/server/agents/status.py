"""The status of an agent: what its program says of itself, and that it has said nothing for too long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from stormpath.server.domain import events
from stormpath.server.domain.agents import ERROR, OFFLINE_AFTER_MS, ONLINE, SEEN_EVERY_MS, Agents, AgentState
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row, StorageError
from stormpath.server.jobs.threads import BackgroundWorker
from stormpath.server.logs.loggers import get_logger
from stormpath.server.resources.providers.agent import LONGEST_REASON, end_overdue

_log = get_logger(__name__)

#: How often agents are looked for that have not called for too long, in seconds.
_WATCH_EVERY: Final = 15.0


@dataclass(frozen=True, slots=True)
class Said:
    """What the program of an agent says with a call: the process that it is, and how it is doing."""

    process: str
    status: str
    reason: str | None


def note(context: RequestContext, row: Row, state: AgentState, said: Said) -> bool:
    """Note a call of an agent, whose row and state are these; tell whether that changed the database."""
    now = context.now_ms()
    reason = _text(said)
    is_same = (row["status"], row["status_reason"]) == (said.status, reason)
    last = row["last_seen_at"]
    is_seen = last is not None and 0 <= now - last < SEEN_EVERY_MS
    if is_same and is_seen and state.process == said.process:
        return False
    with context.write() as unit:
        unit.agents.seen(row["id"], said.status, reason, now)
        if state.process != said.process:
            unit.agents.note(row["id"], said.process)
        if row["status"] != said.status or (said.status == ERROR and not is_same):
            kind = events.AgentOnline if said.status == ONLINE else events.AgentFailed
            context.emit(unit, kind(context.tenant_id, id=row["id"], cause=reason or ""))
    return True


def _text(said: Said) -> str | None:
    if said.reason:
        return said.reason[:LONGEST_REASON]
    return "The agent gives no reason." if said.status == ERROR else None


class AgentWatch(BackgroundWorker):
    """Lets agents be offline that have not called for too long, also while no administrator looks at them.

    ``context_for`` makes the context of a tenant.
    """

    def __init__(
        self, agents: Agents, context_for: Callable[[str], RequestContext], now_ms: Callable[[], int]
    ) -> None:
        super().__init__("agent watch")
        self._agents = agents
        self._context_for = context_for
        self._now_ms = now_ms

    def look(self) -> None:
        """Look at the agents of all tenants once."""
        for tenant_id in self._overdue():
            end_overdue(self._context_for(tenant_id))

    def _overdue(self) -> Sequence[str]:
        return self._agents.tenants_with_overdue(self._now_ms() - OFFLINE_AFTER_MS)

    def _work(self) -> float:
        try:
            self.look()
        except StorageError as error:
            _log.warning("The status of agents cannot be looked at: %s", type(error).__name__)
        return _WATCH_EVERY
