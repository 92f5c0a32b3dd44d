"""Whatever changes on a real OpenLDAP server, whenever the agent is killed: at last the mirror equals it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import ldap
import pytest

from stormpath import Client
from stormpath.agent.ldap_directory import LdapDirectory
from stormpath.agent.service import ServiceClient
from stormpath.agent.status import Status
from stormpath.agent.synchronizer import Run, Target
from stormpath.embedded import EmbeddedExecutor
from stormpath.resources.directory import Directory
from stormpath.server.app import open_service
from support.mirrored import mirrored
from support.slapd_server import PLAIN, SYNCED, SlapdServer, Tree

ROUNDS = 6
SEEDS = range(12)


class Killed(Exception):
    """The agent ended."""


class FragileExecutor(EmbeddedExecutor):
    """Ends the agent with one of its requests: before it is carried out, or before its answer comes."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.left: float = float("inf")
        self.is_carried_out = False

    def post(self, url: str, data: Any, *others: Any, **more: Any) -> Any:
        self.left -= 1
        if self.left > 0:
            return super().post(url, data, *others, **more)
        if self.is_carried_out:
            super().post(url, data, *others, **more)
        raise Killed


class World:
    """A server, the service's mirror of it, and random changes."""

    def __init__(self, seed: int, tree: Tree, mirror: Directory, executor: FragileExecutor) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a test's
        self.tree = tree
        self.mirror = mirror
        self.executor = executor
        self.people: dict[str, str] = {}
        self.groups: dict[str, str] = {}
        self.number = 0

    def change(self) -> None:
        self.random.choice(
            (
                self.add_person,
                self.add_person,
                self.add_group,
                self.rename_person,
                self.change_person,
                self.delete_person,
                self.change_group,
                self.delete_group,
            )
        )()

    def add_person(self) -> None:
        name = self._new_name()
        self.people[name] = self.tree.person(name, sn=self.random.choice(("Doe", "D\u00f6", "O'Hara, Jr")))

    def add_group(self) -> None:
        name = self._new_name()
        self.groups[name] = self.tree.group(name, *self._some_members())

    def rename_person(self) -> None:
        if self.people:
            name = self.random.choice(list(self.people))
            new = self._new_name()
            self.people[new] = self.tree.rename(self.people.pop(name), f"uid={new}")

    def change_person(self) -> None:
        if self.people:
            dn = self.random.choice(list(self.people.values()))
            self.tree.modify(dn, sn=f"Doe {self.random.random()}")

    def delete_person(self) -> None:
        if len(self.people) > 3:
            self.tree.delete(self.people.pop(self.random.choice(list(self.people))))

    def change_group(self) -> None:
        if self.groups:
            dn = self.random.choice(list(self.groups.values()))
            self.tree.modify(dn, member=self._some_members() or "")

    def delete_group(self) -> None:
        if self.groups:
            self.tree.delete(self.groups.pop(self.random.choice(list(self.groups))))

    def synchronize(self, *, may_be_killed: bool) -> None:
        client = ServiceClient(self.executor, process="the-process-of-the-agent")
        configuration = client.poll(None, Status(), logins=0, wait=0).configuration
        assert configuration is not None
        target = Target(configuration, LdapDirectory.open(configuration))
        if may_be_killed:
            self.executor.left = self.random.randint(1, 6)
            self.executor.is_carried_out = self.random.random() < 0.5
        with suppress(Killed):
            assert Run(client, target, lambda: None).make() is None
        self.executor.left = float("inf")

    def on_server(self) -> tuple[set[tuple[Any, ...]], dict[str, set[str]]]:
        people = {}
        for dn, found in self._entries(self.tree.people, "inetOrgPerson"):
            values = tuple(found[each][0].decode() for each in ("uid", "mail", "sn"))
            people[dn] = values
        groups = {
            found["cn"][0].decode(): {
                people[member.decode()][0] for member in found["member"] if member.decode() in people
            }
            for _, found in self._entries(self.tree.groups, "groupOfNames")
        }
        return set(people.values()), groups

    def in_mirror(self) -> tuple[set[tuple[Any, ...]], dict[str, set[str]]]:
        self.mirror.refresh()
        people = {(each.username, each.email, each.surname) for each in self.mirror.accounts}
        groups = {each.name: {account.username for account in each.accounts} for each in self.mirror.groups}
        return people, groups

    def _entries(self, base: str, kind: str) -> list[tuple[str, dict[str, list[bytes]]]]:
        found = self.tree.admin.search_s(base, ldap.SCOPE_ONELEVEL, f"(objectClass={kind})")
        return list(found)

    def _some_members(self) -> list[str]:
        known = list(self.people.values())
        # One that is not in the directory, too.
        return self.random.sample([*known, f"uid=else,{self.tree.base}"], k=min(len(known), 3))

    def _new_name(self) -> str:
        self.number += 1
        return f"n{self.number}"


@pytest.fixture(params=["sqlite", "postgresql"])
def world_of(
    request: pytest.FixtureRequest, slapd_server: SlapdServer
) -> Iterator[Callable[[int, str], World]]:
    url = request.getfixturevalue(f"shared_{request.param}")
    with closing(open_service(url)) as service, Client(database=url) as client:

        def made(seed: int, suffix: str) -> World:
            tree = slapd_server.own_base(suffix)
            mirror = mirrored(client, tree)
            agent_id = mirror.provider.agent.id
            key = service.agent_key(client.tenant.href.rpartition("/")[2], agent_id)
            assert key is not None
            return World(seed, tree, mirror, FragileExecutor(service, service.base_url, agent_id, key))

        yield made


@pytest.mark.sampled
@pytest.mark.parametrize("suffix", [SYNCED, PLAIN], ids=["syncrepl", "timestamps"])
def test_at_last_the_mirror_equals_the_server(
    world_of: Callable[[int, str], World], suffix: str, sample_of: Callable[[Any], list[int]]
) -> None:
    for seed in sample_of(SEEDS):
        world = world_of(seed, suffix)
        for _ in range(4):
            world.add_person()
        for _ in range(ROUNDS):
            for _ in range(world.random.randint(0, 5)):
                world.change()
            world.synchronize(may_be_killed=world.random.random() < 0.6)
        world.synchronize(may_be_killed=False)

        assert world.in_mirror() == world.on_server(), f"seed {seed}"
        world.mirror.delete()
