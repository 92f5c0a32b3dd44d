"""The status of agents: what their programs say, and what follows when they say nothing."""

from collections.abc import Iterator

import pytest

from service.agent_calls import AgentCaller, new_agent
from service.calls import Api
from service.clock import Clock, clock, shared_service
from stormpath.server.app import Service
from stormpath.server.domain.events import AgentEvent, AgentFailed, AgentOffline, AgentOnline
from stormpath.server.schema.timestamps import timestamp

__all__ = ["clock", "shared_service"]

NEVER = "The agent has never called: download its agent.properties, and start `stormpath agent run`."


@pytest.fixture
def agent(api: Api) -> AgentCaller:
    return new_agent(api)


@pytest.fixture
def told(service: Service, agent: AgentCaller) -> Iterator[list[AgentEvent]]:
    """The events of the agent, as they come."""
    found: list[AgentEvent] = []

    def listen(event: AgentEvent) -> None:
        if event.id == agent.id:
            found.append(event)

    stop = service.events.after(AgentEvent, listen)
    yield found
    stop()


def status_of(agent: AgentCaller) -> tuple[str, str | None]:
    shown = agent.shown
    return shown["status"], shown["statusReason"]


def test_an_agent_that_never_called_says_what_to_do(agent: AgentCaller):
    assert status_of(agent) == ("OFFLINE", NEVER)
    assert agent.shown["lastSeenAt"] is None


def test_an_agent_that_calls_is_online(agent: AgentCaller, clock: Clock, told: list[AgentEvent]):
    agent.poll()

    assert status_of(agent) == ("ONLINE", None)
    assert agent.shown["lastSeenAt"] == timestamp(clock.now)
    assert [type(each) for each in told] == [AgentOnline]


def test_an_agent_reports_its_error_with_the_reason(agent: AgentCaller, told: list[AgentEvent]):
    reason = "The server refuses the password of cn=reader: é <b>&"

    for _ in range(2):
        agent.poll(status={"state": "ERROR", "reason": reason})

    assert status_of(agent) == ("ERROR", reason)
    assert [(type(each), each.cause) for each in told] == [(AgentFailed, reason)]


def test_an_error_has_a_reason_in_any_case(agent: AgentCaller):
    agent.poll(status={"state": "ERROR", "reason": ""})

    assert status_of(agent) == ("ERROR", "The agent gives no reason.")


def test_a_long_reason_is_cut(agent: AgentCaller):
    agent.poll(status={"state": "ERROR", "reason": "é" * 4000})

    assert status_of(agent) == ("ERROR", "é" * 1000)


def test_an_agent_that_works_again_is_online(agent: AgentCaller, told: list[AgentEvent]):
    agent.poll(status={"state": "ERROR", "reason": "no"})

    agent.poll()

    assert status_of(agent) == ("ONLINE", None)
    assert [type(each) for each in told] == [AgentFailed, AgentOnline]


@pytest.mark.parametrize("state", ["ONLINE", "ERROR"])
def test_an_agent_that_does_not_call_is_offline_wherever_it_is_shown(
    agent: AgentCaller, clock: Clock, told: list[AgentEvent], state: str
):
    agent.poll(status={"state": state, "reason": None})
    seen = timestamp(clock.now)
    clock.moves(45)
    assert status_of(agent)[0] == state
    clock.moves(0.001)
    api = agent.api

    shown = [
        *api.get(f"{api.tenant}/agents", status="OFFLINE").items,
        api.get(f"{agent.directory['href']}/provider", expand="agent").ok["agent"],
        api.post(agent.href, {}).ok,
        agent.shown,
    ]

    reason = f"The agent has not called since {seen}: is `stormpath agent run` running?"
    assert [(each["status"], each["statusReason"]) for each in shown] == [("OFFLINE", reason)] * 4
    assert api.get(f"{api.tenant}/agents", status=state).items == []
    assert [(type(each), each.cause) for each in told[1:]] == [(AgentOffline, reason)]


def test_an_agent_goes_offline_while_it_is_not_looked_at(
    service: Service, agent: AgentCaller, clock: Clock, told: list[AgentEvent]
):
    agent.poll()
    clock.moves(46)

    service._agent_watch.look()
    service._agent_watch.look()

    assert [type(each) for each in told] == [AgentOnline, AgentOffline]


def test_an_agent_that_calls_after_a_pause_is_online_again(agent: AgentCaller, clock: Clock):
    agent.poll()
    clock.moves(3600)
    assert status_of(agent)[0] == "OFFLINE"

    agent.poll()

    assert status_of(agent) == ("ONLINE", None)


def test_the_last_call_is_written_once_in_ten_seconds(agent: AgentCaller, clock: Clock):
    agent.poll()
    first = agent.shown["lastSeenAt"]
    clock.moves(9)
    agent.poll()
    assert agent.shown["lastSeenAt"] == first
    clock.moves(1)

    agent.poll()

    assert agent.shown["lastSeenAt"] == timestamp(clock.now)


def test_a_clock_that_was_put_back_keeps_no_agent_online(agent: AgentCaller, clock: Clock):
    agent.poll()
    clock.moves(-3600)

    agent.poll()

    assert agent.shown["lastSeenAt"] == timestamp(clock.now)


def test_calls_change_no_modification_time(agent: AgentCaller, clock: Clock):
    before = agent.shown["modifiedAt"]
    clock.moves(60)

    agent.poll(status={"state": "ERROR", "reason": "no"})

    assert agent.shown["modifiedAt"] == before


def test_the_status_is_read_only(agent: AgentCaller):
    agent.poll()

    changed = agent.api.post(agent.href, {"status": "ERROR", "statusReason": "x", "lastSeenAt": None}).ok

    assert (changed["status"], changed["statusReason"]) == ("ONLINE", None)
