"""Tests for a cache store that keeps entries."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from stormpath.cache.entry import CacheEntry
from stormpath.testing.base_store_contract import ODD_KEYS, THREADS, new_region
from stormpath.testing.concurrency import in_children, in_threads
from stormpath.testing.expect import equal, holds, no_failures, value_in
from stormpath.testing.expiry_contract import ExpiryContract

JSON_VALUES: tuple[Any, ...] = (
    {},
    {"href": "/accounts/a", "groups": {"href": "/accounts/a/groups"}, "middleName": None},
    {"text": "", "quoted": "\"'\\/\b\f\n\r\t\0\x7f\u2028", "": "empty name"},
    {"Größe": "naïve 日本語 \N{PILE OF POO}", "composed": "\u00e9", "combining": "e\u0301", "bom": "\ufeff"},
    {"nested": {"deep": [[{"er": [None, True, False, {}, []]}]]}},
    {"integers": [0, -1, 2**31, 2**53 + 1, 2**63, -(2**64), 10**30]},
    {"floats": [0.0, -0.0, 0.1, 1.0, 1e-300, 1.7976931348623157e308]},
    {"like": ["1", 1, 1.0, True, "true", "null", None, "2017-02-15T08:30:45.123Z"]},
    {"created_at": "not a time", "value": {"value": 1}, "format": 7, "sp_http_status": 200},
    [],
    ["a", 1],
    "text",
    0,
    False,
    1.5,
)
MEGABYTE = {"note": "0123456789abcdef" * 65536}
NOT_UNICODE = {"half": "\ud83d"}
# Filling a store that claims to have room for more would take too long.
MOST_ENTRIES = 2000


class CacheStoreContract(ExpiryContract):
    """Tests for every store that keeps entries. Override ``make_store``; perhaps ``tick``.

    The store needs room for a hundred entries. Lifetimes are tested in real time, which takes some ten
    ``tick`` in all.
    """

    def test_an_entry_that_is_put_is_read(self) -> None:
        """A value that was put is read under its key, and under no other key."""
        store = self._store()

        store["a"] = CacheEntry({"n": 1})

        equal(value_in(store, "a"), {"n": 1}, "what was put is there")
        equal(value_in(store, "b"), None, "what was put is there under its own key only")

    def test_putting_again_replaces(self) -> None:
        """A read returns the last value that was put under a key; it counts as one entry."""
        store = self._store()

        store["a"] = CacheEntry({"n": 1, "old": True})
        store["a"] = CacheEntry({"n": 2})

        equal(value_in(store, "a"), {"n": 2}, "putting again replaces the value")
        equal(len(store), 1, "a replaced entry counts once")

    def test_the_length_is_the_number_of_entries(self) -> None:
        """``len`` counts the entries that are present."""
        store = self._store()
        for key in "abc":
            store[key] = CacheEntry(key)
        del store["b"]

        equal(len(store), 2, "the length is the number of entries")

    def test_deleting_leaves_other_entries(self) -> None:
        """A delete removes one key only."""
        store = self._store()
        for key in ODD_KEYS:
            store[key] = CacheEntry(key)

        for key in ODD_KEYS[::2]:
            del store[key]

        equal(
            [value_in(store, key) for key in ODD_KEYS[1::2]],
            list(ODD_KEYS[1::2]),
            "a delete leaves all others",
        )

    def test_similar_keys_have_separate_entries(self) -> None:
        """Similar keys have separate entries: keys are not truncated, case-folded or used as patterns."""
        store = self._store()

        for key in ODD_KEYS:
            store[key] = CacheEntry({"key": key})

        for key in ODD_KEYS:
            equal(value_in(store, key), {"key": key}, f"{key[:50]!r} has an entry of its own")
        equal(len(store), len(ODD_KEYS), "every key counts")

    def test_every_json_value_comes_back_as_it_was(self) -> None:
        """JSON values of every shape are read back equal and with the same types."""
        store = self._store()

        for number, value in enumerate(JSON_VALUES):
            store[str(number)] = CacheEntry(value)
            equal(value_in(store, str(number)), value, "a JSON value comes back as it was")

    def test_a_value_that_cannot_be_kept_leaves_no_older_one_behind(self) -> None:
        """A value that cannot be stored is kept whole or not at all; the value before it is removed.

        The store may raise: the cache counts that.
        """
        for value in (MEGABYTE, NOT_UNICODE):
            cache = self._cache()
            cache.put("a", {"before": True})

            cache.put("a", value)

            holds(cache.get("a") in (None, value), "a value is kept whole or not at all, and not the old one")

    def test_created_at_is_kept_to_the_millisecond(self) -> None:
        """``created_at`` is that of the entry, not the time of its storing."""
        store = self._store()
        born = (datetime.now(UTC) - timedelta(seconds=200.123456)).replace(tzinfo=None)

        store["a"] = CacheEntry(1, created_at=born)

        entry = store["a"]
        difference = abs(entry.created_at - born) if entry else timedelta.max
        holds(difference <= timedelta(milliseconds=1), "created_at comes back to the millisecond")

    def test_a_copy_may_be_changed_by_its_reader(self) -> None:
        """A store with ``copies`` returns a new value to every reader, who may change it."""
        store = self._store()
        store["a"] = CacheEntry({"list": [1], "name": "before"})

        read = value_in(store, "a")
        read["list"].append(2)
        read["name"] = "after"

        untouched = value_in(store, "a") == {"list": [1], "name": "before"}
        holds(untouched or not getattr(store, "copies", False), "what a reader changes is the reader's own")

    def test_clearing_leaves_other_regions_alone(self) -> None:
        """``clear()`` empties one region, and not one whose name has the same beginning."""
        region = new_region()
        store, other = self._store(region), self._store(f"{region}s")
        for each in (store, other):
            each["a"] = CacheEntry(1)

        store.clear()

        equal(value_in(other, "a"), 1, "clearing a region leaves other regions alone")
        equal(len(other), 1, "clearing a region leaves the length of other regions alone")

    def test_invalidating_leaves_other_regions_alone(self) -> None:
        """An invalidation empties one region, and not one whose name has the same beginning."""
        region = new_region()
        cache, other = self._cache(region=region), self._cache(region=f"{region}s")
        for each in (cache, other):
            each.put("a", 1)

        cache.invalidate()

        equal(other.get("a"), 1, "invalidating a region leaves other regions alone")

    def test_regions_do_not_share_entries(self) -> None:
        """Two regions have separate entries, even on one server."""
        region = new_region()
        store, other = self._store(region), self._store(f"{region}s")

        store["a"] = CacheEntry(1)
        other["a"] = CacheEntry(2)
        del other["b"]
        del other["a"]

        equal(value_in(store, "a"), 1, "an entry of one region is not touched through another")
        equal(value_in(other, "a"), None, "a deleted entry is not found in another region")
        equal((len(store), len(other)), (1, 0), "the length is that of one region")

    def test_an_emptied_store_keeps_new_entries(self) -> None:
        """After ``clear()`` and after an invalidation a store keeps new entries, as before."""
        cache = self._cache()

        for n, empty in enumerate((cache.clear, cache.invalidate, cache.invalidate, cache.clear)):
            cache.put("gone", n)
            empty()
            cache.put("kept", n)

            equal([cache.get("gone"), cache.get("kept")], [None, n], "an emptied store is used on")
        equal(cache.size, 1, "an emptied store counts what came since")
        no_failures(cache)

    def test_put_many_stores_every_pair(self) -> None:
        """``put_many`` stores each of its pairs and replaces older values; an empty list does not raise."""
        cache = self._cache()
        cache.put("/accounts/7", {"n": "before"})

        cache.put_many([(f"/accounts/{n}", {"n": n}) for n in range(100)])
        cache.put_many([])

        found = [cache.get(f"/accounts/{n}") for n in range(100)]
        equal(found, [{"n": n} for n in range(100)], "each of many that were put at once is there")
        equal(cache.size, 100, "each of many that were put at once counts")
        no_failures(cache)

    def test_matching_finds_entries_by_their_values(self) -> None:
        """``matching`` returns the keys of exactly those entries whose value meets the condition."""
        cache = self._cache()
        for n in range(10):
            cache.put(f"/accounts/{n}", {"n": n})

        found = cache.matching(lambda value: value["n"] % 4 == 1)

        expected = ["/accounts/1", "/accounts/5", "/accounts/9"] if _has(cache.store, "matching") else None
        equal(found and sorted(found), expected, "matching gives the keys whose value meets the condition")
        no_failures(cache)

    def test_a_full_store_keeps_no_more_than_max_entries(self) -> None:
        """A store with ``max_entries`` evicts older entries to keep a new one."""
        cache = self._cache()
        most = min(cache.capacity, MOST_ENTRIES)
        count = int(most) + 5

        cache.put_many((f"/accounts/{n}", {"n": n}) for n in range(count))
        cache.put("/accounts/newest", {"n": count})

        holds(cache.size <= cache.capacity, "a store holds no more than its max_entries")
        equal(cache.get("/accounts/newest"), {"n": count}, "a full store keeps what is new")
        no_failures(cache)

    def test_a_thread_reads_what_it_put(self) -> None:
        """A thread reads what it put, while other threads put and delete their own keys."""
        store = self._store()

        def use(thread: int) -> None:
            _puts_and_reads(lambda n: f"/accounts/{thread}/{n % 4}", store)

        in_threads(THREADS, use)

        equal(len(store), THREADS * 4, "the length is right after many threads have written")

    if hasattr(os, "fork"):

        def test_it_works_in_forked_processes(self) -> None:
            """A store made before a fork works in parent and children at once; their answers do not mix."""
            store = self._store()
            store["before"] = CacheEntry({"key": "before"})

            def use(process: int) -> None:
                equal(value_in(store, "before"), {"key": "before"}, "a forked process reads what was put")
                _puts_and_reads(lambda n: f"/accounts/{process}/{n % 4}", store)

            in_children(3, use)


def _puts_and_reads(key_of: Callable[[int], str], store: Any) -> None:
    for n in range(24):
        key = key_of(n)
        del store[key]
        equal(value_in(store, key), None, "a deleted entry is absent, whatever other threads do")
        store[key] = CacheEntry({"key": key, "n": n})
        equal(
            value_in(store, key),
            {"key": key, "n": n},
            "an entry that was put is read, whatever other threads do",
        )


def _has(store: Any, ability: str) -> bool:
    return getattr(store, ability, None) is not None
