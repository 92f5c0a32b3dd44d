"""A region of the cache: a store, and how long its entries are good for."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from stormpath.cache.entry import CacheEntry
from stormpath.cache.guard import guard_of
from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.stats import CacheStats
from stormpath.cache.store import Store as Store

FAILED = object()


class Cache:
    """Values by key, each good for ``ttl`` seconds after it was stored and ``tti`` after it was last read.

    ``store`` is a class; it is called with ``store_opts``. Values are kept as they are: who puts a
    dictionary leaves it alone from then on, and so does who gets one.

    A store that fails is a cache that holds nothing: reads miss, and what else fails is left undone. Both are
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
        **ignored: Any,
    ) -> None:
        self.ttl = ttl
        self.tti = tti
        self.store = store(**(store_opts or {}))
        serve_region = getattr(self.store, "serve_region", None)
        if serve_region is not None:
            serve_region(region, ttl, tti)
        self.stats = CacheStats(lambda: self.size)
        self._guard = guard_of(self.store)
        # The last thing that should be gone and may still be in the store, and what of that is settled. Both
        # are only ever replaced, which needs no lock: who settles late has everything forgotten once more.
        self._undone = self._settled = object()

    @property
    def size(self) -> int:
        """The number of entries in the store; a question to its server, if it has one. 0 while it fails."""
        return int(self._ask(self.store.__len__, 0))

    @property
    def capacity(self) -> float:
        """The number of entries that the store has room for, as far as it says so."""
        return float(getattr(self.store, "max_entries", "inf"))

    @property
    def gives_copies(self) -> bool:
        """Whether a value that was read belongs to the reader alone."""
        return bool(getattr(self.store, "copies", False))

    def get(self, key: str) -> Any:
        """Return the value, or None when it is absent or too old."""
        entry = self._entry(key)
        if entry is None:
            self.stats.miss()
            return None
        if entry.is_expired(self.ttl, self.tti):
            self.stats.miss(expired=True)
            self._ask(self.store.__delitem__, None, key)
            return None
        entry.touch()
        self.stats.hit()
        return entry.value

    def put(self, key: str, value: Any, new: bool = True) -> None:
        """Store a value; ``new`` is for the counters."""
        if self._keep(self.store.__setitem__, key, CacheEntry(value)):
            self.stats.put(new)

    def put_many(self, pairs: Iterable[tuple[str, Any]]) -> None:
        """Store many values, in one go where the store can."""
        entries = [(key, CacheEntry(value)) for key, value in pairs]
        put_many = getattr(self.store, "put_many", None)
        if put_many is None:
            put_many = self._put_each
        if self._keep(put_many, entries):
            self.stats.put(count=len(entries))

    def delete(self, key: str) -> None:
        """Remove a value, if it is there."""
        if self._do(self.store.__delitem__, key):
            self.stats.delete()
        else:
            self._fall_behind()

    def matching(self, condition: Callable[[Any], bool]) -> list[str] | None:
        """Return the keys whose value meets a condition; None where the store cannot look through them."""
        search = getattr(self.store, "matching", None)
        return None if search is None else self._ask(search, None, condition)

    def peek(self, key: str) -> Any:
        """Return the value without counting or prolonging anything; None when it is absent."""
        entry = self._entry(key)
        return None if entry is None else entry.value

    def invalidate(self) -> None:
        """Forget every value, in the quickest way that the store has."""
        if not self._do(self._forget_all):
            self._fall_behind()
        self.stats.clear()

    def clear(self) -> None:
        """Empty the store."""
        if not self._do(self.store.clear):
            self._fall_behind()
        self.stats.clear()

    def _entry(self, key: str) -> CacheEntry | None:
        entry = self._ask(self.store.__getitem__, None, key)
        if entry is None or isinstance(entry, CacheEntry):
            return entry
        self.stats.failure()
        self._guard.failed(TypeError("the store gave something that is no entry"))
        return None

    def _put_each(self, entries: list[tuple[str, CacheEntry]]) -> None:
        for key, entry in entries:
            self.store[key] = entry

    def _forget_all(self) -> None:
        getattr(self.store, "invalidate", self.store.clear)()

    def _fall_behind(self) -> None:
        self._undone = object()

    def _catch_up(self) -> None:
        undone = self._undone
        self._forget_all()
        # What fell behind meanwhile is not settled by this.
        self._settled = undone

    def _keep(self, action: Callable[..., Any], *arguments: Any) -> bool:
        """Store something and say whether it was done."""
        # It is no way to try a store that was unavailable: not every store waits for an answer to this.
        was_calm = self._guard.is_calm
        if not was_calm:
            self.stats.failure()
            return False
        done = self._do(action, *arguments)
        if not done and not self._guard.is_calm:
            # It may be on its way, and arrive after a later deletion.
            self._fall_behind()
        return done

    def _do(self, action: Callable[..., Any], *arguments: Any) -> bool:
        """Do something with the store and say whether it was done."""
        return self._ask(action, FAILED, *arguments) is not FAILED

    def _ask(self, question: Callable[..., Any], otherwise: Any, *arguments: Any) -> Any:
        """Return the store's answer, or something else when there is none to have."""
        guard = self._guard
        is_trying = not guard.is_calm
        if is_trying and not guard.admits():
            self.stats.failure()
            return otherwise
        try:
            if self._undone is not self._settled:
                self._catch_up()
            answer = question(*arguments)
        except Exception as failure:
            self.stats.failure()
            guard.failed(failure, is_trying)
            return otherwise
        if is_trying:
            guard.succeeded()
        return answer
