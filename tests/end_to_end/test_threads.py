"""One client in many threads: each thread gets its own answers, and the counters add up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from stormpath import Client
from stormpath.resources.directory import Directory

pytestmark = pytest.mark.both_databases

THREADS = 32
ROUNDS = 20


def test_threads_read_their_own_resources_through_one_client(
    new_client: Callable[..., Client], directory: Directory
) -> None:
    hrefs = [directory.groups.create({"name": f"Crew {n}"}).href for n in range(THREADS)]
    client = new_client(cache_options={"store_opts": {}})

    def names(href: str) -> list[str]:
        return [client.groups.get(href).name for _ in range(ROUNDS)]

    with ThreadPoolExecutor(THREADS) as threads:
        seen = list(threads.map(names, hrefs))

    assert seen == [[f"Crew {n}"] * ROUNDS for n in range(THREADS)]
    counted = client.data_store.cache_manager.stats["groups"].summary
    assert (counted.misses, counted.hits) == (THREADS, THREADS * (ROUNDS - 1))
    assert (counted.puts, counted.size) == (THREADS, THREADS)


def test_threads_write_through_one_client_without_losing_anything(
    client: Client, directory: Directory
) -> None:
    def create(thread: int) -> list[str]:
        return [directory.groups.create({"name": f"Crew {thread} {n}"}).name for n in range(5)]

    with ThreadPoolExecutor(THREADS) as threads:
        created = [name for names in threads.map(create, range(THREADS)) for name in names]

    assert sorted(created) == sorted(group.name for group in directory.groups)
    assert len(created) == THREADS * 5
