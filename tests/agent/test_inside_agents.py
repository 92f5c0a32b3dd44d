"""``stormpath serve --agents``: agents that workers run themselves, one of them each."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from stormpath import Client
from stormpath.agent.status import Status
from stormpath.cli import inside_agents
from stormpath.cli.inside_agents import InsideAgents
from stormpath.server.app import Service, open_service
from stormpath.server.storage import agent_leases
from support.mirrored import mirrored
from support.served import Served, eventually, services
from support.slapd_server import SlapdServer, Tree

#: All that the tests connect to.
ALLOWED = {"STORMPATH_AGENT_TARGETS": "127.0.0.1", "STORMPATH_AGENT_PORTS": "1-65535"}


@pytest.fixture
def tree(slapd_server: SlapdServer) -> Tree:
    tree = slapd_server.own_base()
    tree.person("ann", userPassword="right")
    return tree


@pytest.fixture
def database_url(initialized_database_url: str) -> str:
    return initialized_database_url


@pytest.fixture
def service_of(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Service]]:
    """``service_of()`` opens the service, as each worker does."""
    for name, value in ALLOWED.items():
        monkeypatch.setenv(name, value)
    with ExitStack() as opened:
        yield lambda: opened.enter_context(closing(open_service(database_url)))


@pytest.fixture
def inside(service_of: Callable[[], Service]) -> Iterator[Callable[[], InsideAgents]]:
    """``inside()`` is another worker that runs agents."""
    running = []

    def started() -> InsideAgents:
        running.append(InsideAgents(service_of(), every=0.1))
        running[-1].start()
        return running[-1]

    yield started
    for each in running:
        each.stop()


@pytest.fixture
def client(database_url: str) -> Iterator[Client]:
    with Client(database=database_url) as client:
        yield client


def names(mirror: Any) -> set[str]:
    return {each.username for each in mirror.accounts.search({"status": "ENABLED"})}


def running(workers: list[InsideAgents]) -> list[int]:
    return [len(each._running) for each in workers]


def test_one_worker_runs_each_agent(client: Client, tree: Tree, inside: Callable[[], InsideAgents]) -> None:
    mirror = mirrored(client, tree)
    workers = [inside(), inside()]

    eventually(lambda: names(mirror) == {"ann"})

    deadline = time.monotonic() + 0.5
    while time.monotonic() < deadline:
        assert sorted(running(workers)) == [0, 1]
    app = client.applications.create({"name": "Shop"})
    app.account_store_mappings.create({"application": app, "account_store": mirror})
    assert app.authenticate_account("ann", "right").account.username == "ann"


def test_another_worker_takes_over_at_once_from_one_that_stops(
    client: Client, tree: Tree, inside: Callable[[], InsideAgents]
) -> None:
    mirror = mirrored(client, tree)
    first = inside()
    eventually(lambda: names(mirror) == {"ann"})
    second = inside()

    first.stop()

    eventually(lambda: running([second]) == [1])


def test_another_worker_takes_over_from_one_that_is_gone(
    client: Client, tree: Tree, inside: Callable[[], InsideAgents], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agent_leases, "LEASE_SECONDS", 1)
    monkeypatch.setattr(inside_agents, "OFFLINE_AFTER_MS", 1000)
    mirror = mirrored(client, tree)
    first, second = inside(), inside()
    eventually(lambda: names(mirror) == {"ann"})
    dead, other = (first, second) if running([first]) == [1] else (second, first)

    # It renews nothing and calls no more, but says nothing of it either.
    for each in dead._running.values():
        each.program.stop()
    dead._keep = lambda id, agent: None  # type: ignore[method-assign]

    eventually(lambda: running([other]) == [1])


def test_an_agent_whose_program_calls_is_left_to_it(
    client: Client, tree: Tree, inside: Callable[[], InsideAgents], service_of: Callable[[], Service]
) -> None:
    mirror = mirrored(client, tree)
    worker = inside()
    eventually(lambda: running([worker]) == [1])
    agent = mirror.provider.agent

    service = service_of()
    tenant_id = client.tenant.href.rpartition("/")[2]
    key = service.agent_key(tenant_id, agent.id)
    assert key
    other = inside_agents.ServiceClient(
        inside_agents.EmbeddedExecutor(service, service.base_url, agent.id, key),
        process="a-program-of-its-own",
    )
    other.poll(None, Status(), 0, 0)

    eventually(lambda: running([worker]) == [0])


def test_a_deleted_directory_ends_its_agent(
    client: Client, tree: Tree, inside: Callable[[], InsideAgents]
) -> None:
    mirror = mirrored(client, tree)
    worker = inside()
    eventually(lambda: running([worker]) == [1])

    mirror.delete()

    eventually(lambda: running([worker]) == [0])


class TestServe:
    def test_a_served_service_runs_agents_and_stops_them(
        self, client: Client, tree: Tree, database_url: str
    ) -> None:
        mirror = mirrored(client, tree)
        with services() as serve:
            served: Served = serve(database_url, "--agents", "--workers", "2", **ALLOWED)
            eventually(lambda: names(mirror) == {"ann"})
            app = client.applications.create({"name": "Shop"})
            app.account_store_mappings.create({"application": app, "account_store": mirror})
            assert app.authenticate_account("ann", "right").account.username == "ann"

            started = time.monotonic()
            status, said = served.stops(signal.SIGTERM)

        assert (status, said) == (0, "")
        assert time.monotonic() - started < 10
