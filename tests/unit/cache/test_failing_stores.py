"""A cache over a store that fails: it holds nothing for a while, and what should be gone stays gone."""

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


class Shop:
    """A server for stores. It counts what it is asked, and fails with ``failure`` while there is one."""

    def __init__(self) -> None:
        self.entries: dict[str, Any] = {}
        self.asked: list[str] = []
        self.failure: Exception | None = None
        self.on_question: Callable[[str], None] = lambda question: None

    def question(self, name: str) -> dict[str, Any]:
        self.asked.append(name)
        self.on_question(name)
        if self.failure is not None:
            raise self.failure
        return self.entries


class ShopStore:
    """A store that keeps its entries in a shop."""

    def __init__(self, shop: Shop, server: str | None = None) -> None:
        self.shop = shop
        self.server = server

    def __getitem__(self, key: str) -> CacheEntry | None:
        return self.shop.question("get").get(key)

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        self.shop.question("put")[key] = entry

    def __delitem__(self, key: str) -> None:
        self.shop.question("delete").pop(key, None)

    def __len__(self) -> int:
        return len(self.shop.question("length"))

    def clear(self) -> None:
        self.shop.question("clear").clear()

    def put_many(self, pairs: Iterable[tuple[str, CacheEntry]]) -> None:
        self.shop.question("put_many").update(pairs)

    def matching(self, condition: Callable[[Any], bool]) -> list[str]:
        return [key for key, entry in self.shop.question("matching").items() if condition(entry.value)]


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def cache(shop: Shop) -> Cache:
    return Cache(ShopStore, store_opts={"shop": shop})


@pytest.fixture
def clock(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(cache._breaker, "_clock", clock)
    return clock


class TestWhileItFails:
    @pytest.mark.parametrize("failure", [DOWN, OSError("gone"), ValueError("rubbish"), KeyError("absent")])
    def test_nothing_comes_out_but_misses(self, cache, clock, shop, failure):
        cache.put("a", {"n": 1})
        shop.failure = failure

        read = [cache.get("a"), cache.peek("a"), cache.size, cache.matching(bool)]
        cache.put("b", 2)
        cache.put_many([("c", 3)])
        cache.delete("a")
        cache.invalidate()
        cache.clear()

        assert read == [None, None, 0, None]
        assert cache.stats.summary == (1, 0, 1, 0, 0)
        # The summary asks for the size as well.
        assert cache.stats.failures == 10

    def test_an_unavailable_store_is_asked_once_a_pause(self, cache, clock, shop):
        shop.failure = DOWN

        for _ in range(200):
            cache.get("a")
            cache.put("a", 1)
            cache.delete("a")
        clock.now += 1.1
        for _ in range(200):
            cache.get("a")

        assert len(shop.asked) == 2
        assert cache.stats.misses == 400
        assert cache.stats.failures == 800

    def test_a_store_that_objects_is_asked_each_time(self, cache, clock, shop):
        shop.failure = ValueError("no")

        for _ in range(20):
            cache.get("a")

        assert len(shop.asked) == 20

    def test_regions_of_one_server_learn_from_each_other(self, shop):
        manager = CacheManager()
        opts = {"shop": shop, "server": "shop://learning"}
        accounts, groups = (
            manager.create_cache(region, store=ShopStore, store_opts=opts)
            for region in ("accounts", "groups")
        )
        shop.failure = DOWN

        accounts.get("a")
        groups.get("a")

        assert len(shop.asked) == 1
        assert [accounts.stats.misses, groups.stats.misses] == [1, 1]

    def test_what_is_no_entry_is_a_failure_and_a_miss(self, cache, clock, shop, caplog):
        shop.entries["a"] = {"value": {"password": "hunter2"}}

        assert cache.get("a") is None
        assert cache.peek("a") is None

        assert (cache.stats.misses, cache.stats.failures) == (1, 2)
        assert "TypeError" in caplog.text
        assert "hunter2" not in caplog.text

    @pytest.mark.parametrize("value", [None, "hunter2", ["hunter2"], 7])
    def test_what_is_no_resource_is_a_failure_and_a_miss_where_resources_are_kept(self, shop, value, caplog):
        cache = CacheManager(values=dict).create_cache("accounts", store=ShopStore, store_opts={"shop": shop})
        shop.entries["a"] = CacheEntry(value)

        assert [cache.get("a"), cache.peek("a")] == [None, None]

        assert cache.stats.summary == (0, 0, 1, 0, 1)
        assert "hunter2" not in caplog.text

    def test_only_what_stops_programs_comes_through(self, cache, clock, shop):
        shop.on_question = lambda question: (_ for _ in ()).throw(KeyboardInterrupt())

        with pytest.raises(KeyboardInterrupt):
            cache.get("a")


class TestWhenItIsBack:
    def test_it_is_used_again(self, cache, clock, shop):
        cache.put("a", 1)
        shop.failure = DOWN
        assert cache.get("a") is None

        shop.failure = None
        still_resting = cache.get("a")
        clock.now += 1.1

        assert still_resting is None
        assert [cache.get("a"), cache.get("a")] == [1, 1]
        assert cache.stats.hits == 2

    def test_reading_alone_leaves_everything_in_its_place(self, cache, clock, shop):
        cache.put("a", 1)
        shop.failure = DOWN
        cache.get("a")
        shop.failure = None
        clock.now += 1.1

        cache.get("a")

        assert "clear" not in shop.asked

    @pytest.mark.parametrize(
        "forget",
        [lambda cache: cache.delete("a"), Cache.invalidate, Cache.clear],
        ids=["delete", "invalidate", "clear"],
    )
    @pytest.mark.parametrize("first_fails", [True, False])
    def test_what_should_be_gone_does_not_come_back(self, cache, clock, shop, forget, first_fails):
        cache.put("a", "old")
        shop.failure = DOWN
        if not first_fails:
            cache.get("b")
        forget(cache)

        shop.failure = None
        clock.now += 1.1

        assert cache.get("a") is None
        assert shop.entries == {}

    def test_what_could_not_be_deleted_for_another_reason_is_gone_too(self, cache, clock, shop):
        cache.put("a", "old")
        shop.failure = ValueError("no")
        cache.delete("a")

        shop.failure = None

        assert cache.get("a") is None

    def test_everything_is_forgotten_once_and_what_is_stored_then_stays(self, cache, clock, shop):
        shop.failure = DOWN
        for key in "abc":
            cache.delete(key)
        shop.failure = None
        clock.now += 1.1

        cache.get("a")
        cache.put("a", "new")

        assert [cache.get("a"), cache.get("a")] == ["new", "new"]
        assert shop.asked.count("clear") == 1

    def test_nothing_is_read_before_all_is_forgotten(self, cache, clock, shop):
        cache.put("a", "old")
        shop.failure = DOWN
        cache.delete("a")
        for _ in range(3):
            clock.now += 20
            assert cache.get("a") is None

        assert shop.asked == ["put", "delete", "clear", "clear", "clear"]

    def test_putting_is_no_way_to_try_it(self, cache, clock, shop):
        # Stores that do not wait for an answer would report success.
        shop.failure = DOWN
        cache.get("a")
        asked = len(shop.asked)
        clock.now += 1.1

        cache.put("a", 1)
        cache.put_many([("b", 2)])

        assert len(shop.asked) == asked

    def test_a_put_of_which_nothing_was_heard_does_not_come_true_later(self, cache, clock, shop):
        shop.failure = TimeoutError()
        cache.put("a", "old")
        # It arrives when the store goes on, after all.
        shop.failure = None
        shop.entries["a"] = CacheEntry("old")
        clock.now += 1.1

        assert cache.get("a") is None

    def test_a_put_that_was_refused_costs_the_other_entries_nothing(self, cache, clock, shop):
        cache.put("a", 1)
        shop.failure = ValueError("too large")
        cache.put("b", "large")
        shop.failure = None

        assert cache.get("a") == 1


class TestThreads:
    @pytest.fixture
    def threads(self) -> Iterator[ThreadPoolExecutor]:
        with ThreadPoolExecutor(16) as threads:
            yield threads

    def test_what_falls_behind_while_others_catch_up_is_caught_up_with_as_well(
        self, cache, clock, shop, threads
    ):
        # Two catch up with one deletion; between them somebody stores, and cannot delete, something else.
        clearing, go_on = Event(), Event()
        shop.failure = ValueError("no")
        cache.delete("a")
        shop.failure = None

        def hold_clear(question: str) -> None:
            if question == "clear":
                shop.entries.clear()
                clearing.set()
                go_on.wait(10)

        shop.on_question = hold_clear
        first, second = threads.submit(cache.get, "x"), threads.submit(cache.get, "y")
        assert clearing.wait(10)
        while shop.asked.count("clear") < 2:
            clearing.wait(0.001)
        cache._note_failed_deletion()
        go_on.set()
        first.result(10)
        second.result(10)
        shop.on_question = lambda question: None
        shop.entries["a"] = CacheEntry("old")

        assert cache.get("a") is None

    def test_a_store_that_hangs_and_fails_holds_up_only_those_who_found_out(
        self, cache, clock, shop, threads
    ):
        hanging = Event()
        shop.failure = TimeoutError()
        shop.on_question = lambda question: hanging.wait(10) and None
        asking = [threads.submit(cache.get, "a") for _ in range(8)]
        while len(shop.asked) < 8:
            hanging.wait(0.001)
        hanging.set()
        [each.result(10) for each in asking]

        list(threads.map(cache.get, 500 * ["a"]))

        assert len(shop.asked) == 8
        assert cache.stats.misses == cache.stats.failures == 508

    def test_sixteen_threads_lose_no_count_while_the_store_comes_and_goes(self, cache, clock, shop, threads):
        def work(number: int) -> None:
            for turn in range(100):
                if number == 0:
                    shop.failure = None if turn % 2 else DOWN
                    clock.now += 1.1
                cache.get("a")

        list(threads.map(work, range(16)))

        assert cache.stats.hits + cache.stats.misses == 1600
        assert cache.stats.failures <= cache.stats.misses
