"""After any changes, kills and restarts of the agent, a mirror equals its server."""

import random

import pytest

from stormpath.agent.changes.choose import choose
from stormpath.agent.connection import DirectorySettings, connect
from stormpath.agent.names import key_of
from support.agent_mirror import Killed, Mirror

SEQUENCES = 96
STEPS = 24


class World:
    """A part of the tree that changes by chance, and what has to be in its mirror."""

    def __init__(self, tree, chance):
        self.tree, self.chance = tree, chance
        self.inside = tree.add(f"ou=a,{tree.people}", objectClass="organizationalUnit")
        self.outside = tree.add(f"ou=z,{tree.base}", objectClass="organizationalUnit")
        #: DN and the rest, by uid.
        self.people, self.groups, self.number = {}, {}, 0
        tree.person("first")
        self.people["first"] = (f"uid=first,{tree.people}", "Doe", False)
        self.settings = DirectorySettings.from_wire(
            tree.configuration(accounts={"objectFilter": "!(employeeType=left)"})
        )

    def step(self):
        steps = [self.add, self.add, self.change, self.rename, self.move, self.leave, self.remove]
        steps += [self.regroup, self.regroup, self.ungroup, self.move_container]
        if len(self.people) < 2:
            steps = [self.add]
        self.chance.choice(steps)()

    def add(self):
        self.number += 1
        uid, below = f"Ü+{self.number}", self.chance.choice([self.tree.people, self.inside, self.outside])
        dn = self.tree.person(uid, dn=f"uid=Ü\\+{self.number},{below}")
        self.people[uid] = (dn, "Doe", False)

    def change(self):
        uid, (dn, _, has_left) = self.some_person()
        surname = f"name {self.chance.random()}"
        self.tree.modify(dn, sn=surname)
        self.people[uid] = (dn, surname, has_left)

    def rename(self):
        uid, (dn, surname, has_left) = self.some_person()
        self.number += 1
        new = f"r{self.number}"
        self.people[new] = (self.tree.rename(dn, f"uid={new}"), surname, has_left)
        del self.people[uid]

    def move(self):
        uid, (dn, surname, has_left) = self.some_person()
        below = self.chance.choice([self.tree.people, self.inside, self.outside])
        if dn.partition(",")[2] != below:
            self.people[uid] = (self.tree.rename(dn, dn.partition(",")[0], below), surname, has_left)

    def leave(self):
        uid, (dn, surname, has_left) = self.some_person()
        self.tree.modify(dn, employeeType=None if has_left else "left")
        self.people[uid] = (dn, surname, not has_left)

    def remove(self):
        uid, (dn, _, _) = self.some_person()
        self.tree.delete(dn)
        del self.people[uid]

    def regroup(self):
        name = f"g{self.chance.randrange(4)}"
        dns = [dn for dn, _, _ in self.people.values()] + [
            f"cn={each},{self.tree.groups}" for each in self.groups
        ]
        members = self.chance.sample(dns, self.chance.randrange(len(dns) + 1))
        if name in self.groups:
            self.tree.modify(f"cn={name},{self.tree.groups}", member=members or "")
        else:
            self.tree.group(name, *members)
        self.groups[name] = members

    def ungroup(self):
        if self.groups:
            name = self.chance.choice(sorted(self.groups))
            self.tree.delete(f"cn={name},{self.tree.groups}")
            del self.groups[name]

    def move_container(self):
        before = self.inside
        self.number += 1
        below = self.chance.choice([self.tree.people, self.tree.base])
        self.inside = self.tree.rename(before, f"ou=c{self.number}", below)
        for uid, (dn, *rest) in self.people.items():
            if dn.endswith(before):
                self.people[uid] = (dn.removesuffix(before) + self.inside, *rest)

    def some_person(self):
        # The first one stays as it is: a server without any account is an error.
        return self.chance.choice(sorted(each for each in self.people.items() if each[0] != "first"))

    @property
    def expected(self):
        mirrored = {
            uid: (key_of(dn), surname)
            for uid, (dn, surname, has_left) in self.people.items()
            if dn.endswith(self.tree.people) and not has_left
        }
        names = {dn: uid for uid, (dn, _, _) in self.people.items() if uid in mirrored}
        names |= {f"cn={each},{self.tree.groups}": each for each in self.groups}
        memberships = {
            name: {names[each] for each in members if each in names} for name, members in self.groups.items()
        }
        return mirrored, memberships

    def synchronize(self, mirror, killed_after=None):
        with connect(self.settings) as connection:
            mirror.synchronize(choose(connection, self.settings), killed_after=killed_after)


@pytest.mark.sampled
def test_after_any_changes_a_mirror_equals_its_server(either_tree, slapd_server, examples_of):
    for seed in range(examples_of(SEQUENCES)):
        chance, mirror = random.Random(seed), Mirror()  # noqa: S311  # Changes, not secrets.
        world = World(slapd_server.own_base(either_tree.suffix), chance)
        for _ in range(STEPS):
            world.step()
            what = chance.random()
            if what < 0.2:
                try:
                    world.synchronize(mirror, killed_after=chance.randrange(6))
                except Killed:
                    continue
            elif what < 0.5:
                world.synchronize(mirror)
                assert_equal(world, mirror, seed)
        world.synchronize(mirror)
        assert_equal(world, mirror, seed)


def assert_equal(world, mirror, seed):
    accounts, memberships = world.expected
    found = {each.username: (each.dn_key, each.surname) for each in mirror.accounts.values()}
    assert found == accounts, f"seed {seed}"
    assert mirror.memberships == memberships, f"seed {seed}"
