"""What every cache store promises, on real servers. A new store adds a line to the fixture."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stormpath.cache.cache import Cache, Store
from stormpath.cache.entry import CacheEntry
from stormpath.cache.memcached_store import MemcachedStore
from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.cache.redis_store import RedisStore

KEEPING = ["MemoryStore", "RedisStore", "MemcachedStore"]


@pytest.fixture
def made_store(request: pytest.FixtureRequest) -> Store:
    """An empty store of the class that a test asks for by name."""
    if request.param == "RedisStore":
        server = request.getfixturevalue("redis_server")
        server.flush()
        return RedisStore(**server.store_opts)
    if request.param == "MemcachedStore":
        server = request.getfixturevalue("memcached_server")
        server.flush()
        return MemcachedStore(**server.store_opts)
    return NullCacheStore() if request.param == "NullCacheStore" else MemoryStore()


@pytest.fixture
def store(made_store: Store) -> Store:
    return made_store


@pytest.fixture
def keeping_store(made_store: Store) -> Store:
    """A store that keeps what it is given."""
    return made_store


@pytest.fixture
def eager_switching() -> Iterator[None]:
    """Let threads take turns so often that a step between two others is found."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.parametrize("made_store", [*KEEPING, "NullCacheStore"], indirect=True)
class TestEveryStore:
    def test_an_absent_key_gives_none(self, store: Store) -> None:
        assert store["absent"] is None

    def test_deleting_an_absent_key_is_silent(self, store: Store) -> None:
        del store["absent"]

        assert len(store) == 0

    def test_a_deleted_entry_is_absent(self, store: Store) -> None:
        store["a"] = CacheEntry(1)

        del store["a"]

        assert store["a"] is None

    def test_a_cleared_store_is_empty(self, store: Store) -> None:
        store["a"] = CacheEntry(1)

        store.clear()

        assert (store["a"], len(store)) == (None, 0)

    def test_it_serves_many_threads_at_once(self, store: Store, eager_switching: None) -> None:
        cache = Cache(store=lambda: store)

        def use(thread: int) -> None:
            for n in range(300):
                key = f"/accounts/{(thread * 7 + n) % 40}"
                cache.put(key, {"n": n})
                cache.get(key)
                cache.put_many([(f"{key}/{each}", {"n": each}) for each in range(5)])
                cache.matching(lambda value: value["n"] == 3)
                cache.delete(key)

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(use, range(8)))

        summary = cache.stats.summary
        assert summary.puts == 8 * 300 * 6
        assert summary.hits + summary.misses == 8 * 300
        assert summary.size == len(store)


@pytest.mark.parametrize("made_store", KEEPING, indirect=True)
class TestAStoreThatKeeps:
    def test_what_is_put_is_there(self, keeping_store: Store) -> None:
        value: dict[str, Any] = {
            "email": "joe@example.com",
            "groups": {"href": "/g"},
            "list": [1, None, True],
        }
        keeping_store["/accounts/x"] = CacheEntry(value)

        entry = keeping_store["/accounts/x"]

        assert entry is not None
        assert entry.value == value
        assert len(keeping_store) == 1

    def test_putting_again_replaces(self, keeping_store: Store) -> None:
        keeping_store["a"] = CacheEntry(1)
        keeping_store["a"] = CacheEntry(2)

        entry = keeping_store["a"]

        assert entry is not None
        assert (entry.value, len(keeping_store)) == (2, 1)

    def test_the_times_of_an_entry_are_kept(self, keeping_store: Store) -> None:
        entry = CacheEntry(1)
        keeping_store["a"] = entry

        again = keeping_store["a"]

        assert again is not None
        assert abs(again.created_at - entry.created_at).total_seconds() < 0.001
