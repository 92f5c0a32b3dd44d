"""Agents of mirrored directories: their keys, and what is known of the programs behind them.

Times are in milliseconds since 1970.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

ONLINE: Final = "ONLINE"
OFFLINE: Final = "OFFLINE"
ERROR: Final = "ERROR"

#: An agent that has not called for so long is offline. Its long poll takes less.
OFFLINE_AFTER_MS: Final = 45_000

#: A call is noted if so much time has passed since the last one that was.
SEEN_EVERY_MS: Final = 10_000

#: A poll is told again of a run that is asked for and has not begun, after so long.
TOLD_EVERY_MS: Final = 30_000


@dataclass(frozen=True, slots=True)
class StoredAgent:
    """An agent as its calls are authenticated; its key is encrypted. One of an older version has none."""

    id: str
    tenant_id: str
    encrypted_key: bytes | None = field(repr=False)


class Agents(Protocol):
    """The agents of all tenants."""

    def find(self, agent_id: str) -> StoredAgent | None:
        """Return an agent, or ``None``."""

    def tenants_with_overdue(self, before: int) -> Sequence[str]:
        """Return tenants with agents that are not offline and have not called since then, a few of them."""


class AgentState(NamedTuple):
    """The process that asked last, and the run that an administrator asks for."""

    process: str | None = None
    wants_run: bool = False
    told_at: int | None = None
    run_started_at: int | None = None

    def is_to_be_told(self, now: int) -> bool:
        """Tell whether a poll is to be told of a run that is asked for and has not begun."""
        if not self.wants_run or self.told_at is None:
            return self.wants_run
        has_begun = self.run_started_at is not None and self.run_started_at >= self.told_at
        return not has_begun and not 0 <= now - self.told_at < TOLD_EVERY_MS


class OverdueAgent(NamedTuple):
    """An agent that is not offline, and has not called since ``last_seen_at``."""

    id: str
    last_seen_at: int | None


class AgentStates(Protocol):
    """What is known of the agents of a unit's tenant."""

    def state(self, agent_id: str) -> AgentState:
        """Return the state of an agent; an agent that never called has the default."""

    def note(self, agent_id: str, process: str) -> None:
        """Note the process that asks."""

    def seen(self, agent_id: str, status: str, reason: str | None, now: int) -> None:
        """Note that an agent has called, and how it is doing."""

    def overdue(self, before: int) -> Sequence[OverdueAgent]:
        """Return the agents that are not offline and have not called since then."""

    def end(self, overdue: OverdueAgent, reason: str) -> bool:
        """Let an agent be offline, unless it has called meanwhile; tell whether this call did."""

    def ask(self, agent_id: str, *, is_full: bool, allows_deletions: bool) -> None:
        """Ask for a run; what was asked for before and has not begun stays asked for."""

    def tell(self, agent_id: str, told_at: int | None, now: int) -> bool:
        """Note that a poll is told of the run that is asked for; false if another poll was just told."""
