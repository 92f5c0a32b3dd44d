"""What a cache store promises whose entries lie on a server."""

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
    """The promises of `CacheStoreContract`, and what holds between processes that share a server.

    Override ``make_store``, whose stores all use one server, and three methods that reach it past the store.
    """

    def server_key(self, region: str, key: str) -> str | bytes:
        """Return the key under which the server holds an entry, at this moment."""
        raise NotImplementedError("override server_key(): return the server's own key of an entry")

    def server_get(self, server_key: str | bytes) -> bytes | None:
        """Return what the server holds under one of its keys, or None."""
        raise NotImplementedError("override server_get(): ask the server past the store")

    def server_set(self, server_key: str | bytes, raw: bytes) -> None:
        """Let the server hold other bytes under one of its keys."""
        raise NotImplementedError("override server_set(): tell the server past the store")

    def test_it_names_its_server(self) -> None:
        """``server`` is the same text for all stores of one server: they are down together."""
        names = {getattr(self._store(), "server", None) for _ in range(2)}

        holds(len(names) == 1 and all(isinstance(each, str) and each for each in names), "server is a name")

    def test_it_gives_copies(self) -> None:
        """What came over a wire is the reader's own, and the store says so."""
        holds(getattr(self._store(), "copies", False) is True, "copies is True")

    def test_stores_of_a_region_see_each_others_entries(self) -> None:
        """What one process puts or replaces, another one reads."""
        one, other = self._two_stores()

        one["a"] = CacheEntry({"n": 1})
        equal([value_in(each, "a") for each in (one, other)], [{"n": 1}] * 2, SEEN)
        other["a"] = CacheEntry({"n": 2})

        equal(value_in(one, "a"), {"n": 2}, "what one process replaces another one reads")
        equal([len(one), len(other)], [1, 1], "the length is that of the region")

    def test_stores_of_a_region_see_each_others_deletes(self) -> None:
        """What one process deletes, nobody reads any more."""
        one, other = self._two_stores()
        one["a"] = CacheEntry(1)
        equal([value_in(each, "a") for each in (one, other)], [1, 1], SEEN)

        del other["a"]

        equal(value_in(one, "a"), None, "what one process deletes nobody reads any more")

    def test_stores_of_a_region_see_each_others_clearing(self) -> None:
        """What one process clears, nobody reads any more; all use the region on."""
        for emptied_by in ("clear", "invalidate"):
            one, other = self._two_stores()
            for key in "ab":
                one[key] = CacheEntry(1)
            equal([value_in(each, "a") for each in (one, other)], [1, 1], SEEN)

            getattr(other, emptied_by, other.clear)()

            equal([value_in(one, key) for key in "ab"], [None, None], f"{emptied_by}() is one for all")
            one["a"] = CacheEntry(2)
            equal([value_in(one, "a"), value_in(other, "a")], [2, 2], f"all go on after {emptied_by}()")

    def test_a_delete_is_one_whatever_happened_before(self) -> None:
        """Who has not noticed yet that others emptied the region deletes what came since nevertheless."""
        one, other = self._two_stores()
        one["a"] = CacheEntry(1)
        equal([value_in(each, "a") for each in (one, other)], [1, 1], SEEN)
        getattr(one, "invalidate", one.clear)()
        one["a"] = CacheEntry(2)

        del other["a"]

        equal(value_in(one, "a"), None, "a delete reaches what came after others emptied the region")

    def test_nothing_that_was_cleared_comes_back(self) -> None:
        """Emptying a region twice does not uncover what the first time was to remove."""
        one, other = self._two_stores()

        for _ in range(3):
            one["a"] = CacheEntry(1)
            getattr(other, "invalidate", other.clear)()

            equal([value_in(one, "a"), value_in(other, "a")], [None, None], "what was cleared stays away")

    def test_a_put_brings_nothing_back(self) -> None:
        """Who has not noticed yet that others emptied the region may go on putting: the old stays away."""
        one, other = self._two_stores()
        one["a"] = CacheEntry(1)
        equal([value_in(each, "a") for each in (one, other)], [1, 1], SEEN)
        getattr(one, "invalidate", one.clear)()

        other["b"] = CacheEntry(2)

        equal([value_in(each, "a") for each in (one, other)], [None, None], "what was cleared stays away")
        holds(value_in(one, "b") in (None, 2), "an entry has the value that was put, or none")

    def test_other_peoples_keys_are_left_alone(self) -> None:
        """A server is shared with others: emptying a region removes our keys and does not count theirs."""
        store = self._store()
        theirs = f"theirs{uuid4().hex}"
        self.server_set(theirs, b"their own")
        store["a"] = CacheEntry(1)

        count = len(store)
        getattr(store, "invalidate", store.clear)()
        store.clear()

        equal(count, 1, "the length does not count other people's keys")
        holds(self.server_get(theirs) == b"their own", "other people's keys are left alone")

    def test_what_is_no_entry_is_a_miss(self) -> None:
        """Bytes that no store of this kind wrote, or wrote completely, read as absent, and are replaced."""
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

    def test_the_server_forgets_what_is_too_old(self) -> None:
        """Nobody has to come by: the server itself drops entries after ``ttl``, or ``tti`` without a read."""
        short, idle = self._cache(ttl=self.tick, tti=1000), self._cache(ttl=1000, tti=self.tick)
        for cache in (short, idle):
            cache.put_many([("a", 1), ("b", 2)])

        time.sleep(3.2 * self.tick)

        equal(short.size, 0, "the server forgets entries after the region's ttl")
        equal(idle.size, 0, "the server forgets entries that nobody read for the region's tti")
        for cache in (short, idle):
            no_failures(cache)

    if hasattr(os, "fork"):

        def test_forked_processes_see_each_others_entries(self) -> None:
            """What a forked child puts and deletes is put and deleted for its parent."""
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
