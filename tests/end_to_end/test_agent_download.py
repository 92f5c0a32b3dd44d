"""The file of an agent through the SDK, and what an administrator asks of its program."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from time import perf_counter
from typing import Any

import pytest
import sqlalchemy as sa
from requests.auth import HTTPBasicAuth

from service.agent_calls import properties_of_file
from service.database_access import connected
from service.provider_bodies import copied
from stormpath import Client
from stormpath.http import HttpExecutor
from stormpath.resources.agent import Agent
from stormpath.retry import RetryPolicy
from support.served import Served, eventually, services


@pytest.fixture
def agent(client: Client) -> Iterator[Agent]:
    name = f"Mirror {id(client)}"
    directory = client.directories.create({"name": name, "provider": copied()})
    yield directory.provider.agent
    directory.delete()


def test_the_properties_file_is_downloaded(client: Client, agent: Agent) -> None:
    assert agent.download.filename == "agent.properties"
    properties = properties_of_file(agent.download.content)

    assert properties["agent.id"] == agent.id
    assert properties["agent.serviceUrl"] == client.data_store.executor.base_url
    assert len(properties["agent.key"]) >= 43


def test_a_replaced_key_is_in_the_file_from_then_on(client: Client, agent: Agent) -> None:
    before = properties_of_file(agent.download.content)["agent.key"]

    after = properties_of_file(agent.replace_key().content)["agent.key"]

    assert after != before
    assert properties_of_file(agent.download.content)["agent.key"] == after
    fresh = client.agents.get(agent.href)
    assert properties_of_file(fresh.download.content)["agent.key"] == after


def test_a_key_is_shown_by_its_file_alone(agent: Agent) -> None:
    key = properties_of_file(agent.download.content)["agent.key"]
    agent.refresh()

    assert key not in f"{agent!r} {agent.to_json()} {agent.items()}"
    assert key not in f"{agent.download!r} {agent.download} {agent.download.keys()} {agent.download.items()}"


def test_a_synchronization_is_asked_for(agent: Agent) -> None:
    agent.synchronize()
    agent.synchronize(full=True, allow_deletions=True)

    assert (agent.status, agent.last_synchronized_at) == ("OFFLINE", None)
    assert agent.status_reason.startswith("The agent has never called")


#: The process that polled last.
ASKED = "SELECT process FROM agent_states"


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    with services() as start:
        yield start


@pytest.mark.both_databases
def test_a_poll_waits_in_another_process_and_does_not_delay_the_end(
    serve: Callable[..., Served], initialized_database_url: str
) -> None:
    """The change is made by a client that is embedded in this process: the poll hears of it at once."""
    running = serve(initialized_database_url, "--workers", "1")
    with Client(database=initialized_database_url, base_url=running.base_url) as client, ExitStack() as stack:
        agent = client.directories.create({"name": "Mirror", "provider": copied()}).provider.agent
        properties = properties_of_file(agent.download.content)
        auth = HTTPBasicAuth(properties["agent.id"], properties["agent.key"])
        executor = HttpExecutor(running.base_url, auth, retry=RetryPolicy(retries=0))
        stack.callback(executor.close)
        threads = stack.enter_context(ThreadPoolExecutor(1))
        body: dict[str, Any] = {"process": "p", "configuration": None, "logins": 1, "wait": 0}
        body["status"] = {"state": "ONLINE"}
        body["configuration"] = executor.post("/agent/poll", body)["configurationVersion"]
        body["wait"] = 20
        waiting = threads.submit(executor.post, "/agent/poll", body)
        agent.refresh()
        assert agent.status == "ONLINE"

        begun = perf_counter()
        agent.config.poll_interval = 7
        agent.save()
        told = waiting.result(15)

        assert told["configuration"]["config"]["pollInterval"] == 7
        assert perf_counter() - begun < 3
        body |= {"configuration": told["configurationVersion"], "process": "q"}
        waiting = threads.submit(executor.post, "/agent/poll", body)
        with connected(initialized_database_url) as connection:
            eventually(lambda: connection.execute(sa.text(ASKED)).scalar_one() == "q")
        begun = perf_counter()
        assert running.stops()[0] == 0
        assert perf_counter() - begun < 5
        # One that did not wait yet is told of another time.
        assert waiting.result(5)["again"] in (1, 5)
