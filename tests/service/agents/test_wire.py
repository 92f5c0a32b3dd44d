"""The calls of agents (``docs/agent_protocol.rst``): polls, logins, and who may make them."""

import threading
import time
from concurrent.futures import Future, wait
from typing import Any

import pytest

from service.agent_calls import AgentCaller, new_agent, properties_of
from service.calls import Api, Json
from service.provider_bodies import agent_config
from stormpath.server.app import Service
from stormpath.server.domain.agent_logins import PATIENCE_MS, WaitingLogin
from stormpath.server.schema import ids


@pytest.fixture
def agent(api: Api) -> AgentCaller:
    return new_agent(api)


def add_login(service: Service, agent: AgentCaller, password: str = "a password", **changes: Any) -> str:
    """Let a login wait for the agent, and return its id."""
    context = service._context_of(agent.api.tenant_id)
    id, now = ids.new_id(), context.now_ms()
    login = WaitingLogin(id, "e1", "uid=ada", context.secrets.seal(password, id), now + PATIENCE_MS)
    assert context.agent_logins.add(context.tenant_id, agent.id, login._replace(**changes), now)
    return id


def begun(agent: AgentCaller, service: Service, **changes: Any) -> Future[Json]:
    """Begin a poll, and return it when it waits."""
    polls = service._polling._polls
    before = polls.opened_in_all
    found: Future[Json] = Future()

    def poll() -> None:
        try:
            found.set_result(agent.poll(**{"wait": 25, **changes}))
        except BaseException as error:
            found.set_exception(error)

    threading.Thread(target=poll, daemon=True).start()
    deadline = time.monotonic() + 10
    while polls.opened_in_all <= before and not found.done():
        assert time.monotonic() < deadline
        time.sleep(0.002)
    return found


def answered(found: Future[Json]) -> tuple[Json, float]:
    """Return the answer of a poll, and for how many seconds it was waited for."""
    since = time.perf_counter()
    return found.result(10), time.perf_counter() - since


@pytest.mark.both_databases
class TestPolls:
    @pytest.mark.parametrize("kind", ["ldap", "ad"])
    def test_an_agent_gets_its_configuration_with_the_password(self, api: Api, kind: str):
        agent = new_agent(api, kind)

        told = agent.poll()

        configuration = told["configuration"]
        assert configuration["kind"] == kind
        assert configuration["directory"] == agent.directory["href"].rpartition("/")[2]
        assert "{SSHA}" in configuration["hashSchemes"]
        given = agent_config(kind)
        assert configuration["config"]["agentUserDnPassword"] == given["agentUserDnPassword"]
        assert configuration["config"]["accountConfig"].items() >= given["accountConfig"].items()
        assert (told["logins"], told["synchronize"], told["again"]) == ([], False, 0)

    def test_a_configuration_that_is_known_is_not_sent_again(self, agent: AgentCaller):
        first = agent.poll()

        second = agent.poll()

        assert second["configuration"] is None
        assert second["configurationVersion"] == first["configurationVersion"]

    @pytest.mark.parametrize(
        "change",
        [{"pollInterval": 7}, {"agentUserDnPassword": "another"}, {"groupConfig": {"dnSuffix": "ou=g"}}],
    )
    def test_a_change_of_the_configuration_ends_a_poll_at_once(
        self, service: Service, agent: AgentCaller, change: Json
    ):
        first = agent.poll()
        waiting = begun(agent, service)

        agent.api.post(agent.href, {"config": change}).ok

        told, seconds = answered(waiting)
        assert told["configurationVersion"] != first["configurationVersion"]
        (name, value), *_ = change.items()
        found = told["configuration"]["config"][name]
        assert found == value or value.items() <= found.items()
        assert seconds < 1

    def test_what_is_sent_back_as_it_is_makes_no_new_version(self, agent: AgentCaller):
        agent.poll()
        config = {**agent.shown["config"], "agentUserDnPassword": "the bind password"}

        agent.api.post(agent.href, {"config": config}).ok

        assert agent.poll()["configuration"] is None

    def test_a_login_ends_a_poll_at_once_and_is_told_once(self, service: Service, agent: AgentCaller):
        agent.poll()
        waiting = begun(agent, service)

        id = add_login(service, agent, "dröwssap")

        told, seconds = answered(waiting)
        (login,) = told["logins"]
        assert 0 < login.pop("seconds") <= PATIENCE_MS / 1000
        assert login == {"id": id, "entryId": "e1", "dn": "uid=ada", "password": "dröwssap"}
        assert seconds < 0.5
        assert agent.poll()["logins"] == []

    def test_a_poll_takes_as_many_logins_as_it_says(self, service: Service, agent: AgentCaller):
        waiting = [add_login(service, agent) for _ in range(3)]

        assert agent.poll(logins=0)["logins"] == []
        assert [each["id"] for each in agent.poll(logins=2)["logins"]] == waiting[:2]
        assert [each["id"] for each in agent.poll(logins=2)["logins"]] == waiting[2:]

    def test_a_poll_without_news_ends_when_its_time_is_over(self, agent: AgentCaller):
        agent.poll()
        since = time.perf_counter()

        told = agent.poll(wait=1)

        assert 0.9 < time.perf_counter() - since < 5
        assert (told["configuration"], told["logins"], told["synchronize"]) == (None, [], False)

    def test_outcomes_are_taken_once(self, service: Service, agent: AgentCaller):
        first, second = add_login(service, agent), add_login(service, agent)
        agent.poll()

        results = [{"id": first, "outcome": "accepted"}, {"id": second, "outcome": "refused"}]
        assert agent.call("/agent/logins", {"results": results}).ok == {"taken": 2}
        assert agent.call("/agent/logins", {"results": results}).ok == {"taken": 0}

        logins = service._agent_logins
        assert (logins.outcome(first), logins.outcome(second)) == ("accepted", "refused")

    def test_an_agent_answers_no_logins_of_another(self, service: Service, agent: AgentCaller, stranger: Api):
        id = add_login(service, agent)
        agent.poll()
        others = [new_agent(stranger), new_agent(agent.api, name="Second")]

        for each in others:
            results = [{"id": id, "outcome": "accepted"}]
            assert each.call("/agent/logins", {"results": results}).ok == {"taken": 0}
            assert each.poll()["logins"] == []

        assert service._agent_logins.outcome(id) is None


class TestSynchronizations:
    def test_a_run_that_is_asked_for_ends_a_poll(self, service: Service, agent: AgentCaller):
        agent.poll()
        waiting = begun(agent, service)

        asked = agent.api.post(f"{agent.href}/synchronizations", {"full": True})

        assert (asked.status, asked.raw) == (202, b"")
        told, seconds = answered(waiting)
        assert told["synchronize"] is True
        assert seconds < 1

    def test_a_run_that_is_asked_for_is_told_once_in_a_while(self, agent: AgentCaller):
        agent.api.post(f"{agent.href}/synchronizations")

        assert [agent.poll()["synchronize"] for _ in range(3)] == [True, False, False]
        agent.api.post(f"{agent.href}/synchronizations", {})
        assert agent.poll()["synchronize"] is True

    @pytest.mark.parametrize(
        "body", [{"full": "maybe"}, {"full": 1}, {"bogus": True}, {"allowDeletions": []}]
    )
    def test_malformed_wishes_are_refused(self, agent: AgentCaller, body: Json):
        assert agent.api.post(f"{agent.href}/synchronizations", body).status == 400
        assert agent.poll()["synchronize"] is False

    def test_a_stranger_asks_for_no_run(self, agent: AgentCaller, stranger: Api):
        path = f"{agent.href}/synchronizations"

        assert stranger.post(path).error == (404, 404)
        assert agent.call(path, {}).error == (401, 401)


class TestKeys:
    def test_the_properties_file_says_where_and_who(self, agent: AgentCaller):
        answer = agent.api.get(f"{agent.href}/download")

        assert properties_of(answer) == {
            "agent.id": agent.id,
            "agent.key": agent.key,
            "agent.serviceUrl": agent.api.base_url,
        }
        assert answer.headers["content-disposition"] == 'attachment; filename="agent.properties"'
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["content-type"].startswith("text/plain")
        assert "etag" not in answer.headers

    def test_the_same_key_is_downloaded_each_time(self, agent: AgentCaller):
        assert properties_of(agent.api.get(f"{agent.href}/download"))["agent.key"] == agent.key

    def test_a_replaced_key_ends_polls_and_opens_nothing(self, service: Service, agent: AgentCaller):
        agent.poll()
        waiting = [begun(agent, service) for _ in range(2)]

        fresh = properties_of(agent.api.post(f"{agent.href}/download"))

        assert fresh["agent.key"] != agent.key
        for each in waiting:
            with pytest.raises(AssertionError, match="401"):
                each.result(5)
        assert agent.call("/agent/poll", agent.poll_body()).error == (401, 401)
        agent.key = fresh["agent.key"]
        assert agent.poll()["configuration"] is None

    def test_a_deleted_agent_ends_its_polls(self, service: Service, agent: AgentCaller):
        agent.poll()
        waiting = begun(agent, service)

        assert agent.api.delete(agent.href).status == 204

        with pytest.raises(AssertionError, match="401"):
            waiting.result(5)
        assert agent.call("/agent/poll", agent.poll_body()).error == (401, 401)

    def test_an_agent_without_a_key_gets_one_when_it_is_downloaded(
        self, service: Service, agent: AgentCaller
    ):
        # It is older than keys are.
        with service.database.write(agent.api.tenant_id) as unit:
            unit.update("agent", agent.id, {"agent_key": None})
        assert agent.call("/agent/poll", agent.poll_body()).error == (401, 401)

        keys = {properties_of(agent.api.get(f"{agent.href}/download"))["agent.key"] for _ in range(2)}

        assert len(keys) == 1
        agent.key = keys.pop()
        agent.poll()

    def test_a_stranger_downloads_nothing_and_replaces_nothing(self, agent: AgentCaller, stranger: Api):
        for each in (stranger.get, stranger.post):
            assert each(f"{agent.href}/download").error == (404, 404)
        agent.poll()


@pytest.mark.both_databases
class TestManyPolls:
    def test_a_fifth_poll_of_an_agent_ends_the_oldest(self, service: Service, agent: AgentCaller):
        agent.poll()
        first, *others = [begun(agent, service) for _ in range(4)]

        begun(agent, service)

        told, seconds = answered(first)
        assert (told["configuration"], told["again"]) == (None, 5)
        assert seconds < 3
        assert not any(each.done() for each in others)
        agent.api.post(f"{agent.href}/download")
        wait(others, 10)

    def test_a_new_process_takes_the_logins_of_one_that_may_be_gone(
        self, service: Service, agent: AgentCaller
    ):
        agent.poll()
        old = begun(agent, service)
        restarted = AgentCaller(agent.api, agent.directory, agent.id, agent.key, "process-2", agent.version)
        new = begun(restarted, service)

        id = add_login(service, agent)

        assert [each["id"] for each in answered(new)[0]["logins"]] == [id]
        told, _ = answered(old)
        assert (told["logins"], told["again"]) == ([], 5)
