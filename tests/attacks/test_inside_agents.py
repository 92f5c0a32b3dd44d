"""LDAP servers that tenants name: with ``--agents`` the service connects to them, from inside a network."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from stormpath import Client
from stormpath.agent.configuration import Configuration, Login
from stormpath.agent.directory_problems import DirectoryProblem
from stormpath.agent.ldap_directory import LdapDirectory
from stormpath.cli import inside_agents
from stormpath.cli.inside_agents import InsideAgents
from stormpath.server.app import open_service
from stormpath.server.outbound import allowed_targets
from stormpath.server.outbound.allowed_targets import AllowedTargets
from support import bad_servers
from support.mirrored import mirrored
from support.served import eventually
from support.slapd_server import SlapdServer, Tree


@pytest.fixture
def tree(slapd_server: SlapdServer) -> Tree:
    tree = slapd_server.own_base()
    tree.person("ann", userPassword="right")
    return tree


@pytest.fixture
def database_url(initialized_sqlite_url: str) -> str:
    return initialized_sqlite_url


@pytest.fixture
def client(database_url: str) -> Iterator[Client]:
    with Client(database=database_url) as client:
        yield client


def test_a_server_inside_is_not_connected_to_unless_the_operator_allows_it(
    client: Client, tree: Tree, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = mirrored(client, tree)
    with bad_servers.running(bad_servers.silent) as server:
        agent = mirror.provider.agent
        agent.config["directory_port"] = server.port
        agent.save()
        monkeypatch.setenv("STORMPATH_AGENT_PORTS", "1-65535")
        with closing(open_service(database_url)) as service:
            worker = InsideAgents(service, every=0.1)
            worker.start()
            try:
                eventually(lambda: _refreshed(agent).status == "ERROR")
            finally:
                worker.stop()

        assert server.connections == 0
    reason = agent.status_reason or ""
    assert "its operator allows public addresses" in reason
    assert "STORMPATH_AGENT_TARGETS" in reason


@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("127.0.0.1", 389),
        ("localhost", 389),
        ("169.254.169.254", 389),
        ("10.0.0.1", 636),
        ("::1", 636),
        ("::ffff:127.0.0.1", 389),
        ("2130706433", 389),
        ("0x7f000001", 389),
        ("93.184.216.34", 22),
    ],
)
def test_no_spelling_of_an_address_inside_is_connected_to(host: str, port: int) -> None:
    dialer = inside_agents._Dialer(AllowedTargets.parse("", "389,636", allowed_targets.LDAP))

    for connect in (dialer.check, dialer.dial):
        with pytest.raises(DirectoryProblem):
            connect(host, port)


def test_a_name_that_leads_elsewhere_meanwhile_is_not_followed(
    tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialer = inside_agents._Dialer(AllowedTargets.parse("127.0.0.1", "1-65535", allowed_targets.LDAP))
    found = tree.configuration(directoryHost="ldap.test")
    addresses: list[str] = []

    def look_up(host: str, port: int, *_: Any) -> list[Any]:
        address = addresses.pop(0) if addresses else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, port))]

    monkeypatch.setattr(inside_agents, "look_up", look_up)
    monkeypatch.setattr("stormpath.server.outbound.sockets.look_up", look_up)
    directory = LdapDirectory.open(
        Configuration.parse("1", found), check_target=dialer.check, dial=dialer.dial
    )
    dn = f"uid=ann,{tree.people}"
    login = Login("l", tree.id_of(dn), dn, "right", time.monotonic() + 8)

    assert directory.bind(login) == "accepted"
    # The look-up after the one that is checked leads to an address inside.
    addresses += ["127.0.0.1", "10.0.0.1"]
    assert directory.bind(login) == "unreachable"


def _refreshed(agent: Any) -> Any:
    agent.refresh()
    return agent
