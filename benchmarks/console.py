"""The cost of every page of the Admin Console in a large tenant.

``python benchmarks/console.py`` loads 100,000 accounts, 1,000 directories and 100 applications (``--accounts
1000000 --directories 10000 --applications 1000`` is the full measurement) into SQLite and PostgreSQL, and
opens every page as an administrator, through the WSGI callable. A number is the median of several times at
the server. The program ends with status 1 if a page takes more than 300 ms, 25 statements or 100 KB.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from _bulk import fill

from stormpath.server.app import Service, open_service
from stormpath.server.security.passwords import HashGate, InsecureForTests

# Without its own folder: the tests of the console have the same name as this file.
sys.path.remove(str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from console.page_paths import filled, with_ids
from console.visitor import Visitor, owner
from service.calls import Api
from service.description import CheckedApi
from service.examples import Examples
from support import environment, outbound, postgresql
from support.statements import statements

MOST_MS = 300
MOST_STATEMENTS = 25
MOST_BYTES = 100 * 1024
CALLS = 3


class Sizes(NamedTuple):
    """How much the tenant holds."""

    accounts: int
    directories: int
    applications: int


class Row(NamedTuple):
    """A page: its time at the server, its statements and its bytes."""

    path: str
    milliseconds: float
    statements: int
    size: int

    @property
    def is_kept(self) -> bool:
        """Say whether the page is within all bounds."""
        return self.milliseconds <= MOST_MS and self.statements <= MOST_STATEMENTS and self.size <= MOST_BYTES

    def __str__(self) -> str:
        verdict = "" if self.is_kept else "MISSED"
        return f"{self.path:<66} {self.milliseconds:8.1f} {self.statements:5} {self.size:8,}  {verdict}"


class World:
    """A service with a large tenant, and its administrator at a browser."""

    def __init__(self, database: str, sizes: Sizes) -> None:
        self.service = open_service(database)
        self.service._passwords = HashGate(InsecureForTests(), slots=1)
        # The mail servers and the providers of the examples are on no network.
        self.service.try_smtp, self.service.outbound = lambda server: None, outbound.client()
        key = self.service.local_api_key()
        self.api = Api(self.service, self.service.base_url, self.service.tenant_id, *key)
        self.examples = Examples(CheckedApi.like(self.api)).all()
        for number in range(sizes.directories):
            self.api.directory(f"Directory {number:05}", description="One of many")
        for number in range(sizes.applications):
            self.api.application(f"Application {number:05}")
        group, directory = self.examples["groups"], self.examples["directories"]
        account = self.api.account(directory, "first")
        self.api.membership(account, group)
        fill(self.service.database, "first@example.com", sizes.accounts)
        self.visitor: Visitor = owner(self.api)
        self.visitor.log_in()

    def pages(self) -> Iterator[str]:
        """Yield the paths of all pages, with the search of a few words."""
        for page in self.service.console.pages:
            if page.get is not None and not page.public and "{" not in page.path:
                yield page.path
        for page in with_ids(self.service):
            if page.get is not None and (path := filled(page, self.examples)) is not None:
                yield path
        for plural in ("accounts", "directories", "applications", "groups"):
            yield f"/{plural}?q=0042"
            yield f"/{plural}?status=DISABLED"

    def row(self, path: str) -> Row:
        """Open a page several times."""
        times = []
        for _ in range(CALLS):
            started = time.perf_counter()
            self.visitor.request("GET", path)
            times.append(1000 * (time.perf_counter() - started))
        with statements(self.service) as sent:
            page = self.visitor.request("GET", path)
        return Row(path, median(times), len(sent), len(page.raw))


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'console.db'}"
        return
    with postgresql.running_server() as server:
        yield server.create_database()


def report(kind: str, sizes: Sizes, folder: Path, *, every: bool) -> bool:
    """Print the slowest pages of one database, or all; return whether all promises are kept."""
    started = time.perf_counter()
    with database(kind, folder) as url:
        world = World(url, sizes)
        service: Service = world.service
        with closing(service):
            print(f"{kind}: loaded {sizes} in {time.perf_counter() - started:.0f} s", flush=True)
            rows = sorted((world.row(path) for path in world.pages()), key=lambda each: -each.milliseconds)
    print(f"{len(rows)} pages{'':<58} {'ms':>9} {'SQL':>5} {'bytes':>8}")
    for each in rows:
        if every or each in rows[:10] or not each.is_kept:
            print(each, flush=True)
    return all(each.is_kept for each in rows)


def main() -> int:
    """Print all tables; return 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--directories", type=int, default=1_000)
    parser.add_argument("--applications", type=int, default=100)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    parser.add_argument("--all", action="store_true", help="print every page")
    options = parser.parse_args()
    kinds = ("sqlite", "postgresql") if options.database == "both" else (options.database,)
    sizes = Sizes(options.accounts, options.directories, options.applications)
    with tempfile.TemporaryDirectory() as folder:
        environment.isolate(folder)
        # The setting is for tests only.
        os.environ.pop("STORMPATH_PASSWORD_HASHING", None)
        kept = [report(each, sizes, Path(folder), every=options.all) for each in kinds]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
