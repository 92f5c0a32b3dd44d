"""Whatever changes in Active Directory, wherever the agent is killed: in the end the mirror is its equal."""

import random
from collections.abc import Callable

import pytest

from stormpath.agent.active_directory.usn import UsnTracker
from support.active_directory import DISABLED, WITHOUT_PASSWORD, Connect, Tree, holds
from support.agent_mirror import Killed, Mirror

NAMES = (
    "plain",
    "Zoë Müller",
    "a, b",
    'quote"d',
    "a+b=c",
    "back\\slash",
    "#number",
    "<angle>;",
    "山田",
    "(*)",
)
MOST_CALLS = 12


class Administrator:
    """Changes a part of a domain at random."""

    def __init__(self, tree: Tree, seed: int) -> None:
        self._tree, self._random = tree, random.Random(seed)  # noqa: S311  # The same at each run.
        self._units = [tree.people, tree.elsewhere]
        self._people: list[str] = []
        self._groups: list[str] = []
        self._number = 0

    def change(self) -> str:
        """Make a change; return its name."""
        possible: list[Callable[[], object]] = [self.add_person, self.add_group, self.add_unit]
        if self._people:
            possible += [self.rename, self.move, self.delete, self.disable, self.filter, self.e_mail]
        if self._people and self._groups:
            possible += [self.join, self.leave, self.nest, self.delete_group]
        if len(self._units) > 2:
            possible.append(self.rename_unit)
        chosen = self._random.choice(possible)
        chosen()
        return chosen.__name__

    def add_person(self) -> None:
        unit = self._random.choice(self._units)
        self._people.append(self._tree.user(self._name(), unit, department="staff"))

    def add_group(self) -> None:
        members = self._random.sample(self._people, min(3, len(self._people)))
        self._groups.append(self._tree.group(self._name(), members))

    def add_unit(self) -> None:
        if len(self._units) < 6:
            self._number += 1
            within = self._random.choice((self._tree.people, self._units[-1]))
            self._units.append(self._tree.unit(f"OU=u{self._number},{within}"))

    def rename(self) -> None:
        self._replace(lambda dn: self._tree.rename(dn, self._name()))

    def move(self) -> None:
        self._replace(lambda dn: self._tree.move(dn, self._random.choice(self._units)))

    def delete(self) -> None:
        self._tree.delete(self._people.pop(self._random.randrange(len(self._people))))

    def disable(self) -> None:
        control = self._random.choice((DISABLED, WITHOUT_PASSWORD))
        self._tree.change(self._random.choice(self._people), userAccountControl=control)

    def filter(self) -> None:
        department = self._random.choice(("staff", "guests"))
        self._tree.change(self._random.choice(self._people), department=department)

    def e_mail(self) -> None:
        value: str | list[bytes] = self._random.choice(([], f"{self._random.random()}@example.test"))
        self._tree.change(self._random.choice(self._people), mail=value)

    def join(self) -> None:
        group = self._random.choice(self._groups)
        self._tree.change(group, member=self._random.choice(self._people))

    def leave(self) -> None:
        self._tree.change(self._random.choice(self._groups), member=[])

    def nest(self) -> None:
        outer, inner = self._random.choice(self._groups), self._random.choice(self._groups)
        if outer != inner:
            self._tree.change(outer, member=inner)

    def delete_group(self) -> None:
        self._tree.delete(self._groups.pop(self._random.randrange(len(self._groups))))

    def rename_unit(self) -> None:
        number = self._random.randrange(2, len(self._units))
        before = self._units[number]
        after = self._tree.rename(before, f"r{self._number}")
        self._number += 1
        for known in (self._units, self._people):
            known[:] = [
                each[: -len(before)] + after if each == before or each.endswith(f",{before}") else each
                for each in known
            ]

    def _replace(self, change: Callable[[str], str]) -> None:
        number = self._random.randrange(len(self._people))
        self._people[number] = change(self._people[number])

    def _name(self) -> str:
        self._number += 1
        return f"{self._random.choice(NAMES)}{self._number}"


@pytest.mark.sampled
@pytest.mark.parametrize("is_administrator", [True, False], ids=["sees deleted", "does not"])
def test_after_any_changes_and_kills(
    tree: Tree, connected: Connect, mirror: Mirror, examples_of, is_administrator: bool
):
    reader: dict = {}
    if not is_administrator:
        dn = tree.user("reader", within=tree.groups)
        tree.set_password(dn, "Reads-0nly")
        reader = {"agentUserDn": dn, "agentUserDnPassword": "Reads-0nly"}
    settings = tree.settings(accounts={"objectFilter": "(department=staff)"}, **reader)
    tracker = UsnTracker(connected(settings), settings, step=2)
    # One account stays: a full run of nothing is a problem.
    tree.user("stays", department="staff")
    chance = random.Random(tree.base)  # noqa: S311
    seed = chance.randrange(1 << 32)
    administrator = Administrator(tree, seed)
    done: list[str] = []

    for _ in range(examples_of(300)):
        done += [administrator.change() for _ in range(chance.randrange(5))]
        try:
            mirror.synchronize(tracker, killed_after=chance.choice((None, chance.randrange(MOST_CALLS))))
        except Killed:
            continue
        assert holds(mirror) == tree.content(settings), (seed, done)
