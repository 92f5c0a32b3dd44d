"""Tests for every cache store, including one that keeps nothing."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from stormpath.cache.cache import Cache
from stormpath.cache.entry import CacheEntry
from stormpath.cache.store import Store
from stormpath.testing.concurrency import in_threads
from stormpath.testing.expect import equal, holds, no_failures, value_in

THREADS = 16

# Hrefs contain what users put into them. A careless store takes some of these keys for the same.
AT_THE_END = "https://id.example.com/v1/accounts/" + "x" * 300
ODD_KEYS = (
    "",
    " ",
    "  ",
    "/accounts/a b",
    "/accounts/a  b",
    "/accounts/a\tb\r\nc",
    "/accounts/\0",
    "/accounts/Ärzte",
    "/accounts/A\u0308rzte",
    "/accounts/\N{PILE OF POO}/\u65e5\u672c",
    "/accounts/CASE",
    "/accounts/case",
    "/accounts/*",
    "/accounts/?",
    "/accounts/[a-z]",
    "/accounts/%s{}:$",
    "epoch",
    f"{AT_THE_END}1",
    f"{AT_THE_END}2",
    f"/accounts/{'é' * 120}",
    f"/accounts/{'long' * 2000}",
)


class BaseStoreContract:
    """Tests for every store, whether it keeps entries or not. Override ``make_store``."""

    def make_store(self) -> Store:
        """Return a new store, as a client makes it from your users' ``cache_options``.

        It is called several times in a test, once for each region. A store that has ``serve_region`` gets
        the name of a new region, which has to be empty.
        """
        raise NotImplementedError("override make_store(): return a new store, as a client would make it")

    def test_an_absent_key_gives_none(self) -> None:
        """Reading an absent key returns None; it does not raise."""
        equal(value_in(self._store(), "absent"), None, "reading an absent key gives None")

    def test_deleting_an_absent_key_is_silent(self) -> None:
        """Deleting an absent key does not raise, and changes nothing."""
        store = self._store()

        del store["absent"]

        equal(len(store), 0, "an empty store is still empty when an absent key was deleted")

    def test_a_deleted_entry_is_absent(self) -> None:
        """An entry that was deleted is not read again."""
        store = self._store()
        store["a"] = CacheEntry(1)

        del store["a"]

        equal(value_in(store, "a"), None, "a deleted entry is absent")

    def test_a_cleared_store_is_empty(self) -> None:
        """After ``clear()`` the store has no entries and the length 0."""
        store = self._store()
        for key in "abc":
            store[key] = CacheEntry(key)

        store.clear()

        equal([value_in(store, key) for key in "abc"], [None] * 3, "a cleared store gives None")
        equal(len(store), 0, "a cleared store has the length 0")

    def test_an_invalidated_entry_is_absent(self) -> None:
        """After an invalidation of the region every read misses."""
        cache = self._cache()
        cache.put("a", 1)

        cache.invalidate()

        equal(cache.get("a"), None, "an invalidated entry is absent")
        no_failures(cache)

    def test_every_text_may_be_a_key(self) -> None:
        """Any href can be stored, read and deleted, whatever its length and its characters."""
        store = self._store()

        for key in ODD_KEYS:
            store[key] = CacheEntry({"key": key})
            holds(value_in(store, key) in (None, {"key": key}), f"{key[:50]!r} has a value of its own")
            del store[key]
            equal(value_in(store, key), None, f"{key[:50]!r} can be deleted")

    def test_many_threads_may_use_it_at_once(self) -> None:
        """Threads may call every method at once: none raises, and each read returns the value of its key."""
        store = self._store()

        def use(thread: int) -> None:
            for n in range(40):
                key = f"/accounts/{(thread * 7 + n) % 20}"
                store[key] = CacheEntry({"key": key})
                holds(value_in(store, key) in (None, {"key": key}), "a thread reads what it asked for")
                del store[key]
                if n % 10 == thread % 10:
                    len(store)
                if n == thread:
                    store.clear()

        in_threads(THREADS, use)

    def _store(self, region: str | None = None, ttl: float = 300, tti: float = 300) -> Store:
        store = self.make_store()
        serve_region: Callable[..., Any] | None = getattr(store, "serve_region", None)
        if serve_region is not None:
            serve_region(region or new_region(), ttl, tti)
        return store

    def _cache(self, ttl: float = 300, tti: float = 300, region: str | None = None) -> Cache:
        return Cache(self.make_store, ttl, tti, region=region or new_region())


class NullStoreContract(BaseStoreContract):
    """Tests for a store that turns caching off. Override ``make_store``."""

    def test_it_keeps_nothing(self) -> None:
        """An entry that was put is absent and not counted."""
        store = self._store()

        store["a"] = CacheEntry(1)

        equal(value_in(store, "a"), None, "a store that keeps nothing gives None")
        equal(len(store), 0, "a store that keeps nothing has the length 0")

    def test_put_many_keeps_nothing(self) -> None:
        """Entries that were put with ``put_many`` are absent as well."""
        cache = self._cache()

        cache.put_many([("a", 1), ("b", 2)])

        equal([cache.get("a"), cache.get("b")], [None, None], "a store that keeps nothing gives None")
        no_failures(cache)


def new_region() -> str:
    """Return the name of a new region."""
    return f"region{uuid4().hex}"
