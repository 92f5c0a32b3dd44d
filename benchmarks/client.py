"""The cost of the SDK against plain ``requests``, measured side by side in one run, on every cache store.

``python benchmarks/client.py`` prints one line per promise and ends with status 1 if one is broken. Both
sides of a ratio talk to the same server of canned answers and take turns, so that a slow moment of the
machine affects both; the ratio is the median over the rounds. A time in microseconds is the minimum of its
rounds. Our side is one client that all threads share; the plain side has one `requests.Session` per thread,
which is the usual practice. The Redis and the Memcached are real servers on the loopback.

A ratio with many threads means something else than one with a single thread, because only one thread of a
Python process computes at a time. With one thread, both sides include the wait for the answer, which hides a
part of the client's work. With 8 or 32, another thread computes meanwhile: the time per call is then the
processor time that the client takes for it, plus the cost of switching threads. That holds while the servers
are not the bottleneck. They share the other core; a row says so if the canned server was busy for more than
80 percent of the time.

``--chart FILE`` draws the rows as an SVG, ``--profile`` shows where the time of one resource goes, and
``--only TEXT`` takes only the measurements whose name contains the text.
"""

import argparse
import cProfile
import json
import logging
import os
import pstats
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from itertools import count, cycle, product
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import requests
from _canned import ACCOUNTS, PAGE, CannedService, account, canned_service, one_target, page_targets
from _chart import render
from _measure import Action, Row, compare, least, on_core, seconds
from _servers import CacheServer, free_port, memcached_server, redis_server
from pymemcache.client.base import PooledClient
from redis import Redis

from stormpath import Client
from stormpath.cache.memcached_store import MemcachedStore
from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.cache.redis_store import RedisStore
from stormpath.embedded import EmbeddedExecutor

KEY: dict[str, Any] = {
    "id": "2EV70AHRTYF0JOA7OEXAMPLE1",
    "secret": "l8Fq3Zl+W4s1nq/9QkUzW0aV5bR7cY2dT6eH8gJ0kEX",
}
GOALS = {"Basic": 0.7, "SAuthc1": 0.8}
THREADS = (1, 8, 32)
NO_CACHE: Mapping[str, Any] = {"store": NullCacheStore}
ACCOUNT = f"/accounts/{1:022d}"
BUSY = 0.8

ByHand = Callable[[requests.Session, str], Any]
runs = count()


def by_hand(server: Any) -> ByHand:
    """Return a GET with a cache server in front, written by hand with the server's own library."""
    prefix = f"by-hand-{next(runs)}:"

    def get(session: requests.Session, href: str) -> Any:
        cached = server.get(prefix + href)
        assert cached is None, "what was to be a miss was none"
        fresh = session.get(href).json()
        server.set(prefix + href, json.dumps(fresh), 300)
        return fresh

    return get


@dataclass(frozen=True)
class Setting:
    """The conditions under which one kind of store is measured."""

    service: CannedService
    name: str
    cache: Mapping[str, Any]
    # A client of the library on which the store is built, if it is a store on a server.
    library: Any = None

    def client(self, scheme: str = "Basic") -> Client:
        """Return a client with an empty store."""
        client = Client(self.service.base, scheme=scheme, cache_options=self.cache, **KEY)
        client.data_store.cache_manager.caches["accounts"].clear()
        return client

    def sessions(self, threads: int) -> list[requests.Session]:
        """Return a session for each thread."""
        sessions = [requests.Session() for _ in range(threads)]
        for session in sessions:
            session.auth = (KEY["id"], KEY["secret"])
        return sessions

    def hrefs(self) -> Iterator[str]:
        """Yield the accounts' hrefs in an endless cycle; many threads may share the iterator."""
        origin = self.service.base.removesuffix("/v1")
        return cycle([origin + one_target(number) for number in range(1, ACCOUNTS + 1)])

    def ratio(self, row: Row, ours: list[Action], plain: list[Action], times: int, rounds: int) -> Row:
        """Return the row with the ratio of our side to the plain side, and a remark on the measurement."""
        if times > 1:
            # The first call of each thread opens its connection.
            seconds(ours, 1), seconds(plain, 1)
        began, busy_before = perf_counter(), self.service.busy_seconds()
        comparison = compare(ours, plain, times, rounds)
        busy = (self.service.busy_seconds() - busy_before) / (perf_counter() - began)
        remark = f"{comparison}; server busy {busy:.0%}" + (": tells of the server" if busy > BUSY else "")
        return replace(row, measured=comparison.ratio, remark=remark)


def one_resource(setting: Setting, scheme: str, threads: int, keep: ByHand | None = None) -> Row:
    """GET accounts: through the SDK, whose cache misses and stores each, and with plain sessions.

    With ``keep`` the plain side does what the SDK does: it asks the cache server first, and stores the answer
    there.
    """
    client = setting.client(scheme)
    hrefs, plain_hrefs = setting.hrefs(), setting.hrefs()

    def plain(session: requests.Session) -> Action:
        if keep is None:
            return lambda: session.get(next(plain_hrefs)).json()["email"]
        return lambda: keep(session, next(plain_hrefs))["email"]

    what = f"GET of one resource, {scheme}, against requests" + (" and a cache by hand" if keep else "")
    # A miss on a cache server costs two round trips, which no client can avoid. Plain requests makes none, so
    # that this comparison is only an aim.
    is_promise = keep is not None or setting.library is None
    row = setting.ratio(
        Row(what, 0, "times", GOALS[scheme], setting.name, threads, is_promise),
        [lambda: client.accounts.get(next(hrefs)).email] * threads,
        [plain(session) for session in setting.sessions(threads)],
        times=max(320 // threads, 10),
        rounds=11,
    )
    stats = client.data_store.cache_manager.stats["accounts"]
    assert (stats.hits, stats.failures) == (0, 0), "what was to be a miss was none"
    client.close()
    return row


def cached_read(setting: Setting, threads: int) -> Row:
    """Read a cached account: the wall time per read, over all threads."""
    goal, is_promise = {"memory": (10, True), "Redis": (110, False), "Memcached": (50, False)}[setting.name]
    client = setting.client()
    href = setting.service.base + ACCOUNT
    assert client.accounts.get(href).email == "joe1@example.com"

    def read() -> None:
        assert client.accounts.get(href).email

    rounds = 101 if setting.name == "memory" else 11
    took = least([read] * threads, times=max(1000 // threads, 100), rounds=rounds)
    assert client.data_store.cache_manager.stats["accounts"].misses == 1, "what was to be a hit was none"
    client.close()
    return Row("a read answered by the cache", 1e6 * took, "us", goal, setting.name, threads, is_promise)


def iteration(setting: Setting, threads: int) -> Row:
    """Iterate over 10,000 accounts, against fetching the same hundred pages."""
    client = setting.client()
    urls = [setting.service.base.removesuffix("/v1") + target for target in page_targets()]

    def ours() -> None:
        assert sum(1 for each in client.accounts if each.email) == ACCOUNTS

    def plain(session: requests.Session) -> Action:
        def fetch() -> None:
            for url in urls:
                assert len(session.get(url).json()["items"]) == PAGE

        return fetch

    row = Row("iterating 10,000 accounts, against their pages", 0, "times", 1.0, setting.name, threads)
    sessions = setting.sessions(threads)
    row = setting.ratio(
        row,
        [ours] * threads,
        [plain(each) for each in sessions],
        times=1,
        rounds={1: 7, 8: 2, 32: 1}[threads],
    )
    client.close()
    return row


def failing_cache(service: CannedService) -> Row:
    """Read an account with a cache server that refuses connections, against no cache."""
    dead_redis = {"store": RedisStore, "store_opts": {"host": "127.0.0.1", "port": free_port()}}
    href = service.base + ACCOUNT

    def reading(cache: Mapping[str, Any]) -> Action:
        client = Client(service.base, cache_options=cache, **KEY)
        return lambda: client.accounts.get(href).email

    setting = Setting(service, "", NO_CACHE)
    row = Row("GET of one resource with a dead Redis, against no cache", 0, "times", 1.1)
    return setting.ratio(row, [reading(dead_redis)], [reading(NO_CACHE)], times=100, rounds=21)


def embedded_call() -> Row:
    """Measure the microseconds that the embedded executor adds to the service and to parsing its JSON."""
    body = json.dumps(account("http://localhost:8080/v1", 1)).encode()

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [body]

    executor = EmbeddedExecutor(app, "http://localhost:8080/v1", KEY["id"], KEY["secret"])
    ours = least([lambda: executor.get(ACCOUNT)], times=100, rounds=301)
    plain = least([lambda: json.loads(body)], times=100, rounds=301)
    return Row("a GET through the embedded executor, besides the service", 1e6 * (ours - plain), "us", 15)


def import_time() -> Row:
    """Import the client, against importing requests, in new processes in turn, from compiled files."""

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
    ratio = median(ours for ours, _ in pairs) / median(plain for _, plain in pairs)
    return Row("importing the client, against requests", ratio, "times", 1.2)


def measurements(unpinned: bool) -> Iterator[tuple[str, Callable[[], Row]]]:
    """Yield the name of every measurement, and the function that takes it; the servers run meanwhile."""
    with ExitStack() as servers:
        with nullcontext() if unpinned else on_core(-1):
            service = servers.enter_context(canned_service())
            redis = servers.enter_context(redis_server())
            memcached = servers.enter_context(memcached_server())
        uncached = Setting(service, "no cache", NO_CACHE)
        yield from store_measurements(uncached, stores(service, redis, memcached))
        yield "dead", lambda: failing_cache(service)
    yield "embedded", embedded_call
    yield "import", import_time


def stores(service: CannedService, redis: CacheServer, memcached: CacheServer) -> list[Setting]:
    """Return the settings of all stores."""
    # This client waits for answers, as the store does: a put that is still under way during a delete would
    # restore the deleted entry.
    pymemcache = PooledClient(tuple(memcached.store_opts.values()), no_delay=True, default_noreply=False)
    in_redis = {"store": RedisStore, "store_opts": redis.store_opts}
    in_memcached = {"store": MemcachedStore, "store_opts": memcached.store_opts}
    return [
        Setting(service, "memory", {"store": MemoryStore}),
        Setting(service, "Redis", in_redis, Redis(**redis.store_opts)),
        Setting(service, "Memcached", in_memcached, pymemcache),
    ]


def store_measurements(
    uncached: Setting, stores: Sequence[Setting]
) -> Iterator[tuple[str, Callable[[], Row]]]:
    """Yield the measurements that are taken on every store, with each number of threads."""
    for scheme in GOALS:
        for setting, threads in product((uncached, *stores), THREADS):
            yield f"one {scheme}", lambda a=setting, b=scheme, c=threads: one_resource(a, b, c)
        for setting, threads in product((each for each in stores if each.library), THREADS):
            yield (
                f"one {scheme} by hand",
                lambda a=setting, b=scheme, c=threads: one_resource(a, b, c, by_hand(a.library)),
            )
    for setting, threads in product(stores, THREADS):
        yield "cached", lambda a=setting, b=threads: cached_read(a, b)
    for setting, threads in product((uncached, *stores), THREADS):
        yield "iteration", lambda a=setting, b=threads: iteration(a, b)


def profile() -> None:
    """Show where the time of one resource goes, with SAuthc1 and without a cache."""
    with canned_service() as service:
        client = Setting(service, "", NO_CACHE).client("SAuthc1")
        with cProfile.Profile() as profiler:
            seconds([lambda: client.accounts.get(service.base + ACCOUNT).email], 2000)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(30)


def main() -> int:
    """Print all rows; return 1 if a promise is broken."""
    parser = argparse.ArgumentParser(description="The cost of the SDK against plain requests.")
    parser.add_argument("--chart", type=Path, metavar="FILE", help="draw the rows as an SVG")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="take the measurements whose name contains it"
    )
    parser.add_argument("--profile", action="store_true", help="show where the time of one resource goes")
    parser.add_argument("--unpinned", action="store_true", help="pin no process to a core")
    options = parser.parse_args()
    # Silences the warnings about the dead Redis.
    logging.getLogger("stormpath.cache").addHandler(logging.NullHandler())
    if options.profile:
        profile()
        return 0
    rows = []
    with nullcontext() if options.unpinned else on_core(0):
        for name, measure in measurements(options.unpinned):
            if options.only in name:
                rows.append(measure())
                print(rows[-1], flush=True)
    if options.chart:
        options.chart.write_text(render(rows))
    return 0 if all(row.is_kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
