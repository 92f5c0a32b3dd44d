"""A region of the cache: the lifetimes of entries, the counters, and the stores in this process."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stormpath.cache import entry as entry_module
from stormpath.cache.cache import Cache
from stormpath.cache.entry import CacheEntry
from stormpath.cache.manager import CacheManager
from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.cache.stats import CacheStats


class Clock:
    def __init__(self) -> None:
        self.now = 1_487_147_445.25

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(entry_module, "time", clock)
    return clock


class TestLifetimes:
    def test_an_entry_lives_for_its_ttl_even_when_it_is_read(self, clock: Clock) -> None:
        cache = Cache(ttl=100, tti=60)
        cache.put("a", {"n": 1})

        for _ in range(3):
            clock.now += 33
            assert cache.get("a") == {"n": 1}
        clock.now += 1

        assert cache.get("a") is None
        assert cache.size == 0

    def test_an_entry_that_is_not_read_lives_for_its_tti(self, clock: Clock) -> None:
        cache = Cache(ttl=100, tti=60)
        cache.put("a", {"n": 1})

        clock.now += 60

        assert cache.get("a") is None

    def test_putting_again_restarts_the_lifetime(self, clock: Clock) -> None:
        cache = Cache(ttl=100, tti=100)
        cache.put("a", 1)
        clock.now += 99
        cache.put("a", 2)
        clock.now += 99

        assert cache.get("a") == 2

    def test_the_default_is_five_minutes_in_memory(self) -> None:
        cache = Cache()

        assert (cache.ttl, cache.tti) == (300, 300)
        assert isinstance(cache.store, MemoryStore)


class TestCounting:
    def test_puts_hits_misses_and_expirations_are_counted(self, clock: Clock) -> None:
        cache = Cache(ttl=10)
        cache.put("a", 1)
        cache.put("b", 1)
        cache.get("a")
        cache.get("c")
        clock.now += 10
        cache.get("a")

        assert cache.stats.summary == (2, 1, 2, 1, 1)
        assert type(cache.stats.summary).__name__ == "CacheStats"
        assert cache.stats.summary._fields == ("puts", "hits", "misses", "expirations", "size")

    def test_replacing_and_evicting_do_not_make_the_size_drift(self) -> None:
        cache = Cache(store_opts={"max_entries": 2})

        for key in "aabbcc":
            cache.put(key, 1)

        assert cache.stats.size == cache.size == 2

    def test_put_many_counts_each_entry(self) -> None:
        cache = Cache()

        cache.put_many([("a", 1), ("b", 2)])

        assert (cache.get("a"), cache.get("b"), cache.stats.puts) == (1, 2, 2)

    def test_deleting_and_clearing_keep_the_other_counters(self) -> None:
        cache = Cache()
        cache.put("a", 1)
        cache.put("b", 1)
        cache.delete("a")
        cache.delete("a")
        cache.clear()

        assert cache.stats.summary == (2, 0, 0, 0, 0)

    def test_without_a_store_size_is_what_was_put_and_deleted(self) -> None:
        stats = CacheStats()
        stats.put()
        stats.put(new=False)
        stats.put()
        stats.delete()
        stats.miss(expired=True)
        stats.delete()

        assert stats.summary == (3, 0, 1, 1, 0)


class TestAnEntry:
    def test_its_times_are_naive_utc(self) -> None:
        before = datetime.now(UTC).replace(tzinfo=None) - timedelta(milliseconds=1)

        entry = CacheEntry("x")

        assert before <= entry.created_at <= datetime.now(UTC).replace(tzinfo=None)
        assert entry.last_accessed_at >= before

    def test_an_entry_keeps_the_times_it_is_made_with(self) -> None:
        created, read = datetime(2017, 2, 15, 8, 30, 45, 123456), datetime(2017, 2, 15, 8, 31)

        entry = CacheEntry("x", created, read)

        assert (entry.created_at, entry.last_accessed_at) == (created, read)
        assert entry.is_expired(ttl=10**9, tti=60)
        assert not entry.is_expired(ttl=10**9, tti=10**9)

    def test_touching_moves_the_last_access_alone(self, clock: Clock) -> None:
        entry = CacheEntry("x")
        created = entry.created_at
        clock.now += 5

        entry.touch()

        assert entry.created_at == created
        assert entry.last_accessed_at == created + timedelta(seconds=5)

    def test_its_serial_form_is_that_of_older_releases(self) -> None:
        created, read = datetime(2017, 2, 15, 8, 30, 45, 123456), datetime(2017, 2, 15, 8, 31)

        data = CacheEntry({"a": [1]}, created, read).to_dict()

        assert data == {
            "created_at": "2017-02-15 08:30:45.123456",
            "last_accessed_at": "2017-02-15 08:31:00.000000",
            "value": {"a": [1]},
        }
        again = CacheEntry.parse(json.loads(json.dumps(data)))
        assert (again.value, again.created_at, again.last_accessed_at) == ({"a": [1]}, created, read)

    @pytest.mark.parametrize("broken", ["", "yesterday", None, 7])
    def test_a_time_that_cannot_be_read_is_now(self, broken: Any, clock: Clock) -> None:
        entry = CacheEntry.parse({"created_at": broken, "last_accessed_at": broken, "value": 1})

        assert entry.to_dict() == CacheEntry(1).to_dict()

    def test_its_repr_does_not_show_what_it_holds(self) -> None:
        assert "joe@example.com" not in repr(CacheEntry({"email": "joe@example.com"}))


class TestTheManager:
    def test_it_keeps_one_cache_per_region(self) -> None:
        manager = CacheManager()

        cache = manager.create_cache("accounts", ttl=5)

        assert manager.get_cache("accounts") is cache
        assert manager.get_cache("other") is None
        assert manager.caches == {"accounts": cache}
        assert manager.stats == {"accounts": cache.stats}


class TestTheMemoryStore:
    def test_the_first_entry_in_is_the_first_evicted(self) -> None:
        store = MemoryStore(max_entries=2)
        for key in ("a", "b", "a", "c"):
            store[key] = CacheEntry(key)
            _ = store["a"]

        assert [key for key in "abc" if store[key]] == ["b", "c"]

    def test_a_page_may_be_larger_than_the_store(self) -> None:
        store = MemoryStore(max_entries=2)

        store.put_many([(key, CacheEntry(key)) for key in "abcd"])

        assert [key for key in "abcd" if store[key]] == ["c", "d"]

    @pytest.mark.parametrize("limit", [0, -1])
    def test_max_entries_below_one_is_refused(self, limit: int) -> None:
        with pytest.raises(ValueError, match="max_entries"):
            MemoryStore(max_entries=limit)

    def test_the_default_is_a_thousand_entries_and_other_options_are_ignored(self) -> None:
        assert MemoryStore("x", host="localhost").store.max_entries == MemoryStore.MAX_ENTRIES == 1000


def test_the_null_store_takes_no_options() -> None:
    with pytest.raises(TypeError):
        NullCacheStore(max_entries=1)  # type: ignore[call-arg]  # that is the point
