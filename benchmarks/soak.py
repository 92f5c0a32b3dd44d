"""A leak test: a million reads through one client must not increase its memory.

``python benchmarks/soak.py`` ends with status 1 if memory grew. Four threads, new ones for each shift, share
a client: they read accounts that are cached and accounts that are not (each time another one), iterate over
the beginning of a list, refresh, create and delete. The memory is measured after a warm-up, in which caches
fill up, and again at the end. The memory store gets a million reads, Redis and Memcached a hundred thousand,
in a process that does nothing else; a quarter of them is repeated in another process, under tracemalloc,
which slows everything down and takes memory itself.

The bounds: tracemalloc may find a quarter of a byte more for each read, the operating system 4 MiB more in
all. An object leaked at every hundredth read is more than the first. ``--reads N`` changes the number, and
``--leak`` keeps a little text at every hundredth read: to see that it is found.
"""

import argparse
import sys
import tracemalloc
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import count
from typing import Any

from _canned import canned_service, one_target
from _measure import Row
from _servers import memcached_server, redis_server
from memory import KEY, bytes_in_use, in_its_own_process

from stormpath import Client
from stormpath.cache.memcached_store import MemcachedStore
from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.redis_store import RedisStore
from stormpath.cache.stale_answers import InvalidationLog
from stormpath.resources.directory import Directory

READS = 1_000_000
THREADS = 4
HOT, COLD, LISTED, WRITTEN = 200, 20, 300, 2
READS_A_SHIFT = HOT + COLD + LISTED + WRITTEN
BYTES_A_READ = 0.25
RESIDENT_MIB = 4
# Twice as many accounts as a region can hold.
WARM_UP = 2 * 1000 * READS_A_SHIFT // COLD


class Soak:
    """A client in use, and the number of its reads."""

    def __init__(self, base: str, cache_options: Mapping[str, Any], is_leaking: bool) -> None:
        self.reads = 0
        self._base = base
        self._client = Client(base, cache_options=cache_options, **KEY)
        self._accounts = Directory(self._client, href=f"{base}/directories/1").accounts
        self._unread = count(1000)
        self._is_leaking = is_leaking
        self._leaked: list[str] = []

    def run_until(self, reads: int) -> None:
        """Continue until there are that many reads in all."""
        while self.reads < reads:
            with ThreadPoolExecutor(THREADS) as threads:
                for shift in [threads.submit(self._shift) for _ in range(THREADS)]:
                    shift.result()
            self.reads += THREADS * READS_A_SHIFT

    def _shift(self) -> None:
        for number in range(HOT):
            self._read(number % 50 + 1)
        for _ in range(COLD):
            self._read(next(self._unread))
        assert sum(1 for each in self._client.accounts[:LISTED] if each.email) == LISTED
        self._client.accounts.get(self._href(1)).refresh()
        created = self._accounts.create({"email": "joe@example.com", "given_name": "Joe", "surname": "Doe"})
        assert self._client.accounts.get(created.href).email == created.email
        created.delete()
        if self._is_leaking:
            self._leaked += [f"{number} was read" for number in range(READS_A_SHIFT // 100)]

    def _read(self, number: int) -> None:
        assert self._client.accounts.get(self._href(number)).email == f"joe{number}@example.com"

    def _href(self, number: int) -> str:
        return self._base + one_target(number).removeprefix("/v1")


def growth(base: str, cache: Mapping[str, Any], reads: int, is_traced: bool, is_leaking: bool) -> int:
    """Return how many bytes more are in use after so many reads, as counted by tracemalloc or the system."""
    # The log would reach a thousand names long after the cache is full, which would look like a leak.
    InvalidationLog.MAX_NAMES = 50
    if is_traced:
        tracemalloc.start()
    soak = Soak(base, cache, is_leaking)
    soak.run_until(WARM_UP)
    before = bytes_in_use(is_traced)
    soak.run_until(soak.reads + reads)
    return bytes_in_use(is_traced) - before


def rows(reads: int, is_leaking: bool) -> Iterator[Row]:
    """Yield the measurements on each store."""
    with ExitStack() as servers:
        base = servers.enter_context(canned_service()).base
        redis = servers.enter_context(redis_server()).store_opts
        memcached = servers.enter_context(memcached_server()).store_opts
        for name, cache, number in (
            ("memory", {"store": MemoryStore}, reads),
            ("Redis", {"store": RedisStore, "store_opts": redis}, reads // 10),
            ("Memcached", {"store": MemcachedStore, "store_opts": memcached}, reads // 10),
        ):
            run = partial(in_its_own_process, growth, cache=cache, is_leaking=is_leaking, base=base)
            traced = number // 4
            left = run(reads=traced, is_traced=True) / traced
            yield Row(f"{traced:,} reads: left behind by each", left, "bytes", BYTES_A_READ, name, THREADS)
            grown = run(reads=number, is_traced=False) / 2**20
            yield Row(f"{number:,} reads: growth of the process", grown, "MiB", RESIDENT_MIB, name, THREADS)


def main() -> int:
    """Print all rows; return 1 if memory grew."""
    parser = argparse.ArgumentParser(description="A million reads must leave nothing behind.")
    parser.add_argument("--reads", type=int, default=READS, help="how many on Memory; a tenth on the others")
    parser.add_argument("--leak", action="store_true", help="keep something on purpose")
    options = parser.parse_args()
    kept = True
    for row in rows(options.reads, options.leak):
        print(row, flush=True)
        kept = kept and row.is_kept
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
