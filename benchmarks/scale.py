"""What a large directory costs: the same operations among 1,000 accounts and among many.

``python benchmarks/scale.py`` loads 100,000 accounts (``--accounts 1000000`` is the full measure) into SQLite
and PostgreSQL, and 1,000 into another database of the same shape: one directory, and one group that everybody
is in. An operation is sent to both in turns, through the service's WSGI callable, each time about another
account, and its ratio is the median over the rounds. The program ends with status 1 when one is over 1.2.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from _bulk import fill

from stormpath import Client
from stormpath.server.app import open_service

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support import environment, postgresql

GOAL = 1.2
FEW = 1000
ROUNDS = 61
CALLS = 5

PASSWORD = "Changeme1!"
Json = dict[str, Any]


class World:
    """A database with that many accounts, and the hrefs that the operations need."""

    def __init__(self, database: str, accounts: int) -> None:
        self.accounts = accounts
        self._chosen = random.Random(7)  # noqa: S311  # The same accounts at each run.
        self._client = client = Client(database=database)
        self._executor = client.data_store.executor
        application = client.applications.create({"name": "By directory"}, create_directory=True)
        directory = application.default_account_store_mapping.account_store
        group = directory.groups.create({"name": "Everybody"})
        by_group = client.applications.create({"name": "By group"})
        client.account_store_mappings.create({"application": by_group, "account_store": group})
        self.application, self.by_group = application.href, by_group.href
        self.directory, self.group, self.tenant = directory.href, group.href, client.tenant.href
        first = {"given_name": "Joe", "surname": "Doe", "email": "first@example.com", "password": PASSWORD}
        group.add_account(directory.accounts.create(first))
        self._service = open_service(database)
        self._emails = fill(self._service.database, first["email"], accounts - 1)
        self._hrefs = [self._found(each) for each in self._emails]

    def _found(self, email: str) -> str:
        (item,) = self.get(f"{self.directory}/accounts", email=email)["items"]
        return str(item["href"])

    def close(self) -> None:
        """Close the database."""
        self._service.close()
        self._client.close()

    def get(self, href: str, **parameters: Any) -> Json:
        """Return what the service answers, as parsed JSON."""
        answer: Json = self._executor.get(href, params=parameters or None)
        return answer

    def email(self) -> str:
        """Return the e-mail address of an account, another one each time."""
        return self._chosen.choice(self._emails)

    def account(self) -> str:
        """Return the href of an account, another one each time."""
        return self._chosen.choice(self._hrefs)

    def look_up(self, application: str, *, by_group: bool = False) -> None:
        """Find the account that logs in, without hashing its password, which costs more than all the rest."""
        store = ("group", _id(self.group)) if by_group else None
        with self._service.database.read(self._service.tenant_id) as unit:
            assert unit.find_login(_id(application), self.email(), store) is not None

    def leave_and_join(self) -> None:
        """Take an account out of the group and put it back."""
        account = self.account()
        (membership,) = self.get(f"{account}/groupMemberships")["items"]
        self._executor.delete(membership["href"])
        links = {"account": {"href": account}, "group": {"href": self.group}}
        self._executor.post(f"{self._executor.base_url}/groupMemberships", links)

    def change(self) -> None:
        """Change an attribute of an account."""
        self._executor.post(self.account(), {"givenName": f"{self._chosen.getrandbits(40):x}"})


def _id(href: str) -> str:
    return href.rpartition("/")[2]


Operation = Callable[[World], object]


def operations(worlds: tuple[World, ...]) -> Iterator[tuple[str, Operation]]:
    """Yield what is measured, by name."""
    yield "GET of an account", lambda world: world.get(world.account())
    yield "login look-up, application of a directory", lambda world: world.look_up(world.application)
    yield "login look-up, application of a group", lambda world: world.look_up(world.by_group)
    yield "login look-up, in a group", lambda world: world.look_up(world.application, by_group=True)
    for name, owner in OWNERS.items():
        yield f"{name}: search by email", searching(owner, lambda email: email)
        yield f"{name}: search by email prefix", searching(owner, lambda email: email.partition("@")[0] + "*")
        for order in ({}, {"orderBy": "email"}, {"orderBy": "createdAt desc"}):
            text = f", {order['orderBy']}" if order else ""
            yield f"{name}: first page{text}", first_page(owner, order)
            yield f"{name}: deep page{text}", deep_page(owner, order, worlds)
        yield f"{name}: size", size(owner)
    yield "groups of an account", lambda world: world.get(f"{world.account()}/groups")
    yield "memberships of an account", lambda world: world.get(f"{world.account()}/groupMemberships")
    yield "memberships of a group", lambda world: world.get(f"{world.group}/accountMemberships")
    yield "groups of the directory, with their size", directory_groups
    yield "an account leaves a group and joins it again", World.leave_and_join
    yield "an account is changed", World.change


OWNERS: dict[str, Callable[[World], str]] = {
    "directory.accounts": lambda world: world.directory,
    "application.accounts": lambda world: world.application,
    "application.accounts of a group": lambda world: world.by_group,
    "group.accounts": lambda world: world.group,
    "tenant.accounts": lambda world: world.tenant,
}


def searching(owner: Callable[[World], str], pattern: Callable[[str], str]) -> Operation:
    """Find one account."""

    def search(world: World) -> None:
        assert world.get(f"{owner(world)}/accounts", email=pattern(world.email()))["size"] == 1

    return search


def first_page(owner: Callable[[World], str], order: Json) -> Operation:
    """Read the first 25 accounts."""

    def read(world: World) -> None:
        assert len(world.get(f"{owner(world)}/accounts", **order)["items"]) == 25

    return read


def deep_page(owner: Callable[[World], str], order: Json, worlds: tuple[World, ...]) -> Operation:
    """Read 25 accounts in the middle of all, where one gets to by following the links to the next page."""
    next_pages = {
        world: world.get(f"{owner(world)}/accounts", offset=world.accounts // 2, **order)["next"]["href"]
        for world in worlds
    }

    def read(world: World) -> None:
        assert len(world.get(next_pages[world])["items"]) == 25

    return read


def size(owner: Callable[[World], str]) -> Operation:
    """Ask for the number of all accounts."""

    def read(world: World) -> None:
        assert world.get(f"{owner(world)}/accounts", limit=1)["size"] >= world.accounts

    return read


def directory_groups(world: World) -> None:
    """List the groups with one member of each."""
    (group,) = world.get(f"{world.directory}/groups", expand="accounts(limit:1)")["items"]
    assert group["accounts"]["size"] >= world.accounts


class Row(NamedTuple):
    """An operation, and what it costs among few and among many accounts, in seconds."""

    what: str
    few: float
    many: float
    ratio: float

    @property
    def is_kept(self) -> bool:
        """Say whether it costs hardly more among many."""
        return self.ratio <= GOAL

    def __str__(self) -> str:
        verdict = "ok" if self.is_kept else "MISSED"
        return f"{self.what:<56} {1e6 * self.few:9.0f} {1e6 * self.many:9.0f} {self.ratio:6.2f}  {verdict}"


def seconds(operation: Operation, world: World) -> float:
    """Return the time of one call, on average over a few."""
    started = time.perf_counter()
    for _ in range(CALLS):
        operation(world)
    return (time.perf_counter() - started) / CALLS


def measure(few: World, many: World, rounds: int) -> Iterator[Row]:
    """Take every measurement, in both worlds in turns."""
    for what, operation in operations((few, many)):
        for world in (few, many):
            seconds(operation, world)
        pairs = [(seconds(operation, few), seconds(operation, many)) for _ in range(rounds)]
        ratio = median(b / a for a, b in pairs)
        yield Row(what, median(a for a, _ in pairs), median(b for _, b in pairs), ratio)


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Give the URLs of two empty databases."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'few.db'}", f"sqlite:///{folder / 'many.db'}"
        return
    with postgresql.running_server() as server:
        yield server.create_database(), server.create_database()


def report(kind: str, accounts: int, rounds: int, folder: Path) -> bool:
    """Print the table of one database; return whether all promises are kept."""
    kept = True
    with databases(kind, folder) as (first, second), closing(World(first, FEW)) as few:
        started = time.perf_counter()
        with closing(World(second, accounts)) as many:
            print(f"{kind}: {accounts:,} accounts loaded in {time.perf_counter() - started:.0f} s")
            print(f"{'microseconds':<56} {FEW:>9,} {accounts:>9,}  ratio  (goal {GOAL})")
            for row in measure(few, many, rounds):
                print(row, flush=True)
                kept = kept and row.is_kept
    return kept


def main() -> int:
    """Print all tables; return 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    kinds = ("sqlite", "postgresql") if given.database == "both" else (given.database,)
    with tempfile.TemporaryDirectory() as folder:
        environment.isolate(folder)
        # Real passwords here.
        del os.environ["STORMPATH_PASSWORD_HASHING"]
        kept = [report(each, given.accounts, given.rounds, Path(folder)) for each in kinds]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
