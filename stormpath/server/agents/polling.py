"""The long poll of an agent: it waits until there is something to tell (``docs/agent_protocol.rst``)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from stormpath.server.agents import configuration, keys, status
from stormpath.server.agents.open_polls import OpenPoll, OpenPolls
from stormpath.server.agents.status import Said
from stormpath.server.domain.agent_logins import AgentLogins, Signals, WaitingLogin, agent_channel
from stormpath.server.domain.agents import AgentState, StoredAgent
from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import Row, StorageError, Unit
from stormpath.server.resources.providers.agent import KEY
from stormpath.server.schema import snake_case

Json = dict[str, Any]

#: How long an agent waits before its next poll, in seconds: where the service has no room for it, or another
#: poll has replaced it; and where the process stops.
_BUSY: Final = 5
_STOPPING: Final = 1

_KEY_COLUMN: Final = snake_case(KEY)


@dataclass(frozen=True, slots=True)
class Poll:
    """What a poll says: who asks, which configuration it has, how many logins it takes, how long it waits."""

    said: Said
    configuration: str | None
    logins: int
    wait: int


@dataclass(frozen=True, slots=True)
class News:
    """What a poll is told."""

    version: str
    configuration: Json | None = field(default=None, repr=False)
    logins: tuple[WaitingLogin, ...] = ()
    synchronize: bool = False
    again: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return self.configuration is None and not self.logins and not self.synchronize


class Polling:
    """Answers the polls of agents. One that waits holds no connection to the database."""

    def __init__(self, polls: OpenPolls, logins: AgentLogins, signals: Signals) -> None:
        self._polls = polls
        self._logins = logins
        self._signals = signals

    def answer(
        self, context: RequestContext, agent: StoredAgent, poll: Poll, on_wait: Callable[[], None]
    ) -> News:
        """Return what there is to tell, as soon as there is something, or when the time is over.

        ``on_wait`` is called before it waits. Raises 401 as soon as the agent's key is another.
        """
        with context.read() as unit:
            row, state = _read(unit, agent)
            kind = configuration.kind_of(unit, row)
        if status.note(context, row, state, poll.said):
            state = state._replace(process=poll.said.process)
        news = self._news(context, poll, row, state, kind)
        if not news.is_empty or news.again or poll.wait == 0:
            return news
        with self._polls.opened(agent.id) as opened:
            if opened is None:
                return News(news.version, again=_BUSY)
            on_wait()
            if self._polls.has_replaced(agent.id):
                self._signals.send(agent_channel(agent.id))
            return self._waited(context, agent, poll, opened, kind) or news

    def end(self) -> None:
        """End all polls, because the process stops."""
        # Those of this process are woken, also where others cannot be.
        with suppress(StorageError):
            for each in self._polls.end_all():
                self._signals.send(agent_channel(each))

    def _waited(
        self, context: RequestContext, agent: StoredAgent, poll: Poll, opened: OpenPoll, kind: str
    ) -> News | None:
        def look() -> News | None:
            if opened.is_ended:
                return self._ended(poll)
            with context.read() as unit:
                row, state = _read(unit, agent)
            news = self._news(context, poll, row, state, kind)
            return None if news.is_empty and not news.again else news

        return self._signals.wait(agent_channel(agent.id), poll.wait, look)

    def _ended(self, poll: Poll) -> News:
        return News(poll.configuration or "", again=_STOPPING if self._polls.is_closed else _BUSY)

    def _news(self, context: RequestContext, poll: Poll, row: Row, state: AgentState, kind: str) -> News:
        version = configuration.version_of(context, row, kind)
        if state.process not in (None, poll.said.process):
            # Another process of the agent asks now: this one may be gone, and would lose its logins.
            return News(version, again=_BUSY)
        is_known = version == poll.configuration
        shown = None if is_known else configuration.configuration_of(context, row, kind)
        logins = self._logins.take(row["id"], poll.said.process, poll.logins, context.now_ms())
        return News(version, shown, tuple(logins), _is_told(context, row["id"], state))


def _read(unit: Unit, agent: StoredAgent) -> tuple[Row, AgentState]:
    """Return row and state of an agent whose key is still the one that its call came with."""
    row = unit.get("agent", agent.id)
    if row is None or row[_KEY_COLUMN] != agent.encrypted_key:
        raise keys.unauthenticated("the agent was deleted, or its key replaced", agent.id)
    return row, unit.agents.state(agent.id)


def _is_told(context: RequestContext, agent_id: str, state: AgentState) -> bool:
    """Tell whether a run is asked for of which no poll was told just now; this one is told of it then."""
    now = context.now_ms()
    if not state.is_to_be_told(now):
        return False
    with context.write() as unit:
        return unit.agents.tell(agent_id, state.told_at, now)
