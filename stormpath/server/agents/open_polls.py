"""The long polls that wait in this process: a bounded number, and a few of each agent."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from stormpath import forks

#: The most polls of one agent at a time; one more ends the oldest.
MOST_OF_AGENT: Final = 4


class OpenPoll:
    """A poll that waits. One that ``is_ended`` answers with nothing as soon as it looks."""

    __slots__ = ("is_ended",)

    def __init__(self) -> None:
        self.is_ended = False


class OpenPolls:
    """The polls of this process, ``most`` at a time; 0 for no limit."""

    def __init__(self, most: int) -> None:
        self._most = most
        #: Whether the process stops.
        self.is_closed = False
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self._lock = threading.Lock()
        self._by_agent: dict[str, list[OpenPoll]] = {}
        self._number = 0
        #: How many were opened since the process began.
        self.opened_in_all = 0

    @contextmanager
    def opened(self, agent_id: str) -> Iterator[OpenPoll | None]:
        """Open a poll for the block, ``None`` if too many are open, or the process stops."""
        poll = self._open(agent_id)
        try:
            yield poll
        finally:
            if poll is not None:
                self._close(agent_id, poll)

    def has_replaced(self, agent_id: str) -> bool:
        """Tell whether polls of the agent have ended that do not know it yet."""
        with self._lock:
            return any(each.is_ended for each in self._by_agent.get(agent_id, ()))

    def end_all(self) -> list[str]:
        """End all polls, and open no more; return the agents whose polls are to be woken."""
        with self._lock:
            self.is_closed = True
            for polls in self._by_agent.values():
                for each in polls:
                    each.is_ended = True
            return list(self._by_agent)

    def _open(self, agent_id: str) -> OpenPoll | None:
        with self._lock:
            if self.is_closed or 0 < self._most <= self._number:
                return None
            polls = self._by_agent.setdefault(agent_id, [])
            going_on = [each for each in polls if not each.is_ended]
            if len(going_on) >= MOST_OF_AGENT:
                going_on[0].is_ended = True
            poll = OpenPoll()
            polls.append(poll)
            self._number += 1
            self.opened_in_all += 1
            return poll

    def _close(self, agent_id: str, poll: OpenPoll) -> None:
        with self._lock:
            polls = self._by_agent.get(agent_id, [])
            # Of another process, where it was opened before a fork.
            if poll in polls:
                polls.remove(poll)
                self._number -= 1
            if not polls:
                self._by_agent.pop(agent_id, None)
