"""A cache whose store fails: reads miss meanwhile, and failed deletions are made up for later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from stormpath.cache.cache import Cache
from stormpath.cache.entry import CacheEntry
from stormpath.cache.manager import CacheManager
from stormpath.cache.store import StoreUnavailable

DOWN = StoreUnavailable("down")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Backend:
    """A server for stores. It records its requests, and fails with ``failure`` if one is set."""

    def __init__(self) -> None:
        self.entries: dict[str, Any] = {}
        self.requests: list[str] = []
        self.failure: Exception | None = None
        self.on_request: Callable[[str], None] = lambda request: None

    def handle(self, name: str) -> dict[str, Any]:
        self.requests.append(name)
        self.on_request(name)
        if self.failure is not None:
            raise self.failure
        return self.entries


class BackendStore:
    """A store that keeps its entries in a `Backend`."""

    def __init__(self, backend: Backend, server: str | None = None) -> None:
        self.backend = backend
        self.server = server

    def __getitem__(self, key: str) -> CacheEntry | None:
        return self.backend.handle("get").get(key)

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        self.backend.handle("put")[key] = entry

    def __delitem__(self, key: str) -> None:
        self.backend.handle("delete").pop(key, None)

    def __len__(self) -> int:
        return len(self.backend.handle("length"))

    def clear(self) -> None:
        self.backend.handle("clear").clear()

    def put_many(self, pairs: Iterable[tuple[str, CacheEntry]]) -> None:
        self.backend.handle("put_many").update(pairs)

    def matching(self, condition: Callable[[Any], bool]) -> list[str]:
        return [key for key, entry in self.backend.handle("matching").items() if condition(entry.value)]


@pytest.fixture
def backend() -> Backend:
    return Backend()


@pytest.fixture
def cache(backend: Backend) -> Cache:
    return Cache(BackendStore, store_opts={"backend": backend})


@pytest.fixture
def clock(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(cache._breaker, "_clock", clock)
    return clock


class TestWhileItFails:
    @pytest.mark.parametrize("failure", [DOWN, OSError("gone"), ValueError("rubbish"), KeyError("absent")])
    def test_no_failure_is_raised_and_every_read_misses(self, cache, clock, backend, failure):
        cache.put("a", {"n": 1})
        backend.failure = failure

        read = [cache.get("a"), cache.peek("a"), cache.size, cache.matching(bool)]
        cache.put("b", 2)
        cache.put_many([("c", 3)])
        cache.delete("a")
        cache.invalidate()
        cache.clear()

        assert read == [None, None, 0, None]
        assert cache.stats.summary == (1, 0, 1, 0, 0)
        # The summary reads the size as well.
        assert cache.stats.failures == 10

    def test_an_unavailable_store_is_called_once_per_pause(self, cache, clock, backend):
        backend.failure = DOWN

        for _ in range(200):
            cache.get("a")
            cache.put("a", 1)
            cache.delete("a")
        clock.now += 1.1
        for _ in range(200):
            cache.get("a")

        assert len(backend.requests) == 2
        assert cache.stats.misses == 400
        assert cache.stats.failures == 800

    def test_a_store_that_refuses_one_entry_is_called_each_time(self, cache, clock, backend):
        backend.failure = ValueError("no")

        for _ in range(20):
            cache.get("a")

        assert len(backend.requests) == 20

    def test_regions_of_one_server_share_a_circuit_breaker(self, backend):
        manager = CacheManager()
        opts = {"backend": backend, "server": "backend://learning"}
        accounts, groups = (
            manager.create_cache(region, store=BackendStore, store_opts=opts)
            for region in ("accounts", "groups")
        )
        backend.failure = DOWN

        accounts.get("a")
        groups.get("a")

        assert len(backend.requests) == 1
        assert [accounts.stats.misses, groups.stats.misses] == [1, 1]

    def test_a_value_that_is_not_an_entry_is_a_failure_and_a_miss(self, cache, clock, backend, caplog):
        backend.entries["a"] = {"value": {"password": "hunter2"}}

        assert cache.get("a") is None
        assert cache.peek("a") is None

        assert (cache.stats.misses, cache.stats.failures) == (1, 2)
        assert "TypeError" in caplog.text
        assert "hunter2" not in caplog.text

    @pytest.mark.parametrize("value", [None, "hunter2", ["hunter2"], 7])
    def test_a_value_of_another_type_is_a_failure_and_a_miss(self, backend, value, caplog):
        cache = CacheManager(values=dict).create_cache(
            "accounts", store=BackendStore, store_opts={"backend": backend}
        )
        backend.entries["a"] = CacheEntry(value)

        assert [cache.get("a"), cache.peek("a")] == [None, None]

        assert cache.stats.summary == (0, 0, 1, 0, 1)
        assert "hunter2" not in caplog.text

    def test_only_exceptions_that_stop_the_program_are_raised(self, cache, clock, backend):
        backend.on_request = lambda request: (_ for _ in ()).throw(KeyboardInterrupt())

        with pytest.raises(KeyboardInterrupt):
            cache.get("a")


class TestAfterRecovery:
    def test_the_store_is_used_again_after_the_pause(self, cache, clock, backend):
        cache.put("a", 1)
        backend.failure = DOWN
        assert cache.get("a") is None

        backend.failure = None
        still_resting = cache.get("a")
        clock.now += 1.1

        assert still_resting is None
        assert [cache.get("a"), cache.get("a")] == [1, 1]
        assert cache.stats.hits == 2

    def test_a_failed_read_invalidates_nothing(self, cache, clock, backend):
        cache.put("a", 1)
        backend.failure = DOWN
        cache.get("a")
        backend.failure = None
        clock.now += 1.1

        cache.get("a")

        assert "clear" not in backend.requests

    @pytest.mark.parametrize(
        "invalidate",
        [lambda cache: cache.delete("a"), Cache.invalidate, Cache.clear],
        ids=["delete", "invalidate", "clear"],
    )
    @pytest.mark.parametrize("first_fails", [True, False])
    def test_an_entry_whose_deletion_failed_is_not_read_later(
        self, cache, clock, backend, invalidate, first_fails
    ):
        cache.put("a", "old")
        backend.failure = DOWN
        if not first_fails:
            cache.get("b")
        invalidate(cache)

        backend.failure = None
        clock.now += 1.1

        assert cache.get("a") is None
        assert backend.entries == {}

    def test_an_entry_that_the_store_refused_to_delete_is_not_read_later(self, cache, clock, backend):
        cache.put("a", "old")
        backend.failure = ValueError("no")
        cache.delete("a")

        backend.failure = None

        assert cache.get("a") is None

    def test_failed_deletions_invalidate_the_region_once(self, cache, clock, backend):
        backend.failure = DOWN
        for key in "abc":
            cache.delete(key)
        backend.failure = None
        clock.now += 1.1

        cache.get("a")
        cache.put("a", "new")

        assert [cache.get("a"), cache.get("a")] == ["new", "new"]
        assert backend.requests.count("clear") == 1

    def test_the_region_is_invalidated_before_the_next_read(self, cache, clock, backend):
        cache.put("a", "old")
        backend.failure = DOWN
        cache.delete("a")
        for _ in range(3):
            clock.now += 20
            assert cache.get("a") is None

        assert backend.requests == ["put", "delete", "clear", "clear", "clear"]

    def test_a_put_is_never_the_trial_request(self, cache, clock, backend):
        # A store that does not wait for an answer would report success.
        backend.failure = DOWN
        cache.get("a")
        before = len(backend.requests)
        clock.now += 1.1

        cache.put("a", 1)
        cache.put_many([("b", 2)])

        assert len(backend.requests) == before

    def test_a_put_that_timed_out_is_not_read_later(self, cache, clock, backend):
        backend.failure = TimeoutError()
        cache.put("a", "old")
        # The put arrives after all, when the store continues.
        backend.failure = None
        backend.entries["a"] = CacheEntry("old")
        clock.now += 1.1

        assert cache.get("a") is None

    def test_a_refused_put_leaves_other_entries_cached(self, cache, clock, backend):
        cache.put("a", 1)
        backend.failure = ValueError("too large")
        cache.put("b", "large")
        backend.failure = None

        assert cache.get("a") == 1


class TestThreads:
    @pytest.fixture
    def threads(self) -> Iterator[ThreadPoolExecutor]:
        with ThreadPoolExecutor(16) as threads:
            yield threads

    def test_a_deletion_that_fails_during_an_invalidation_causes_another_one(
        self, cache, clock, backend, threads
    ):
        # Two threads make up for one failed deletion; between them another thread stores an entry and cannot
        # delete it.
        clearing, go_on = Event(), Event()
        backend.failure = ValueError("no")
        cache.delete("a")
        backend.failure = None

        def hold_clear(request: str) -> None:
            if request == "clear":
                backend.entries.clear()
                clearing.set()
                go_on.wait(10)

        backend.on_request = hold_clear
        first, second = threads.submit(cache.get, "x"), threads.submit(cache.get, "y")
        assert clearing.wait(10)
        while backend.requests.count("clear") < 2:
            clearing.wait(0.001)
        cache._note_failed_deletion()
        go_on.set()
        first.result(10)
        second.result(10)
        backend.on_request = lambda request: None
        backend.entries["a"] = CacheEntry("old")

        assert cache.get("a") is None

    def test_a_store_that_hangs_delays_only_the_threads_that_called_it_first(
        self, cache, clock, backend, threads
    ):
        hanging = Event()
        backend.failure = TimeoutError()
        backend.on_request = lambda request: hanging.wait(10) and None
        asking = [threads.submit(cache.get, "a") for _ in range(8)]
        while len(backend.requests) < 8:
            hanging.wait(0.001)
        hanging.set()
        [each.result(10) for each in asking]

        list(threads.map(cache.get, 500 * ["a"]))

        assert len(backend.requests) == 8
        assert cache.stats.misses == cache.stats.failures == 508

    def test_sixteen_threads_lose_no_count_while_the_store_comes_and_goes(
        self, cache, clock, backend, threads
    ):
        def work(number: int) -> None:
            for turn in range(100):
                if number == 0:
                    backend.failure = None if turn % 2 else DOWN
                    clock.now += 1.1
                cache.get("a")

        list(threads.map(work, range(16)))

        assert cache.stats.hits + cache.stats.misses == 1600
        assert cache.stats.failures <= cache.stats.misses
