"""A region of the cache: a store, and how long its entries are good for."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from stormpath.cache.circuit_breaker import circuit_breaker_for
from stormpath.cache.entry import CacheEntry
from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.stats import CacheStats
from stormpath.cache.store import Store as Store

FAILED = object()


class Cache:
    """Values by key, each good for ``ttl`` seconds after it was stored and ``tti`` after it was last read.

    ``store`` is a class; it is called with ``store_opts``. Values are kept as they are: who puts a
    dictionary leaves it alone from then on, and so does who gets one. A value that is not of the type
    ``values`` was put there by somebody else.

    A store that fails is a cache that holds nothing: reads miss, and what else fails is left pending. Both are
    counted. When it answers again, and something was to be deleted meanwhile, everything is deleted first.
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
        # The last thing that should be gone and may still be in the store, and what of that is settled. Both
        # are only ever replaced, which needs no lock: who settles late has everything forgotten once more.
        self._pending = self._completed = object()

    @property
    def size(self) -> int:
        """The number of entries in the store; a question to its server, if it has one. 0 while it fails."""
        return int(self._call_store(self.store.__len__, 0))

    @property
    def capacity(self) -> float:
        """The number of entries that the store has room for, as far as it says so."""
        return float(getattr(self.store, "max_entries", "inf"))

    @property
    def gives_copies(self) -> bool:
        """Whether a value that was read belongs to the reader alone."""
        return bool(getattr(self.store, "copies", False))

    def get(self, key: str, counted: bool = True) -> Any:
        """Return the value, or None when it is absent or too old; not ``counted``, the caller counts."""
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
        """Store a value; ``new`` is for the counters."""
        if self._try_put(self.store.__setitem__, key, CacheEntry(value)):
            self.stats.put(new)

    def put_many(self, pairs: Iterable[tuple[str, Any]]) -> None:
        """Store many values, in one go where the store can."""
        entries = [(key, CacheEntry(value)) for key, value in pairs]
        put_many = getattr(self.store, "put_many", None)
        if put_many is None:
            put_many = self._put_each
        if self._try_put(put_many, entries):
            self.stats.put(count=len(entries))

    def delete(self, key: str) -> None:
        """Remove a value, if it is there."""
        if self._try(self.store.__delitem__, key):
            self.stats.delete()
        else:
            self._mark_pending()

    def matching(self, condition: Callable[[Any], bool]) -> list[str] | None:
        """Return the keys whose value meets a condition; None where the store cannot look through them."""
        search = getattr(self.store, "matching", None)
        return None if search is None else self._call_store(search, None, condition)

    def peek(self, key: str) -> Any:
        """Return the value without counting or prolonging anything; None when it is absent."""
        entry = self._entry(key)
        return None if entry is None else entry.value

    def invalidate(self) -> None:
        """Forget every value, in the quickest way that the store has."""
        if not self._try(self._invalidate_store):
            self._mark_pending()
        self.stats.clear()

    def clear(self) -> None:
        """Empty the store."""
        if not self._try(self.store.clear):
            self._mark_pending()
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

    def _mark_pending(self) -> None:
        self._pending = object()

    def _complete_pending(self) -> None:
        pending = self._pending
        self._invalidate_store()
        # What fell behind meanwhile is not settled by this.
        self._completed = pending

    def _try_put(self, action: Callable[..., Any], *arguments: Any) -> bool:
        """Store something and say whether it was done."""
        # It is no way to try a store that was unavailable: not every store waits for an answer to this.
        was_closed = self._breaker.is_closed
        if not was_closed:
            self.stats.failure()
            return False
        done = self._try(action, *arguments)
        if not done and not self._breaker.is_closed:
            # It may be on its way, and arrive after a later deletion.
            self._mark_pending()
        return done

    def _try(self, action: Callable[..., Any], *arguments: Any) -> bool:
        """Do something with the store and say whether it was done."""
        return self._call_store(action, FAILED, *arguments) is not FAILED

    def _call_store(self, question: Callable[..., Any], otherwise: Any, *arguments: Any) -> Any:
        """Return the store's answer, or something else when there is none to have."""
        breaker = self._breaker
        is_trial = not breaker.is_closed
        if is_trial and not breaker.allows_request():
            self.stats.failure()
            return otherwise
        try:
            if self._pending is not self._completed:
                self._complete_pending()
            answer = question(*arguments)
        except Exception as failure:
            self.stats.failure()
            breaker.record_failure(failure, is_trial)
            return otherwise
        if is_trial:
            breaker.record_success()
        return answer
