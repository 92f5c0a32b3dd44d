"""The requests of an agent to the service."""

import threading
import time

import pytest

from stormpath.agent import service
from stormpath.agent.properties import Properties
from stormpath.agent.service import ServiceClient, ServiceError, http_executor
from stormpath.agent.status import Status
from support.agent_wire import AgentWire


@pytest.fixture
def wire():
    return AgentWire()


@pytest.fixture
def client(wire, monkeypatch):
    monkeypatch.setattr(service, "pauses", lambda: service_pauses())
    return ServiceClient(wire.executor(), patience=5)


def service_pauses():
    while True:
        yield 0.001


def test_a_poll_tells_the_status_and_returns_what_is_new(wire, client):
    polled = client.poll(None, Status("ERROR", "It is down."), 3, 0)

    assert polled.configuration.version == "version-1"
    assert polled.configuration.poll_minutes == 60
    asked = wire.polls[0]
    assert asked["status"] == {"state": "ERROR", "reason": "It is down."}
    assert (asked["process"], len(asked["process"])) == (client.process, 22)


def test_secrets_of_answers_are_not_shown(wire, client):
    wire.login("l1", "uid=ann", "pass-word")

    polled = client.poll(None, Status(), 3, 0)

    assert polled.logins[0].password == "pass-word"
    assert "pass-word" not in repr(polled)
    assert "secret of the agent" not in repr(polled)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_request_of_a_run_is_repeated_while_the_service_is_busy(wire, client, status):
    wire.failures += [("/agent/runs", status, {})] * 3

    begun = client.begin("version-1", "full")

    assert (begun.number, begun.kind) == (1, "full")


def test_the_wait_that_the_service_asks_for_is_kept(wire, client):
    wire.failures.append(("/agent/runs", 503, {"Retry-After": "0.2"}))

    started = time.monotonic()
    client.begin("version-1", "full")

    assert time.monotonic() - started >= 0.2


def test_a_service_that_stays_busy_ends_the_request(wire):
    client = ServiceClient(wire.executor(), patience=0)
    wire.failures.append(("/agent/runs", 503, {}))

    with pytest.raises(ServiceError) as caught:
        client.begin("version-1", "full")

    assert caught.value.kind == service.BUSY


def test_a_poll_is_not_repeated(wire, client):
    wire.failures.append(("/agent/poll", 503, {"Retry-After": "7"}))

    with pytest.raises(ServiceError) as caught:
        client.poll(None, Status(), 0, 0)

    assert (caught.value.kind, caught.value.retry_after) == (service.BUSY, 7)


def test_a_wrong_key_and_another_process_are_told_apart(wire):
    with pytest.raises(ServiceError) as caught:
        ServiceClient(wire.executor("wrong")).poll(None, Status(), 0, 0)
    assert caught.value.kind == service.REFUSED

    wire.holder = "another process"
    with pytest.raises(ServiceError) as caught:
        ServiceClient(wire.executor()).begin("version-1", "full")
    assert caught.value.kind == service.FENCED


def test_a_stopped_agent_waits_no_longer(wire):
    stopping = threading.Event()
    client = ServiceClient(wire.executor(), stopping)
    wire.failures.append(("/agent/runs", 503, {"Retry-After": "60"}))
    threading.Timer(0.1, stopping.set).start()

    with pytest.raises(ServiceError) as caught:
        client.begin("version-1", "full")

    assert caught.value.kind == service.STOPPED


@pytest.mark.parametrize("answer", [[], {}, {"configuration": 7}, {"configuration": {"config": "pass-word"}}])
def test_an_answer_of_something_else_is_not_understood(answer):
    class Executor:
        def post(self, path, body):
            return answer

    with pytest.raises(ServiceError) as caught:
        ServiceClient(Executor()).poll(None, Status(), 0, 0)

    assert "not understood" in str(caught.value)
    assert "pass-word" not in str(caught.value)


def test_a_service_that_is_down_is_unreachable():
    properties = Properties("id", "s3cret", "http://127.0.0.1:1/v1")

    with pytest.raises(ServiceError) as caught:
        ServiceClient(http_executor(properties)).poll(None, Status(), 0, 0)

    assert caught.value.kind == service.UNREACHABLE
    assert "s3cret" not in str(caught.value)


def test_the_answer_to_a_poll_is_waited_for_longer_than_the_service_waits():
    _, read = http_executor(Properties("id", "key", "http://127.0.0.1:1/v1")).timeout

    assert read == service.LONGEST_WAIT + 15


def test_pauses_double_up_to_the_longest():
    waits = iter(service.pauses(1, 8))

    found = [next(waits) for _ in range(6)]

    assert all(
        0.75 * wait <= each <= 1.25 * wait for wait, each in zip((1, 2, 4, 8, 8, 8), found, strict=True)
    )
