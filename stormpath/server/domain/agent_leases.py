"""The agents that ``stormpath serve`` runs itself: one worker at a time runs each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from stormpath.server.domain.leases import LeaseStore

#: How long a worker that renews no lease keeps it, in seconds.
LEASE_SECONDS = 30


class RunnableAgent(NamedTuple):
    """An agent as workers see it: the process that called last, when, and the lease, if a worker has one."""

    id: str
    tenant_id: str
    process: str | None
    last_seen_at: int | None
    lease: str | None


class AgentLeases(LeaseStore, Protocol):
    """The leases on agents, of all tenants. Each is another text after each renewal."""

    def agents(self) -> Sequence[RunnableAgent]:
        """Return all agents."""

    def take(self, agent: RunnableAgent, lease: str) -> bool:
        """Take a lease that no worker has; tell whether this worker has it now."""

    def renew(self, agent_id: str, former: str, lease: str) -> bool:
        """Replace one's lease; false if it is another worker's by now."""

    def give_back(self, agent_id: str, lease: str, process: str) -> None:
        """Let other workers run the agent, as ``process`` does not any more."""
