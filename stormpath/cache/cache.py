"""A region of the cache: a store and the lifetime of its entries."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from stormpath.cache.circuit_breaker import circuit_breaker_for
from stormpath.cache.entry import CacheEntry
from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.stats import CacheStats
from stormpath.cache.store import Store as Store

FAILED = object()


class Cache:
    """Values by key, each valid for ``ttl`` seconds after it was stored and ``tti`` after it was last read.

    ``store`` is a class; it is called with ``store_opts``. Values are not copied: callers must not change a
    value after they put it, nor one that they got. A value that is not of the type ``values`` was written by
    another program and reads as absent.

    While the store fails, the cache acts as if it were empty: reads miss and writes do nothing. Both are
    counted as failures. If a deletion failed, the whole region is invalidated before the store is used again.
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
        *,
        region: str = "",
        values: type = object,
        **ignored: Any,
    ) -> None:
        self.ttl = ttl
        self.tti = tti
        self.store = store(**(store_opts or {}))
        serve_region = getattr(self.store, "serve_region", None)
        if serve_region is not None:
            serve_region(region, ttl, tti)
        self.stats = CacheStats(lambda: self.size)
        self._values = values
        self._breaker = circuit_breaker_for(self.store)
        # The latest failed deletion, and the latest one that an invalidation has made up for. Both are only
        # ever replaced, which needs no lock: a thread that finishes late causes one more invalidation.
        self._failed_deletion = self._handled_deletion = object()

    @property
    def size(self) -> int:
        """The number of entries in the store; a request to its server, if it has one. 0 while it fails."""
        return int(self._call_store(self.store.__len__, 0))

    @property
    def capacity(self) -> float:
        """The ``max_entries`` of the store; infinite if it has none."""
        return float(getattr(self.store, "max_entries", "inf"))

    @property
    def gives_copies(self) -> bool:
        """Whether every read returns a copy of the value."""
        return bool(getattr(self.store, "copies", False))

    def get(self, key: str, counted: bool = True) -> Any:
        """Return the value, or None when it is absent or expired. Without ``counted`` the caller counts."""
        entry = self._entry(key)
        if entry is None:
            if counted:
                self.stats.miss()
            return None
        if entry.is_expired(self.ttl, self.tti):
            if counted:
                self.stats.miss(expired=True)
            self._call_store(self.store.__delitem__, None, key)
            return None
        entry.touch()
        if counted:
            self.stats.hit()
        return entry.value

    def put(self, key: str, value: Any, new: bool = True) -> None:
        """Store a value; ``new`` is passed to the counters."""
        if self._try_put(self.store.__setitem__, key, CacheEntry(value)):
            self.stats.put(new)

    def put_many(self, pairs: Iterable[tuple[str, Any]]) -> None:
        """Store many values, in one call where the store has ``put_many``."""
        entries = [(key, CacheEntry(value)) for key, value in pairs]
        put_many = getattr(self.store, "put_many", None)
        if put_many is None:
            put_many = self._put_each
        if self._try_put(put_many, entries):
            self.stats.put(count=len(entries))

    def delete(self, key: str) -> None:
        """Remove a value if it is cached."""
        if self._try(self.store.__delitem__, key):
            self.stats.delete()
        else:
            self._note_failed_deletion()

    def matching(self, condition: Callable[[Any], bool]) -> list[str] | None:
        """Return the keys whose value meets a condition; None if the store cannot search its values."""
        search = getattr(self.store, "matching", None)
        return None if search is None else self._call_store(search, None, condition)

    def peek(self, key: str) -> Any:
        """Return the value, or None when it is absent. The read is not counted and extends no lifetime."""
        entry = self._entry(key)
        return None if entry is None else entry.value

    def invalidate(self) -> None:
        """Remove every value, in the quickest way that the store has."""
        if not self._try(self._invalidate_store):
            self._note_failed_deletion()
        self.stats.clear()

    def clear(self) -> None:
        """Empty the store."""
        if not self._try(self.store.clear):
            self._note_failed_deletion()
        self.stats.clear()

    def _entry(self, key: str) -> CacheEntry | None:
        entry = self._call_store(self.store.__getitem__, None, key)
        if entry is None or (isinstance(entry, CacheEntry) and isinstance(entry.value, self._values)):
            return entry
        self.stats.failure()
        self._breaker.record_failure(TypeError("the store gave what was never put there"))
        return None

    def _put_each(self, entries: list[tuple[str, CacheEntry]]) -> None:
        for key, entry in entries:
            self.store[key] = entry

    def _invalidate_store(self) -> None:
        getattr(self.store, "invalidate", self.store.clear)()

    def _note_failed_deletion(self) -> None:
        self._failed_deletion = object()

    def _handle_failed_deletion(self) -> None:
        failed = self._failed_deletion
        self._invalidate_store()
        # A deletion that failed meanwhile needs one more invalidation.
        self._handled_deletion = failed

    def _try_put(self, action: Callable[..., Any], *arguments: Any) -> bool:
        """Call a method of the store that writes entries, and return whether it succeeded."""
        # A put is never the trial request of an open circuit: not every store waits for an answer to it.
        was_closed = self._breaker.is_closed
        if not was_closed:
            self.stats.failure()
            return False
        done = self._try(action, *arguments)
        if not done and not self._breaker.is_closed:
            # The put may still reach the server, after a later deletion.
            self._note_failed_deletion()
        return done

    def _try(self, action: Callable[..., Any], *arguments: Any) -> bool:
        """Call a method of the store and return whether it succeeded."""
        return self._call_store(action, FAILED, *arguments) is not FAILED

    def _call_store(self, method: Callable[..., Any], default: Any, *arguments: Any) -> Any:
        """Return the result of a method of the store, or ``default`` when it fails or is not called."""
        breaker = self._breaker
        is_trial = not breaker.is_closed
        if is_trial and not breaker.allows_request():
            self.stats.failure()
            return default
        try:
            if self._failed_deletion is not self._handled_deletion:
                self._handle_failed_deletion()
            answer = method(*arguments)
        except Exception as failure:
            self.stats.failure()
            breaker.record_failure(failure, is_trial)
            return default
        if is_trial:
            breaker.record_success()
        return answer
