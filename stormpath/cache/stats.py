"""What a cache counted since it was made."""

from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from stormpath import forks


class Summary(NamedTuple):
    """All counters of a cache at one moment."""

    puts: int
    hits: int
    misses: int
    expirations: int
    size: int


# What callers print says where the numbers come from.
Summary.__name__ = Summary.__qualname__ = "CacheStats"


class CacheStats:
    """Counters of one cache, safe to share between threads.

    ``measure`` tells the number of entries really held, where a store can say so; without it ``size`` is
    what puts and deletes add up to.
    """

    def __init__(self, measure: Callable[[], int] | None = None) -> None:
        self.puts = 0
        self.hits = 0
        self.misses = 0
        self.expirations = 0
        self._counted_size = 0
        self._measure = measure
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self._lock = Lock()

    @property
    def size(self) -> int:
        """The number of entries; asks the store, which may be a request to it."""
        return self._counted_size if self._measure is None else self._measure()

    def put(self, new: bool = True, count: int = 1) -> None:
        """Count entries written; ``new`` says that they replaced nothing."""
        with self._lock:
            self.puts += count
            if new:
                self._counted_size += count

    def hit(self) -> None:
        """Count a read that was answered."""
        with self._lock:
            self.hits += 1

    def miss(self, expired: bool = False) -> None:
        """Count a read that was not answered; an expired entry counts as gone."""
        with self._lock:
            self.misses += 1
            if expired:
                self.expirations += 1
                self._counted_size = max(0, self._counted_size - 1)

    def delete(self) -> None:
        """Count an entry removed."""
        with self._lock:
            self._counted_size = max(0, self._counted_size - 1)

    def clear(self) -> None:
        """Count all entries removed; the other counters go on."""
        with self._lock:
            self._counted_size = 0

    @property
    def summary(self) -> Summary:
        """All five counters as one tuple: puts, hits, misses, expirations, size."""
        return Summary(self.puts, self.hits, self.misses, self.expirations, self.size)
