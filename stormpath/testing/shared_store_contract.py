"""Tests for a cache store that keeps its entries on a server."""

import os
import time
from uuid import uuid4

from stormpath.cache.entry import CacheEntry
from stormpath.cache.store import Store
from stormpath.testing.base_store_contract import new_region
from stormpath.testing.cache_store_contract import CacheStoreContract
from stormpath.testing.concurrency import in_children
from stormpath.testing.expect import equal, holds, no_failures, value_in

SEEN = "what one process puts all others read"
NO_ENTRIES = (b"", b"\xff\xfe\x00", b"{", b"null", b"[1]", b"{}", b'"text"', b"7", b'{"value": 1}')


class SharedStoreContract(CacheStoreContract):
    """The tests of `CacheStoreContract`, and tests with several processes that share a server.

    Override ``make_store``, whose stores all use one server, and three methods that access it directly.
    """

    def server_key(self, region: str, key: str) -> str | bytes:
        """Return the key under which the server currently keeps an entry."""
        raise NotImplementedError("override server_key(): return the server's own key of an entry")

    def server_get(self, server_key: str | bytes) -> bytes | None:
        """Return the bytes that the server keeps under one of its keys, or None."""
        raise NotImplementedError("override server_get(): read from the server directly")

    def server_set(self, server_key: str | bytes, raw: bytes) -> None:
        """Write other bytes under one of the server's keys."""
        raise NotImplementedError("override server_set(): write to the server directly")

    def test_it_names_its_server(self) -> None:
        """``server`` is the same text for all stores of one server: they share a circuit breaker."""
        names = {getattr(self._store(), "server", None) for _ in range(2)}

        holds(len(names) == 1 and all(isinstance(each, str) and each for each in names), "server is a name")

    def test_it_gives_copies(self) -> None:
        """``copies`` is True: a value read from a server is always a new object."""
        holds(getattr(self._store(), "copies", False) is True, "copies is True")

    def test_stores_of_a_region_see_each_others_entries(self) -> None:
        """An entry that one process puts or replaces is read by another."""
        one, other = self._two_stores()

        one["a"] = CacheEntry({"n": 1})
        equal([value_in(each, "a") for each in (one, other)], [{"n": 1}] * 2, SEEN)
        other["a"] = CacheEntry({"n": 2})

        equal(value_in(one, "a"), {"n": 2}, "what one process replaces another one reads")
        equal([len(one), len(other)], [1, 1], "the length is that of the region")

    def test_stores_of_a_region_see_each_others_deletes(self) -> None:
        """An entry that one process deletes is absent for all processes."""
        one, other = self._two_stores()
        one["a"] = CacheEntry(1)
        equal([value_in(each, "a") for each in (one, other)], [1, 1], SEEN)

        del other["a"]

        equal(value_in(one, "a"), None, "an entry that one process deletes is absent for all")

    def test_stores_of_a_region_see_each_others_clearing(self) -> None:
        """A region that one process clears is empty for all processes, which go on using it."""
        for emptied_by in ("clear", "invalidate"):
            one, other = self._two_stores()
            for key in "ab":
                one[key] = CacheEntry(1)
            equal([value_in(each, "a") for each in (one, other)], [1, 1], SEEN)

            getattr(other, emptied_by, other.clear)()

            equal([value_in(one, key) for key in "ab"], [None, None], f"{emptied_by}() is one for all")
            one["a"] = CacheEntry(2)
            equal([value_in(one, "a"), value_in(other, "a")], [2, 2], f"all go on after {emptied_by}()")

    def test_a_delete_reaches_entries_put_after_the_region_was_emptied(self) -> None:
        """A store that has not noticed yet that another one emptied the region deletes newer entries, too."""
        one, other = self._two_stores()
        one["a"] = CacheEntry(1)
        equal([value_in(each, "a") for each in (one, other)], [1, 1], SEEN)
        getattr(one, "invalidate", one.clear)()
        one["a"] = CacheEntry(2)

        del other["a"]

        equal(value_in(one, "a"), None, "a delete reaches what came after others emptied the region")

    def test_emptying_twice_restores_nothing(self) -> None:
        """Emptying a region twice does not restore the entries that the first time removed."""
        one, other = self._two_stores()

        for _ in range(3):
            one["a"] = CacheEntry(1)
            getattr(other, "invalidate", other.clear)()

            equal([value_in(one, "a"), value_in(other, "a")], [None, None], "what was cleared stays away")

    def test_a_put_restores_no_old_entry(self) -> None:
        """A put by a store that has not noticed yet that the region was emptied restores no old entry."""
        one, other = self._two_stores()
        one["a"] = CacheEntry(1)
        equal([value_in(each, "a") for each in (one, other)], [1, 1], SEEN)
        getattr(one, "invalidate", one.clear)()

        other["b"] = CacheEntry(2)

        equal([value_in(each, "a") for each in (one, other)], [None, None], "what was cleared stays away")
        holds(value_in(one, "b") in (None, 2), "an entry has the value that was put, or none")

    def test_keys_of_other_programs_are_left_alone(self) -> None:
        """Emptying a region leaves the keys of other programs alone; ``len`` does not count them."""
        store = self._store()
        theirs = f"theirs{uuid4().hex}"
        self.server_set(theirs, b"their own")
        store["a"] = CacheEntry(1)

        count = len(store)
        getattr(store, "invalidate", store.clear)()
        store.clear()

        equal(count, 1, "the length does not count keys of other programs")
        holds(self.server_get(theirs) == b"their own", "keys of other programs are left alone")

    def test_bytes_that_are_not_an_entry_are_a_miss(self) -> None:
        """Bytes that are not a complete entry read as absent, and are replaced by the next put."""
        region = new_region()
        store = self._store(region)
        store["a"] = CacheEntry({"n": 1})
        whole = self.server_get(self.server_key(region, "a"))
        holds(bool(whole), "server_get() gives what the server holds under server_key()")

        for raw in (*NO_ENTRIES, (whole or b"")[:-1], (whole or b"")[: len(whole or b"") // 2]):
            self.server_set(self.server_key(region, "a"), raw)
            holds(store["a"] is None, f"{raw[:20]!r} is no entry, and a miss")
            store["a"] = CacheEntry({"n": 2})
            equal(value_in(store, "a"), {"n": 2}, f"{raw[:20]!r} is replaced by the next entry")

    def test_the_server_drops_expired_entries(self) -> None:
        """The server itself drops entries after ``ttl``, or after ``tti`` without a read."""
        short, idle = self._cache(ttl=self.tick, tti=1000), self._cache(ttl=1000, tti=self.tick)
        for cache in (short, idle):
            cache.put_many([("a", 1), ("b", 2)])

        time.sleep(3.2 * self.tick)

        equal(short.size, 0, "the server drops entries after the region's ttl")
        equal(idle.size, 0, "the server drops entries that were not read for the region's tti")
        for cache in (short, idle):
            no_failures(cache)

    if hasattr(os, "fork"):

        def test_forked_processes_see_each_others_entries(self) -> None:
            """The puts and deletes of a forked child take effect for its parent."""
            store = self._store()
            store["gone"] = CacheEntry(1)

            def use(process: int) -> None:
                if process:
                    store["put"] = CacheEntry({"by": "the child"})
                    del store["gone"]

            in_children(1, use)

            equal(value_in(store, "put"), {"by": "the child"}, "what a forked child puts its parent reads")
            equal(value_in(store, "gone"), None, "what a forked child deletes is gone for its parent")

    def _two_stores(self) -> tuple[Store, Store]:
        region = new_region()
        return self._store(region), self._store(region)
