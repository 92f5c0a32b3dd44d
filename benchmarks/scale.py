"""The cost of a large directory: the same operations with 1,000 accounts and with many.

``python benchmarks/scale.py`` loads 100,000 accounts (``--accounts 1000000`` is the full measurement) into
SQLite and PostgreSQL, and 1,000 into another database of the same shape: one directory, and one group that
contains all accounts. Requests go through the service's WSGI callable, to both databases in turn, each time
for another account. A number is the median of the processor time that a request takes, in this process and in
PostgreSQL's, which other programs hardly affect. Password hashes are free here: a real one would hide all
other costs of a login. The program ends with status 1 if a ratio is over 1.2 (3 for searches inside texts and
in custom data), twice in a row.
"""

import argparse
import os
import random
import re
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from _bulk import RARE, RARE_TEXT, fill

from stormpath.embedded import EmbeddedExecutor
from stormpath.server.app import open_service
from stormpath.server.security.passwords import HashGate, InsecureForTests

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support import environment, postgresql

GOAL = 1.2
#: Of searches inside texts and in custom data.
GOAL_OF_SEARCHES = 3.0
FEW = 1000
CALLS = 201
# A statement is prepared at its sixth call; PostgreSQL chooses its final plan after five more.
WARM_UP = 20

PASSWORD = "Changeme1!"
Json = dict[str, Any]


class World:
    """A service with that many accounts, and the hrefs that the operations need."""

    def __init__(self, database: str, accounts: int) -> None:
        self.accounts = accounts
        self._random = random.Random(7)  # noqa: S311  # The same accounts at each run.
        self._service = open_service(database)
        self._service._passwords = HashGate(InsecureForTests(), slots=1)
        self.base_url = self._service.base_url
        self._executor = EmbeddedExecutor(self._service, self.base_url, *self._service.local_api_key())
        self.tenant = f"{self.base_url}/tenants/{self._service.tenant_id}"
        self.directory = self.make("directories", name="Everybody's")
        self.group = self.make(f"{self.directory}/groups", name="Everybody")
        self.application, self.by_group = self._application(self.directory), self._application(self.group)
        first = self.make(f"{self.directory}/accounts", **person("first@example.com"))
        self.make("groupMemberships", account={"href": first}, group={"href": self.group})
        self._emails = fill(self._service.database, "first@example.com", accounts - 1)
        self._hrefs = [self._found(each) for each in self._emails]
        self._backends = self._find_backends()

    def _application(self, store: str) -> str:
        application = self.make("applications", name=f"Of {store}")
        links = {"application": {"href": application}, "accountStore": {"href": store}}
        self.make("accountStoreMappings", **links)
        return application

    def _found(self, email: str) -> str:
        (item,) = self.get(f"{self.directory}/accounts", email=email)["items"]
        return str(item["href"])

    def _find_backends(self) -> list[str]:
        """Return the paths of Linux's statistics about PostgreSQL's processes for this database."""
        if self._service.database.dialect == "sqlite":
            return []
        statement = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        with self._service.database.engine.connect() as connection:
            return [f"/proc/{pid}/schedstat" for (pid,) in connection.exec_driver_sql(statement)]

    def processor_seconds(self) -> float:
        """Return the processor time of this process and of PostgreSQL's processes for this database."""
        texts = (Path(each).read_text() for each in self._backends)
        return time.process_time() + sum(int(each.split()[0]) for each in texts) / 1e9

    def close(self) -> None:
        """Close the database."""
        self._service.close()

    def get(self, href: str, **parameters: Any) -> Json:
        """Return what the service answers, as parsed JSON."""
        answer: Json = self._executor.get(href, params=parameters or None)
        return answer

    def email(self) -> str:
        """Return the e-mail address of an account, another one each time."""
        return self._random.choice(self._emails)

    def account(self) -> str:
        """Return the href of an account, another one each time."""
        return self._random.choice(self._hrefs)

    def make(self, path: str, **body: Any) -> str:
        """Create a resource with that body, and return its href."""
        href = path if "://" in path else f"{self.base_url}/{path}"
        return str(self._executor.post(href, body)["href"])

    def log_in(self, application: str, **more: Any) -> None:
        """Log an account in."""
        value = b64encode(f"{self.email()}:{PASSWORD}".encode()).decode()
        self._executor.post(f"{application}/loginAttempts", {"type": "basic", "value": value, **more})

    def come_and_go(self) -> None:
        """Create an account, and delete it."""
        email = f"{self._random.getrandbits(40):x}@example.net"
        self._executor.delete(self.make(f"{self.directory}/accounts", **person(email)))

    def leave_and_join(self) -> None:
        """Take an account out of the group and put it back."""
        account = self.account()
        (membership,) = self.get(f"{account}/groupMemberships")["items"]
        self._executor.delete(membership["href"])
        self.make("groupMemberships", account={"href": account}, group={"href": self.group})

    def change(self) -> None:
        """Change an attribute of an account."""
        self._executor.post(self.account(), {"givenName": f"{self._random.getrandbits(40):x}"})


def person(email: str) -> Json:
    """Return the body of a new account."""
    return {"givenName": "Joe", "surname": "Doe", "email": email, "password": PASSWORD}


Operation = Callable[[World], object]


def operations(worlds: tuple[World, ...]) -> Iterator[tuple[str, Operation]]:
    """Yield the names and the functions of all operations."""
    yield "GET of an account", lambda world: world.get(world.account())
    yield "login, application of a directory", lambda world: world.log_in(world.application)
    yield "login, application of a group", lambda world: world.log_in(world.by_group)
    yield (
        "login, in a given group",
        lambda world: world.log_in(world.application, accountStore={"href": world.group}),
    )
    for name, owner in OWNERS.items():
        yield f"{name}: search by email", searching(owner, lambda email: email)
        yield f"{name}: search by email prefix", searching(owner, lambda email: email.partition("@")[0] + "*")
        for order in ({}, {"orderBy": "email"}, {"orderBy": "createdAt desc"}):
            text = f", {order['orderBy']}" if order else ""
            yield f"{name}: first page{text}", first_page(owner, order)
            yield f"{name}: deep page{text}", deep_page(owner, order, worlds)
        yield f"{name}: size", size(owner)
        for what, query in SEARCHES.items():
            yield f"{name}: {what}", finding(owner, query)
    yield "groups of an account", lambda world: world.get(f"{world.account()}/groups")
    yield "memberships of an account", lambda world: world.get(f"{world.account()}/groupMemberships")
    yield "memberships of a group", lambda world: world.get(f"{world.group}/accountMemberships")
    yield "groups of the directory, with their size", directory_groups
    yield "an account leaves a group and joins it again", World.leave_and_join
    yield "an account is changed", World.change
    yield "an account comes and goes", World.come_and_go


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


#: Each finds the twenty accounts that have a rare text.
SEARCHES: dict[str, Json] = {
    "q": {"q": RARE_TEXT},
    "q, by email": {"q": RARE_TEXT, "orderBy": "email"},
    "surname contains": {"surname": f"*{RARE_TEXT}*"},
    "surname begins with": {"surname": f"de{RARE_TEXT}*"},
    "custom data": {"customData.team": RARE_TEXT},
    "custom data begins with": {"customData.team": f"{RARE_TEXT[:2]}*"},
}


def finding(owner: Callable[[World], str], query: Json) -> Operation:
    """Find the accounts with a rare text."""

    def search(world: World) -> None:
        assert world.get(f"{owner(world)}/accounts", **query)["size"] == RARE

    return search


def first_page(owner: Callable[[World], str], order: Json) -> Operation:
    """Read the first 25 accounts."""

    def read(world: World) -> None:
        assert len(world.get(f"{owner(world)}/accounts", **order)["items"]) == 25

    return read


def deep_page(owner: Callable[[World], str], order: Json, worlds: tuple[World, ...]) -> Operation:
    """Read 25 accounts in the middle of the list, from the ``next`` link of the page before."""
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
    """An operation, and its cost with few and with many accounts, in seconds."""

    what: str
    few: float
    many: float
    goal: float

    @property
    def ratio(self) -> float:
        """The cost with many accounts divided by that with few."""
        return self.many / self.few

    @property
    def is_kept(self) -> bool:
        """Say whether the ratio is within the goal."""
        return self.ratio <= self.goal

    def __str__(self) -> str:
        verdict = "ok" if self.is_kept else "MISSED"
        return f"{self.what:<62} {1e6 * self.few:9.0f} {1e6 * self.many:9.0f} {self.ratio:6.2f}  {verdict}"


def seconds(operation: Operation, world: World) -> float:
    """Return the processor time of one call."""
    started = world.processor_seconds()
    operation(world)
    return world.processor_seconds() - started


def measure(few: World, many: World, calls: int, only: str) -> Iterator[Row]:
    """Take every measurement, in both worlds in turn."""
    for what, operation in operations((few, many)):
        if not re.search(only, what):
            continue
        row = compare(what, operation, few, many, calls)
        # Another program may slow one of two PostgreSQL processes for a second: a slow operation stays slow.
        yield row if row.is_kept else compare(what, operation, few, many, calls)


def compare(what: str, operation: Operation, few: World, many: World, calls: int) -> Row:
    """Measure one operation."""
    pairs = [(seconds(operation, few), seconds(operation, many)) for _ in range(WARM_UP + calls)]
    costs = [median(each) for each in zip(*pairs[WARM_UP:], strict=True)]
    is_search = what.partition(": ")[2] in SEARCHES
    return Row(what, *costs, GOAL_OF_SEARCHES if is_search else GOAL)


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the URLs of two empty databases."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'few.db'}", f"sqlite:///{folder / 'many.db'}"
        return
    with postgresql.running_server() as server:
        yield server.create_database(), server.create_database()


def report(kind: str, accounts: int, calls: int, folder: Path, only: str) -> bool:
    """Print the table of one database; return whether all promises are kept."""
    kept = True
    with databases(kind, folder) as (first, second), closing(World(first, FEW)) as few:
        started = time.perf_counter()
        with closing(World(second, accounts)) as many:
            print(
                f"{kind}: {accounts:,} accounts loaded in {time.perf_counter() - started:.0f} s", flush=True
            )
            goals = f"goal {GOAL}; of searches {GOAL_OF_SEARCHES}"
            print(f"{'microseconds':<62} {FEW:>9,} {accounts:>9,}  ratio  ({goals})")
            for row in measure(few, many, calls, only):
                print(row, flush=True)
                kept = kept and row.is_kept
    return kept


def main() -> int:
    """Print all tables; return 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--calls", type=int, default=CALLS)
    parser.add_argument("--only", default="", help="a regular expression that names of operations match")
    options = parser.parse_args()
    kinds = ("sqlite", "postgresql") if options.database == "both" else (options.database,)
    with tempfile.TemporaryDirectory() as folder:
        environment.isolate(folder)
        # The setting is for tests only.
        del os.environ["STORMPATH_PASSWORD_HASHING"]
        kept = [report(each, options.accounts, options.calls, Path(folder), options.only) for each in kinds]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
