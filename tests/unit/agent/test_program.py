"""The program of an agent, with the service and the directory's server in memory."""

import logging
import threading
import time

import pytest

from stormpath.agent import logins as bind_pool
from stormpath.agent import synchronizer
from stormpath.agent.program import AgentProgram, Options
from stormpath.agent.service import REFUSED, ServiceClient
from support.agent_wire import AgentWire
from support.memory_directory import MemoryDirectory

FAST = Options(wait=5, retries=(0.05, 0.1), refused_pause=0.05, longest_pause=0.1)


@pytest.fixture
def wire():
    return AgentWire()


@pytest.fixture
def directory():
    found = MemoryDirectory()
    for each in ("ann", "bob"):
        found.add_account(each)
    found.add_group("staff", ["ann", "bob"])
    return found


@pytest.fixture(autouse=True)
def _quickly(monkeypatch):
    monkeypatch.setattr(synchronizer, "FENCED_RETRY", 0.05)


@pytest.fixture
def start(wire, directory):
    programs = []

    def started(key=lambda: wire.key, process=None):
        def connect(stopping):
            return ServiceClient(wire.executor(key()), stopping, process=process)

        programs.append(AgentProgram(connect, directory.open, FAST))
        programs[-1].start()
        return programs[-1]

    yield started
    wire.closes()
    for each in programs:
        each.stop()
        each.join(5)


def test_what_the_server_has_is_sent(wire, start):
    start()

    wire.waits_for(lambda: wire.ended)

    assert sorted(wire.accounts) == ["ann", "bob"]
    assert wire.members == {"staff": ["id:ann", "id:bob"]}
    assert wire.ended[0]["isComplete"]
    assert wire.ended[0]["report"]["tracker"] == "memory"


def test_a_run_that_is_asked_for_sends_what_has_changed(wire, directory, start):
    start()
    wire.waits_for(lambda: wire.ended)
    directory.add_account("joe")
    directory.remove("bob")

    wire.asks_for_a_run()
    wire.waits_for(lambda: len(wire.ended) == 2)

    assert sorted(wire.accounts) == ["ann", "joe"]
    assert [each["kind"] for each in wire.runs] == ["full", "incremental"]


def test_another_configuration_is_applied_by_itself(wire, directory, start):
    start()
    wire.waits_for(lambda: wire.ended)

    wire.changes_configuration("version-2", baseDn="dc=other")
    wire.waits_for(lambda: len(wire.ended) == 2)

    assert directory.configurations[-1].config["baseDn"] == "dc=other"
    assert wire.runs[-1] == wire.runs[-1] | {"configuration": "version-2", "kind": "full"}


def test_a_run_under_a_former_configuration_is_given_up(wire, directory, start):
    directory.run_gate = threading.Event()
    start()
    assert directory.run_waits.wait(10)

    wire.changes_configuration("version-2")
    wire.waits_for(lambda: any(each["configuration"] == "version-2" for each in wire.polls))
    directory.run_gate.set()
    wire.waits_for(lambda: wire.ended)

    assert [each["configuration"] for each in wire.runs] == ["version-1", "version-2"]
    assert len(wire.ended) == 1


def test_a_server_that_lost_its_changes_is_read_in_full(wire, directory, start):
    start()
    wire.waits_for(lambda: wire.ended)
    directory.has_lost_its_changes = True

    wire.asks_for_a_run()
    wire.waits_for(lambda: len(wire.ended) == 2)

    assert [each["kind"] for each in wire.runs] == ["full", "incremental", "full"]
    assert "forgotten" in wire.runs[-1]["because"]


def test_a_run_waits_for_the_process_that_is_at_work(wire, start):
    wire.holder = "another"
    start()
    wire.waits_for(lambda: sum(path == "/agent/runs" for path, _ in wire.requests) >= 2)
    assert not wire.runs

    wire.holder = None

    wire.waits_for(lambda: wire.ended)


def test_a_run_that_is_fenced_begins_anew(wire, start):
    wire.failures.append(("/agent/runs/entries", 409, {}))

    start()
    wire.waits_for(lambda: wire.ended)

    assert (len(wire.runs), sorted(wire.accounts)) == (2, ["ann", "bob"])


def test_a_problem_of_the_server_is_the_status_at_once_and_passes_by_itself(wire, directory, start):
    directory.problem = "The server refused the bind of cn=agent."
    start()

    wire.waits_for(lambda: wire.status == {"state": "ERROR", "reason": directory.problem})
    directory.problem = None

    wire.waits_for(lambda: wire.ended and wire.status == {"state": "ONLINE", "reason": None})
    assert sorted(wire.accounts) == ["ann", "bob"]


def test_a_configuration_that_cannot_be_used_is_the_status(wire, directory, start):
    directory.refused_configuration = "directoryHost is no host."
    start()
    wire.waits_for(lambda: wire.status["reason"] == "directoryHost is no host.")

    directory.refused_configuration = None
    wire.changes_configuration("version-2")

    wire.waits_for(lambda: wire.ended and wire.status["state"] == "ONLINE")


def test_why_the_service_stopped_a_run_is_the_status(wire, start):
    wire.stops_with = "It would delete 812 of 1,000 accounts."
    start()

    wire.waits_for(lambda: wire.status["reason"] == wire.stops_with)

    wire.stops_with = None
    wire.asks_for_a_run()
    wire.waits_for(lambda: wire.status["state"] == "ONLINE")


def test_logins_are_tried_while_a_synchronization_goes_on(wire, directory, start):
    directory.passwords["uid=ann"] = "right"
    directory.run_gate = threading.Event()
    start()
    assert directory.run_waits.wait(10)

    wire.login("l1", "uid=ann", "right")
    wire.login("l2", "uid=ann", "wrong")
    wire.login("l3", "uid=ann", "")

    assert wire.waits_for(lambda: len(wire.outcomes) == 3 and wire.outcomes) == {
        "l1": "accepted",
        "l2": "refused",
        "l3": "refused",
    }
    assert directory.bound == ["uid=ann"] * 2
    directory.run_gate.set()


def test_a_login_takes_a_few_milliseconds(wire, directory, start):
    directory.passwords["uid=ann"] = "right"
    start()
    wire.waits_for(lambda: wire.ended and len(wire.polls) >= 3)
    took = []
    for each in range(20):
        started = time.perf_counter()
        wire.login(f"l{each}", "uid=ann", "right")
        wire.waits_for(lambda id=f"l{each}": id in wire.outcomes)
        took.append(time.perf_counter() - started)

    assert sorted(took)[10] < 0.02


def test_a_burst_of_logins_is_answered_by_and_by(wire, directory, start):
    directory.passwords["uid=ann"] = "right"
    start()
    wire.waits_for(lambda: wire.ended)

    for each in range(100):
        wire.login(f"l{each}", "uid=ann", "right")

    wire.waits_for(lambda: len(wire.outcomes) == 100)
    assert max(each["logins"] for each in wire.polls) <= bind_pool.MOST_IN_A_POLL


def test_a_key_that_was_never_accepted_ends_the_program(start):
    program = start(key=lambda: "wrong")

    failure = program.wait()

    assert failure.kind == REFUSED
    assert "Download agent.properties again" in str(failure)
    assert not program.is_running


def test_a_key_that_was_replaced_is_read_again(wire, start, caplog):
    keys = [wire.key]
    program = start(key=lambda: keys[-1])
    wire.waits_for(lambda: wire.ended)

    wire.key = "a-new-key"
    wire.closes()
    deadline = time.monotonic() + 10
    while "does not accept" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.01)
    wire.is_closed = False
    keys.append("a-new-key")
    wire.asks_for_a_run()

    wire.waits_for(lambda: len(wire.ended) == 2)
    assert program.is_running
    assert caplog.text.count("does not accept") == 1
    assert "a-new-key" not in caplog.text


def test_a_service_that_fails_for_a_while_is_logged_once_and_asked_again(wire, start, caplog):
    wire.failures += [("/agent/poll", 503, {})] * 3

    start()
    wire.waits_for(lambda: wire.ended)

    assert caplog.text.count("could not be asked") == 1
    assert "answers again" in caplog.text


def test_a_stopped_program_ends_at_once(wire, start):
    program = start()
    wire.waits_for(lambda: wire.ended)
    wire.closes()

    started = time.monotonic()
    program.stop()
    program.join(3)

    assert program.wait() is None
    assert time.monotonic() - started < 1
    assert not [each for each in threading.enumerate() if each.name == "agent-poll"]


def test_no_secret_is_logged(wire, directory, start, caplog):
    caplog.set_level(logging.DEBUG)
    directory.problem = "It is down."
    start()
    wire.login("l1", "uid=ann", "pass-word of ann")
    wire.waits_for(lambda: wire.outcomes)

    for secret in ("pass-word of ann", "secret of the agent", wire.key):
        assert secret not in caplog.text
