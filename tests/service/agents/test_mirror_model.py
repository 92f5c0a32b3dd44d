"""Whatever happens on the server, and wherever a run is killed: the next whole run makes the mirror equal.

The model of a server is two dictionaries. Its values come from a few names, so that they are taken, change
hands, and come back all the time.
"""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from service.calls import Json
from service.mirrors import Mirror, dn_key, person, team
from stormpath.server.agents import runs

NAMES = [f"n{number}" for number in range(12)]
TEAMS = [f"t{number}" for number in range(6)]


class Server:
    """The accounts, groups and members of a server, and what has changed since the last run that ended."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.people: dict[str, Json] = {}
        self.teams: dict[str, Json] = {}
        self.members: dict[str, set[str]] = {}
        self.changed: set[str] = set()
        self.gone: dict[str, set[str]] = {"account": set(), "group": set()}

    def change(self) -> None:
        """Add, change, move or remove something."""
        chance = self.chance
        name = chance.choice(NAMES)
        match chance.randrange(6):
            case 0 | 1:
                self._keep(self.people, "account", self._person(name))
            case 2:
                self._remove(self.people, "account", f"id-{name}")
            case 3:
                self._team(chance.choice(TEAMS))
            case 4:
                group = f"gid-{chance.choice(TEAMS)}"
                self.members.pop(group, None)
                self._remove(self.teams, "group", group)
            case _:
                # Two entries swap what must be unique.
                if len(self.people) > 1:
                    one, other = chance.sample(sorted(self.people), 2)
                    for value in ("email", "username"):
                        swapped = self.people[other][value], self.people[one][value]
                        self.people[one] = self.people[one] | {value: swapped[0]}
                        self.people[other] = self.people[other] | {value: swapped[1]}
                    self.changed |= {one, other}

    def _person(self, name: str) -> Json:
        chance = self.chance
        email = chance.choice([*NAMES, name, name, name, None])
        return person(
            name,
            dn=f"uid={chance.choice([name, name + '-moved'])}",
            email=email and f"{email}@example.com",
            username=chance.choice([name, name, chance.choice(NAMES), None]),
            surname=chance.choice(["Doe", "Roe"]),
            isDisabled=chance.random() < 0.2,
        )

    def _team(self, name: str) -> None:
        chance = self.chance
        self._keep(self.teams, "group", team(name, dn=f"cn={chance.choice([name, name + '-moved'])}"))
        keys = [f"id:id-{each}" for each in chance.sample(NAMES, 3)]
        keys += [dn_key(f"uid={each}") for each in chance.sample(NAMES, 2)]
        keys += [f"uid:{chance.choice(NAMES)}", dn_key(f"cn={chance.choice(TEAMS)}")]
        self.members[f"gid-{name}"] = set(chance.sample(keys, chance.randrange(len(keys))))

    def _keep(self, entries: dict[str, Json], kind: str, entry: Json) -> None:
        entries[entry["id"]] = entry
        self.changed.add(entry["id"])
        self.gone[kind].discard(entry["id"])

    def _remove(self, entries: dict[str, Json], kind: str, id: str) -> None:
        if entries.pop(id, None) is not None:
            self.changed.discard(id)
            self.gone[kind].add(id)

    def batches(self, *, is_full: bool) -> Iterator[Json]:
        """Yield what an agent sends, in any order."""
        people = [each for each in self.people.values() if is_full or each["id"] in self.changed]
        teams = [each for each in self.teams.values() if is_full or each["id"] in self.changed]
        self.chance.shuffle(people)
        bodies: list[Json] = [{"accounts": people[start : start + 3]} for start in range(0, len(people), 3)]
        for each in teams:
            keys = sorted(self.members[each["id"]])
            chunk = {"group": each["id"], "keys": keys, "isFirst": True, "isLast": True}
            bodies.append({"groups": [each], "members": [chunk]})
        if not is_full:
            bodies.append({"gone": {kind: sorted(ids) for kind, ids in self.gone.items()}})
        self.chance.shuffle(bodies)
        yield from bodies

    def forget_changes(self) -> None:
        self.changed, self.gone = set(), {"account": set(), "group": set()}


def run(mirror: Mirror, server: Server, *, kill_after: int | None) -> bool:
    """Make a run, or its first calls; tell whether it has come to its end."""
    begun = runs.begin(
        mirror.context, mirror.agent, process="process-1", configuration="c", kind=kind_of(server)
    )
    calls: list[Any] = [
        lambda body=body: mirror.take(begun.run, **body)
        for body in server.batches(is_full=begun.kind == "full")
    ]
    ending: Json = {"is_complete": begun.kind == "full", "cursor": {"at": begun.run}, "report": {}}

    def end() -> bool:
        return runs.end(mirror.context, mirror.agent, begun.run, **ending, seconds=0).is_done

    for number, call in enumerate(calls):
        if number == kill_after:
            return False
        call()
        if server.chance.random() < 0.1:
            call()
    for number in range(len(calls), len(calls) + 50):
        if number == kill_after:
            return False
        if end():
            server.forget_changes()
            return True
    raise AssertionError("The run does not end.")


def kind_of(server: Server) -> str:
    return "full" if server.chance.random() < 0.3 else "incremental"


def check_equal(mirror: Mirror, server: Server) -> None:
    accounts = {each["href"]: each for each in mirror.accounts().values()}
    stored = stored_ids(mirror)
    emails: dict[str, list[str]] = {}
    for entry in server.people.values():
        if entry["email"] is None:
            assert stored["account"].get(entry["id"]) is None
        else:
            emails.setdefault(entry["email"], []).append(entry["id"])
    assert {id for id, at in stored["account"].items() if at} <= set(server.people)
    for entry_id, account_id in stored["account"].items():
        if account_id is None:
            continue
        account, entry = accounts[f"{mirror.api.base_url}/accounts/{account_id}"], server.people[entry_id]
        assert account["surname"] == entry["surname"]
        assert account["status"] == ("DISABLED" if entry["isDisabled"] else "ENABLED")
    # An entry without a rival for either of its values is there as it is, and an entry is missing only if a
    # value that it wants belongs to another account.
    taken = {
        name: {each[name].lower(): each["href"] for each in accounts.values()}
        for name in ("email", "username")
    }
    for entry in server.people.values():
        if entry["email"] is None:
            continue
        href = f"{mirror.api.base_url}/accounts/{stored['account'].get(entry['id'])}"
        wanted = {"email": entry["email"], "username": entry["username"] or entry["email"]}
        if href in accounts:
            for name, value in wanted.items():
                assert accounts[href][name] == value or taken[name][value] != href
                assert value in taken[name]
        else:
            assert any(value in taken[name] for name, value in wanted.items())
    assert len(accounts) == sum(each is not None for each in stored["account"].values())
    assert mirror.members() == expected_members(server, stored["account"], accounts, mirror)


def expected_members(
    server: Server, stored: dict[str, str | None], accounts: dict[str, Json], mirror: Mirror
) -> dict[str, set[str]]:
    usernames = {
        id: accounts[f"{mirror.api.base_url}/accounts/{account_id}"]["username"]
        for id, account_id in stored.items()
        if account_id is not None
    }

    def inside(group: str, seen: set[str]) -> set[str]:
        found: set[str] = set()
        for key in server.members[group]:
            for id, entry in server.people.items():
                if key in (f"id:{id}", entry["dnKey"], f"uid:{entry['username']}") and id in usernames:
                    found.add(usernames[id])
            for id, entry in server.teams.items():
                if key in (f"id:{id}", entry["dnKey"]) and id not in seen:
                    seen.add(id)
                    found |= inside(id, seen)
        return found

    return {each["name"]: inside(id, {id}) for id, each in server.teams.items()}


def stored_ids(mirror: Mirror) -> dict[str, dict[str, str | None]]:
    with mirror.context.read() as unit:
        ids = {"account": [f"id-{each}" for each in NAMES], "group": [f"gid-{each}" for each in TEAMS]}
        return {
            kind: {
                entry.id: entry.stored_id
                for entry in unit.mirrors.entries.known(mirror.agent["directory_id"], kind, some).values()
            }
            for kind, some in ids.items()
        }


@pytest.mark.sampled
def test_after_any_changes_and_kills_the_mirror_equals_the_server(mirror: Mirror, examples_of: Any):
    for seed in range(examples_of(16)):
        chance = random.Random(seed)  # noqa: S311  # It is to be repeated.
        server = Server(chance)
        # It has nothing of the server before it.
        mirror.change_state(wants_run=True, wants_full=True, told_at=0)
        # The model has few entries, most of which may go at once.
        for _ in range(12):
            for _ in range(chance.randrange(8)):
                server.change()
            kill_after = chance.choice([None, None, chance.randrange(20)])
            mirror.change_state(allows_deletions=True)
            if run(mirror, server, kill_after=kill_after):
                check_equal(mirror, server)
