"""A synchronization as an agent makes it: begun, sent and ended by its calls."""

from typing import Any
from uuid import UUID

import pytest

from service.agent_calls import AgentCaller, new_agent
from service.calls import Answer, Api, Json
from service.mirrors import by_dn, person, team


@pytest.fixture
def agent(api: Api) -> AgentCaller:
    agent = new_agent(api)
    agent.poll()
    return agent


def begin(agent: AgentCaller, kind: str = "full", **changes: Any) -> Answer:
    body = {"process": agent.process, "configuration": agent.version, "kind": kind, "because": None}
    return agent.call("/agent/runs", body | changes)


def end(agent: AgentCaller, run: int, **changes: Any) -> Json:
    body = {"run": run, "isComplete": True, "cursor": {"c": run}, "report": {"accounts": 1}}
    while not (ended := agent.call("/agent/runs/end", body | changes).ok)["isDone"]:
        pass
    return ended


def mirrored(agent: AgentCaller, kind: str = "full", **entries: Any) -> Json:
    """Make a run that finds these entries, and return how it began."""
    begun = begin(agent, kind).ok
    agent.call("/agent/runs/entries", {"run": begun["run"], **entries}).ok
    assert end(agent, begun["run"]) == {"isDone": True, "stopped": None}
    return begun


def emails(agent: AgentCaller) -> list[str]:
    return [each["email"] for each in agent.api.get(agent.directory["accounts"]["href"]).items]


def test_what_an_agent_sends_becomes_accounts_groups_and_memberships(agent: AgentCaller):
    ada, group = person("ada"), team("readers")
    members = {"group": group["id"], "keys": by_dn(ada), "isFirst": True, "isLast": True}

    begun = mirrored(agent, accounts=[ada], groups=[group], members=[members])

    assert begun == {"run": 1, "kind": "full", "cursor": None}
    assert emails(agent) == ["ada@example.com"]
    (made,) = agent.api.get(agent.directory["groups"]["href"]).items
    assert [each["email"] for each in agent.api.get(made["accounts"]["href"]).items] == emails(agent)
    assert agent.shown["lastSynchronizedAt"] is not None


def test_the_next_run_begins_where_the_last_one_ended(agent: AgentCaller):
    first = mirrored(agent, accounts=[person("ada")])

    second = begin(agent, "incremental").ok

    assert second == {"run": first["run"] + 1, "kind": "incremental", "cursor": {"c": first["run"]}}


def test_problems_are_counted(agent: AgentCaller):
    run = begin(agent).ok["run"]

    sent = {"run": run, "accounts": [person("ada"), person("eve", email=None)]}

    assert agent.call("/agent/runs/entries", sent).ok == {"problems": 1}


def test_a_full_run_that_is_asked_for_is_full_and_is_asked_for_once(agent: AgentCaller):
    ada = [person("ada")]
    mirrored(agent, accounts=ada)
    agent.api.post(f"{agent.href}/synchronizations", {"full": True})
    assert agent.poll()["synchronize"] is True

    kinds = [mirrored(agent, "incremental", accounts=ada)["kind"] for _ in range(2)]

    assert kinds == ["full", "incremental"]
    assert agent.poll()["synchronize"] is False


def test_a_run_that_is_asked_for_while_another_is_at_work_comes_after_it(agent: AgentCaller):
    run = begin(agent).ok["run"]
    agent.api.post(f"{agent.href}/synchronizations", {"full": True})
    assert agent.poll()["synchronize"] is True

    end(agent, run)

    assert begin(agent, "incremental").ok["kind"] == "full"


def test_deletions_beyond_the_share_are_stopped_until_they_are_allowed(agent: AgentCaller):
    mirrored(agent, accounts=[person(f"p{number}") for number in range(20)])
    run = begin(agent).ok["run"]

    stopped = end(agent, run)["stopped"]

    assert "20" in stopped
    assert len(emails(agent)) == 20
    shown = agent.shown
    assert (shown["status"], shown["statusReason"]) == ("ERROR", stopped)
    agent.api.post(f"{agent.href}/synchronizations", {"allowDeletions": True})
    assert agent.poll()["synchronize"] is True
    assert end(agent, begin(agent).ok["run"])["stopped"] is None
    assert emails(agent) == []


def test_a_run_needs_the_present_configuration(agent: AgentCaller):
    old = agent.version
    agent.api.post(agent.href, {"config": {"pollInterval": 9}}).ok

    assert begin(agent).error == (409, 409)
    agent.poll()
    assert agent.version != old
    assert begin(agent).status == 200


def test_a_run_that_is_not_the_present_one_is_fenced(agent: AgentCaller):
    old = begin(agent).ok["run"]
    begin(agent).ok

    for path, body in (
        ("/agent/runs/entries", {"run": old, "accounts": [person("ada")]}),
        ("/agent/runs/end", {"run": old, "isComplete": True, "cursor": {}, "report": {}}),
        ("/agent/runs/entries", {"run": old + 7}),
    ):
        assert agent.call(path, body).error == (409, 409), path
    assert emails(agent) == []


def test_a_second_process_waits_for_the_run_of_the_first(agent: AgentCaller):
    begin(agent).ok

    assert begin(agent, process="another").error == (409, 409)
    assert begin(agent).status == 200


def test_an_agent_reaches_no_run_of_another(agent: AgentCaller, stranger: Api):
    run = begin(agent).ok["run"]

    for other in (new_agent(stranger), new_agent(agent.api, name="Second")):
        sent = {"run": run, "accounts": [person("eve")]}
        assert other.call("/agent/runs/entries", sent).error == (409, 409)
        end_of = {"run": run, "isComplete": True, "cursor": {}, "report": {}}
        assert other.call("/agent/runs/end", end_of).error == (409, 409)
        assert emails(other) == []
    end(agent, run)


MEMBERS = ["run", "isComplete", "cursor", "report", "kind", "configuration", "process"]
WRONG: list[Any] = [[], 0.5, -1, 10**30, "\x00", "x" * 70, [[]]]


@pytest.mark.parametrize("member", MEMBERS)
def test_no_member_of_a_run_takes_what_it_must_not(agent: AgentCaller, member: str):
    run = begin(agent).ok["run"]
    begins = {"process": agent.process, "configuration": agent.version, "kind": "full"}
    ends = {"run": run, "isComplete": True, "cursor": {}, "report": {}}
    path, body = ("/agent/runs", begins) if member in begins else ("/agent/runs/end", ends)
    needed = member not in ("cursor", "report")

    for value in (*WRONG, *([None] if needed else [])):
        answer = agent.call(path, body | {member: value})

        assert answer.status == 400, (value, answer.raw)
    assert begin(agent).ok["run"] == run + 1


def test_as_many_ids_as_a_batch_may_have_are_taken(agent: AgentCaller):
    run = begin(agent).ok["run"]
    present = [str(UUID(int=number)) for number in range(20_001)]

    most = agent.call("/agent/runs/entries", {"run": run, "present": {"account": present[1:]}})
    more = agent.call("/agent/runs/entries", {"run": run, "present": {"account": present}})

    assert most.ok == {"problems": 0}
    assert more.status == 400
