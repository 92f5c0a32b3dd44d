"""The default cache store: a dictionary in memory that evicts its oldest entries."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

from stormpath import forks
from stormpath.cache.entry import CacheEntry


class LimitedSizeDict(OrderedDict[str, CacheEntry]):
    """A dictionary of at most ``max_entries``: first in, first out; a replaced value keeps its position."""

    def __init__(self, max_entries: int) -> None:
        super().__init__()
        self.max_entries = max_entries

    def __setitem__(self, key: str, value: CacheEntry) -> None:
        super().__setitem__(key, value)
        self.shrink()

    def shrink(self) -> None:
        """Evict the oldest entries beyond the limit."""
        while len(self) > self.max_entries:
            self.popitem(last=False)


class MemoryStore:
    """Keeps up to ``max_entries`` entries in this process. Safe to share between threads.

    Other options are ignored, so that one set of options can serve several kinds of store.
    """

    MAX_ENTRIES = 1000

    def __init__(self, *args: Any, max_entries: int | None = None, **kwargs: Any) -> None:
        limit = self.MAX_ENTRIES if max_entries is None else max_entries
        if limit < 1:
            raise ValueError("max_entries must be at least 1")
        self.store = LimitedSizeDict(limit)
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self._lock = Lock()

    @property
    def max_entries(self) -> int:
        """The largest number of entries that the store keeps."""
        return self.store.max_entries

    def __getitem__(self, key: str) -> CacheEntry | None:
        return self.store.get(key)

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        with self._lock:
            self.store[key] = entry

    def __delitem__(self, key: str) -> None:
        with self._lock:
            self.store.pop(key, None)

    def __len__(self) -> int:
        return len(self.store)

    def clear(self) -> None:
        """Remove every entry."""
        with self._lock:
            self.store.clear()

    def put_many(self, entries: Iterable[tuple[str, CacheEntry]]) -> None:
        """Store many entries under one lock; a page of a hundred costs little more than one entry."""
        with self._lock:
            keep = OrderedDict.__setitem__
            for key, entry in entries:
                keep(self.store, key, entry)
            self.store.shrink()

    def matching(self, condition: Callable[[Any], bool]) -> list[str]:
        """Return the keys whose value meets a condition; reads every entry."""
        with self._lock:
            return [key for key, entry in self.store.items() if condition(entry.value)]
