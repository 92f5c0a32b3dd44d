"""What the SDK costs beside plain ``requests``, measured side by side in one run.

``python benchmarks/client.py`` prints a line a promise and ends with status 1 when one is broken. Both sides
of a ratio talk to the same server of canned answers and take turns, so that a slow moment of the machine hits
both; the figure is the median over the rounds. A time in microseconds is the least of its rounds, because
whatever else the machine does only adds to it. ``--profile`` shows where the time of one resource goes.
"""

import cProfile
import json
import os
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from statistics import median
from typing import Any, NamedTuple

import requests
from _canned import account, canned_service, page_targets

from stormpath import Client
from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.embedded import EmbeddedExecutor

KEY: dict[str, Any] = {
    "id": "2EV70AHRTYF0JOA7OEXAMPLE1",
    "secret": "l8Fq3Zl+W4s1nq/9QkUzW0aV5bR7cY2dT6eH8gJ0kEX",
}
UNCACHED = {"store": NullCacheStore}
ACCOUNT = f"/accounts/{1:022d}"


class Row(NamedTuple):
    """One promise and what became of it."""

    what: str
    measured: float
    goal: float
    unit: str

    @property
    def is_kept(self) -> bool:
        """Say whether the measurement is within the goal."""
        return self.measured <= self.goal

    def __str__(self) -> str:
        verdict = "ok" if self.is_kept else "MISSED"
        return f"{self.what:<58} {self.measured:8.2f} {self.unit:<5} goal {self.goal:5.2f}  {verdict}"


def seconds(action: Callable[[], object], times: int) -> float:
    """Return how long an action takes, on average over some repetitions."""
    started = time.perf_counter()
    for _ in range(times):
        action()
    return (time.perf_counter() - started) / times


def ratio(ours: Callable[[], object], plain: Callable[[], object], times: int, rounds: int) -> float:
    """Return how much longer ours takes than the plain one, as the median over rounds of turns."""
    ours(), plain()
    return median(seconds(ours, times) / seconds(plain, times) for _ in range(rounds))


def one_resource(base: str, scheme: str) -> float:
    """GET one account: through the SDK, without its cache, and with a session that keeps its connection."""
    client = Client(base, scheme=scheme, cache_options=UNCACHED, **KEY)
    session = requests.Session()
    session.auth = (KEY["id"], KEY["secret"])
    href = base + ACCOUNT
    return ratio(
        lambda: client.accounts.get(href).email,
        lambda: session.get(href).json()["email"],
        times=50,
        rounds=31,
    )


def cached_read(base: str) -> float:
    """Return the microseconds of a read that the memory cache answers."""
    client = Client(base, **KEY)
    href = base + ACCOUNT
    assert client.accounts.get(href).email == "joe1@example.com"
    return 1e6 * min(seconds(lambda: client.accounts.get(href).email, 100) for _ in range(301))


def iteration(base: str) -> float:
    """Walk through 10,000 accounts, and fetch the same hundred pages and no more."""
    client = Client(base, scheme="basic", **KEY)
    session = requests.Session()
    session.auth = (KEY["id"], KEY["secret"])
    urls = [base.removesuffix("/v1") + target for target in page_targets()]

    def ours() -> None:
        assert sum(1 for each in client.accounts if each.email) == len(urls) * 100

    def plain() -> None:
        for url in urls:
            assert len(session.get(url).json()["items"]) == 100

    return ratio(ours, plain, times=1, rounds=9)


def embedded_call() -> float:
    """Return the microseconds that the embedded executor adds to the service and to reading its JSON."""
    body = json.dumps(account("http://localhost:8080/v1", 1)).encode()

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [body]

    executor = EmbeddedExecutor(app, "http://localhost:8080/v1", KEY["id"], KEY["secret"])

    def least(action: Callable[[], object]) -> float:
        return min(seconds(action, 100) for _ in range(301))

    return 1e6 * (least(lambda: executor.get(ACCOUNT)) - least(lambda: json.loads(body)))


def import_time() -> float:
    """Import the client and import requests, each in new processes that take turns, from compiled files."""

    def took(statement: str) -> float:
        program = f"import time; t = time.process_time(); {statement}; print(time.process_time() - t)"
        command = [sys.executable, "-X", f"pycache_prefix={compiled}", "-c", program]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        return float(done.stdout)

    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    ours, plain = "from stormpath import Client", "import requests"
    with tempfile.TemporaryDirectory() as compiled:
        took(ours), took(plain)
        pairs = [(took(ours), took(plain)) for _ in range(15)]
    return median(ours for ours, _ in pairs) / median(plain for _, plain in pairs)


def measure() -> Iterable[Row]:
    """Take every measurement in turn."""
    with canned_service() as base:
        yield Row("GET of one resource, Basic, against requests", one_resource(base, "basic"), 0.7, "times")
        yield Row(
            "GET of one resource, SAuthc1, against requests", one_resource(base, "SAuthc1"), 0.8, "times"
        )
        yield Row("a read answered by the memory cache", cached_read(base), 10, "us")
        yield Row("iterating 10,000 accounts, against their pages", iteration(base), 1.0, "times")
    yield Row("a GET through the embedded executor, besides the service", embedded_call(), 15, "us")
    yield Row("importing the client, against requests", import_time(), 1.2, "times")


def profile() -> None:
    """Show where the time of one resource goes, with SAuthc1 and without a cache."""
    with canned_service() as base:
        client = Client(base, cache_options=UNCACHED, **KEY)
        with cProfile.Profile() as profiler:
            seconds(lambda: client.accounts.get(base + ACCOUNT).email, 2000)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(30)


def main() -> int:
    """Print all rows; return 1 when a promise is broken."""
    if "--profile" in sys.argv:
        profile()
        return 0
    kept = True
    for row in measure():
        print(row, flush=True)
        kept = kept and row.is_kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
