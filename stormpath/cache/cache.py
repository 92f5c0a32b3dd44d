"""A region of the cache: a store, and how long its entries are good for."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from stormpath.cache.entry import CacheEntry
from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.stats import CacheStats


class Store(Protocol):
    """What a cache store promises; any class that keeps it can be named in ``cache_options``.

    Reading an absent key gives None and deleting one is silent. Three more names are used where a store has
    them: ``max_entries``, ``put_many(pairs)``, and ``matching(condition)``, which returns the keys whose
    value meets it.
    """

    def __getitem__(self, key: str) -> CacheEntry | None: ...
    def __setitem__(self, key: str, entry: CacheEntry) -> None: ...
    def __delitem__(self, key: str) -> None: ...
    def __len__(self) -> int: ...
    def clear(self) -> None:
        """Forget everything."""


class Cache:
    """Values by key, each good for ``ttl`` seconds after it was stored and ``tti`` after it was last read.

    ``store`` is a class; it is called with ``store_opts``. Values are kept as they are: who puts a
    dictionary leaves it alone from then on, and so does who gets one.
    """

    DEFAULT_STORE = MemoryStore
    DEFAULT_TTL = 300
    DEFAULT_TTI = 300

    def __init__(
        self,
        store: Callable[..., Store] = DEFAULT_STORE,
        ttl: float = DEFAULT_TTL,
        tti: float = DEFAULT_TTI,
        store_opts: Mapping[str, Any] | None = None,
        **ignored: Any,
    ) -> None:
        self.ttl = ttl
        self.tti = tti
        self.store = store(**(store_opts or {}))
        self.stats = CacheStats(self.store.__len__)

    @property
    def size(self) -> int:
        """The number of entries in the store."""
        return len(self.store)

    @property
    def capacity(self) -> float:
        """The number of entries that the store has room for, as far as it says so."""
        return float(getattr(self.store, "max_entries", "inf"))

    def get(self, key: str) -> Any:
        """Return the value, or None when it is absent or too old."""
        entry = self.store[key]
        if entry is None:
            self.stats.miss()
            return None
        if entry.is_expired(self.ttl, self.tti):
            self.stats.miss(expired=True)
            del self.store[key]
            return None
        entry.touch()
        self.stats.hit()
        return entry.value

    def put(self, key: str, value: Any, new: bool = True) -> None:
        """Store a value; ``new`` is for the counters."""
        self.store[key] = CacheEntry(value)
        self.stats.put(new)

    def put_many(self, pairs: Iterable[tuple[str, Any]]) -> None:
        """Store many values, in one go where the store can."""
        entries = [(key, CacheEntry(value)) for key, value in pairs]
        put_many = getattr(self.store, "put_many", None)
        if put_many is not None:
            put_many(entries)
        else:
            for key, entry in entries:
                self.store[key] = entry
        self.stats.put(count=len(entries))

    def delete(self, key: str) -> None:
        """Remove a value, if it is there."""
        del self.store[key]
        self.stats.delete()

    def matching(self, condition: Callable[[Any], bool]) -> list[str]:
        """Return the keys whose value meets a condition; none where the store cannot look through them."""
        search = getattr(self.store, "matching", None)
        return [] if search is None else list(search(condition))

    def clear(self) -> None:
        """Empty the store."""
        self.store.clear()
        self.stats.clear()
