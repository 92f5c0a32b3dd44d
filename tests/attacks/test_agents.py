"""The calls of agents: who gets in, what a malformed one does, and what a flood of them holds open."""

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from service.agent_calls import AgentCaller, new_agent
from service.calls import Answer, Api, Json
from stormpath.server.app import Service
from stormpath.server.rest.concurrency_limits import limits
from stormpath.server.schema import ids
from stormpath.server.settings import Settings
from support import databases
from support.log_lines import Lines
from support.statements import statements

CALLS = ["/agent/poll", "/agent/logins", "/agent/runs", "/agent/runs/entries", "/agent/runs/end"]


@pytest.fixture
def agent(api: Api) -> AgentCaller:
    return new_agent(api)


def as_caller(api: Api, id: str, secret: str) -> Api:
    return Api(api.wsgi, api.base_url, key_id=id, secret=secret)


class TestKeys:
    @pytest.mark.parametrize("path", CALLS)
    def test_an_api_key_is_no_key_of_an_agent(self, agent: AgentCaller, path: str):
        assert agent.api.post(path, agent.poll_body()).error == (401, 401)

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/tenants/current"),
            ("GET", "/agents/{id}"),
            ("POST", "/agents/{id}"),
            ("DELETE", "/agents/{id}"),
            ("GET", "/agents/{id}/download"),
            ("POST", "/agents/{id}/download"),
            ("POST", "/agents/{id}/synchronizations"),
            ("GET", "/directories"),
            ("GET", "/agent"),
            ("GET", "/agent/poll/more"),
        ],
    )
    def test_an_agent_s_key_is_good_for_its_calls_alone(self, agent: AgentCaller, method: str, path: str):
        caller = as_caller(agent.api, agent.id, agent.key)

        assert caller.request(method, path.replace("{id}", agent.id)).error == (401, 401)

    @pytest.mark.parametrize("path", CALLS)
    def test_other_methods_are_refused_to_the_agent_too(self, agent: AgentCaller, path: str):
        caller = as_caller(agent.api, agent.id, agent.key)

        assert caller.get(path).error == (405, 1100)
        assert caller.delete(path).error == (405, 1100)

    @pytest.mark.parametrize(
        "header",
        [
            None,
            "",
            "Basic",
            "Basic !",
            "Basic " + "A" * 5000,
            "Bearer abc",
            "Basic bm9jb2xvbg==",
            "SAuthc1 sauthc1Id=x",
            "Basic /w==",
        ],
    )
    def test_other_credentials_are_refused(self, agent: AgentCaller, header: str | None):
        credentials = {} if header is None else {"Authorization": header}
        body = json.dumps(agent.poll_body()).encode()

        answer = agent.api.request(
            "POST", "/agent/poll", body, headers={"Content-Type": "application/json"}, credentials=credentials
        )

        assert answer.error == (401, 401)

    @pytest.mark.parametrize(
        ("id", "key"),
        [
            ("{id}", ""),
            ("{id}", "x" * 3000),
            ("{id}", "\ud7ff\x00"),
            ("", "{key}"),
            ("{id} ", "{key}"),
            ("{id}\x00", "{key}"),
            ("' OR 1=1 --", "{key}"),
            ("{id}", "{key}\x00"),
            ("{id}", "{KEY}"),
        ],
    )
    def test_what_is_nearly_right_is_refused(self, agent: AgentCaller, id: str, key: str):
        given = {"id": agent.id, "key": agent.key, "KEY": agent.key.swapcase()}
        caller = as_caller(agent.api, id.format(**given), key.format(**given))

        assert caller.post("/agent/poll", agent.poll_body()).error == (401, 401)

    def test_the_key_of_one_agent_is_not_that_of_another(self, agent: AgentCaller, stranger: Api):
        for other in (new_agent(stranger), new_agent(agent.api, name="Second")):
            caller = as_caller(agent.api, agent.id, other.key)
            assert caller.post("/agent/poll", agent.poll_body()).error == (401, 401)

    def test_an_unknown_agent_costs_what_a_known_one_does(self, service: Service, agent: AgentCaller):
        sent = []
        for id in (agent.id, ids.new_id()):
            with statements(service) as each:
                as_caller(agent.api, id, "a guess").post("/agent/poll", agent.poll_body())
            sent.append(each)

        assert sent[0] == sent[1]
        assert len(sent[0]) == 1

    def test_a_guess_is_a_line_without_the_guess(self, agent: AgentCaller, lines: Lines):
        guess = secrets.token_urlsafe(32)

        for id in (agent.id, guess):
            as_caller(agent.api, id, guess).post("/agent/poll", agent.poll_body())

        events = lines.events()
        assert [(each["event"], each["agent"]) for each in events] == [
            ("authn_key_fail", agent.id),
            ("authn_key_fail", "unknown"),
        ]
        assert guess not in lines.text

    def test_no_log_and_no_error_shows_a_key_or_a_password(self, agent: AgentCaller, lines: Lines):
        agent.poll()
        replaced = agent.api.post(f"{agent.href}/download").raw.decode()
        agent.call("/agent/poll", agent.poll_body())

        key = replaced.partition("agent.key=")[2].partition("\n")[0]
        for each in (agent.key, key, "the bind password"):
            assert each
            assert each not in lines.text

    def test_a_page_of_another_site_makes_no_calls(self, agent: AgentCaller):
        caller = as_caller(agent.api, agent.id, agent.key)
        headers = {"Content-Type": "application/json", "Origin": "https://evil.example"}

        answer = caller.request("POST", "/agent/poll", b"{}", headers=headers)

        assert answer.error == (403, 403)


#: Values that no member of a call takes.
WRONG: list[Any] = [True, -1, 1e400, 10**30, 0.5, [], {}, "", "\x00", "x" * 70, "é\ud800", [[[]]]]
MEMBERS = ["process", "configuration", "status", "logins", "wait"]


class TestMalformedCalls:
    @pytest.mark.parametrize("member", [*MEMBERS, "status.state", "status.reason"])
    def test_no_member_of_a_poll_takes_what_it_must_not(self, agent: AgentCaller, member: str):
        own, _, inner = member.partition(".")
        accepted = {
            "configuration": {"", "é\ud800", "\x00"},
            "status.reason": {"", "x" * 70},
        }
        for each in WRONG:
            if isinstance(each, str) and each in accepted.get(member, ()) and each not in ("\x00", "é\ud800"):
                continue
            value = {"state": "ONLINE", inner: each} if inner else each
            raw = json.dumps(agent.poll_body() | {own: value}).replace("Infinity", "1e400").encode()

            answer = self._post(agent, "/agent/poll", raw)

            assert answer.status == 400, (member, each)

    @pytest.mark.parametrize("member", ["process", "status", "logins", "wait"])
    def test_a_poll_without_a_member_is_refused(self, agent: AgentCaller, member: str):
        for body in (
            agent.poll_body() | {member: None},
            {name: each for name, each in agent.poll_body().items() if name != member},
        ):
            assert agent.call("/agent/poll", body).error == (400, 2000)

    @pytest.mark.parametrize(
        "results",
        [
            None,
            {},
            "x",
            1,
            [1],
            [None],
            ["x"],
            [[]],
            [{}],
            [{"id": 1, "outcome": "accepted"}],
            [{"id": "\x00", "outcome": "accepted"}],
            [{"id": "x" * 65, "outcome": "x"}],
            [{}] * 65,
        ],
    )
    def test_malformed_outcomes_are_refused(self, agent: AgentCaller, results: Any):
        assert agent.call("/agent/logins", {"results": results}).status == 400

    @pytest.mark.parametrize("path", CALLS)
    @pytest.mark.parametrize(
        "raw",
        [b"[]", b"{", b"\xff", b'"x"', b"null", b"[" * 100_000, b'{"run":' + b"9" * 5000 + b"}", b"{}"],
        ids=["list", "open", "bytes", "text", "null", "deep", "digits", "empty"],
    )
    def test_what_is_no_call_is_refused(self, agent: AgentCaller, path: str, raw: bytes):
        assert self._post(agent, path, raw).status in (400, 413)

    @pytest.mark.parametrize("path", CALLS)
    def test_a_body_is_bounded(self, agent: AgentCaller, path: str):
        most = 2 * 1024 * 1024 if path in CALLS[-2:] else 64 * 1024

        answer = self._post(agent, path, b'{"x": "' + b"x" * most + b'"}')

        assert answer.error == (413, 413)

    def test_what_a_later_agent_adds_is_ignored(self, agent: AgentCaller):
        agent.poll(news={"of": ["a", "later"]})

    def _post(self, agent: AgentCaller, path: str, raw: bytes) -> Answer:
        caller = as_caller(agent.api, agent.id, agent.key)
        return caller.request("POST", path, raw, headers={"Content-Type": "application/json"})


#: As in a served process, on a smaller scale.
PLACES = 4
POLLS = 8


@pytest.fixture(params=databases.DATABASES)
def served(request: pytest.FixtureRequest) -> Iterator[Service]:
    """A service with the limits of a served process."""
    url = request.getfixturevalue(f"initialized_{request.param}_url")
    few = limits(reads=PLACES, writes=PLACES, bodies=PLACES, strangers=PLACES, large=1, polls=POLLS)
    with closing(Service(Settings.from_environment(database=url), limits=few)) as service:
        yield service


def poll_at_once(agents: list[AgentCaller], wait: int) -> tuple[list[Json], Callable[[], None]]:
    """Let all agents poll; return the growing list of their answers, and a function that waits for all."""
    answers: list[Json] = []
    threads = [
        threading.Thread(target=lambda each=each: answers.append(each.poll(wait=wait)), daemon=True)
        for each in agents
    ]
    for each in threads:
        each.start()

    def finish() -> None:
        for each in threads:
            each.join(30)

    return answers, finish


class TestFloods:
    def test_polls_of_many_agents_leave_the_service_free(self, served: Service):
        api = Api(served, served.base_url, served.tenant_id, *served.local_api_key())
        agents = [new_agent(api, name=f"M{number}") for number in range(POLLS + 3)]
        for each in agents:
            each.poll()

        answers, finish = poll_at_once(agents, wait=20)

        deadline = time.monotonic() + 10
        while len(answers) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        assert [each["again"] for each in answers] == [5, 5, 5]
        # As many polls wait as may, with no place of others, and no connection.
        for _ in range(2 * PLACES):
            assert api.get("/agents").status == 405
            assert api.get(agents[0].href).status == 200
            assert api.post(agents[0].href, {}).status == 200
        since = time.perf_counter()
        served.end_polls()
        finish()
        assert time.perf_counter() - since < 3
        assert [each["again"] for each in answers[3:]] == [1] * POLLS
        # A process that stops lets none wait.
        assert agents[0].poll(wait=20)["again"] > 0

    def test_guesses_hold_nothing_open(self, served: Service):
        api = Api(served, served.base_url, served.tenant_id, *served.local_api_key())
        agent = new_agent(api)
        agent.poll()
        caller = as_caller(api, agent.id, "a guess")

        answers = [caller.post("/agent/poll", agent.poll_body(wait=25)) for _ in range(2 * PLACES)]

        assert {each.status for each in answers} == {401}
        agent.poll()
