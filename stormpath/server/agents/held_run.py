"""The right to write for one run of a synchronization: it ends when another run begins.

Everything that a run writes is written in short transactions. Each of them locks the run first, and fails if
it is not the present one: what a process sends that was believed dead changes nothing any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.mirrors import RunState
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.schema.errors import ApiError, Code, not_found

#: The stages of a run, in their order; one that has just begun has stored nothing, and a stopped one may be
#: ended again.
BEGUN: Final = "begun"
TAKING: Final = "taking"
STOPPED: Final = "stopped"
DELETING: Final = "deleting"
SETTLING: Final = "settling"
JOINING: Final = "joining"
DONE: Final = "done"

#: Those in which its process is at work, and those that leave a part of it stored where the run ends there.
UNDER_WAY: Final = (BEGUN, TAKING, DELETING, SETTLING, JOINING)
HALF_STORED: Final = (TAKING, STOPPED, DELETING, SETTLING, JOINING)


@dataclass(frozen=True, slots=True)
class HeldRun:
    """A run that is under way, of the agent of one directory."""

    context: RequestContext
    agent: Row
    run: int

    @property
    def directory_id(self) -> str:
        """The directory that the agent fills."""
        return str(self.agent["directory_id"])

    @contextmanager
    def write(self, *stages: str, now: str | None = None) -> Iterator[Unit]:
        """Open a unit that writes for the run in one of these stages; raises ``ApiError`` 409.

        It is in the stage ``now`` from then on, where that is given.
        """
        with self.context.write() as unit:
            state = self.lock(unit)
            if state.stage not in stages:
                raise fenced(f"The run {self.run} is not {' or '.join(stages)}, but {state.stage}.")
            changes = {"run_seen_at": self.context.now_ms(), "run_stage": now or state.stage}
            unit.mirrors.runs.change(self.agent["id"], changes)
            yield unit

    def take(self) -> AbstractContextManager[Unit]:
        """Open a unit that stores what the run has found; raises ``ApiError`` 409."""
        return self.write(BEGUN, TAKING, now=TAKING)

    def lock(self, unit: Unit) -> RunState:
        """Lock the run in a unit that is open, and return how far it has come; raises ``ApiError`` 409."""
        state = unit.mirrors.runs.lock(self.directory_id, self.agent["id"])
        if state is None:
            raise not_found()
        if state.run != self.run:
            raise fenced(f"The run {self.run} is over: the present one is {state.run}.")
        return state


def fenced(message: str) -> ApiError:
    """Return the error for what belongs to no present run."""
    return ApiError(Code.CONFLICT, message)
