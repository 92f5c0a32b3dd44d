"""Statistics of a cache: the counters of each region, and their printed form."""

from collections.abc import Callable, Sequence
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


# Printed under this name: applications know the tuple as part of `CacheStats`.
Summary.__name__ = Summary.__qualname__ = "CacheStats"

# The printed columns: the counters, and the share of reads that hit.
COLUMNS = ("puts", "hits", "misses", "expirations", "size", "failures", "hit rate")


class CacheStats:
    """Counters of one cache, safe to share between threads.

    ``failures`` counts calls of the store that failed or were skipped; a failed read is a miss as well.
    ``measure`` returns the number of entries in the store; without it ``size`` is computed from the puts and
    deletes.
    """

    def __init__(self, measure: Callable[[], int] | None = None) -> None:
        self.puts = 0
        self.hits = 0
        self.misses = 0
        self.expirations = 0
        self.failures = 0
        self._counted_size = 0
        self._measure = measure
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self._lock = Lock()

    @property
    def size(self) -> int:
        """The number of entries; reads it from the store, which may be a request to its server."""
        return self._counted_size if self._measure is None else self._measure()

    def put(self, new: bool = True, count: int = 1) -> None:
        """Count entries written; ``new`` says that they replaced nothing."""
        with self._lock:
            self.puts += count
            if new:
                self._counted_size += count

    def hit(self) -> None:
        """Count a read that the cache answered."""
        with self._lock:
            self.hits += 1

    def miss(self, expired: bool = False) -> None:
        """Count a read that the cache did not answer; an expired entry counts as removed."""
        with self._lock:
            self.misses += 1
            if expired:
                self.expirations += 1
                self._counted_size = max(0, self._counted_size - 1)

    def failure(self) -> None:
        """Count a call of the store that failed, or was skipped because the store cannot be reached."""
        with self._lock:
            self.failures += 1

    def delete(self) -> None:
        """Count an entry removed."""
        with self._lock:
            self._counted_size = max(0, self._counted_size - 1)

    def clear(self) -> None:
        """Count all entries as removed; the other counters are kept."""
        with self._lock:
            self._counted_size = 0

    @property
    def summary(self) -> Summary:
        """All five counters as one tuple: puts, hits, misses, expirations, size."""
        return Summary(self.puts, self.hits, self.misses, self.expirations, self.size)

    def __repr__(self) -> str:
        *counted, hit_rate = _cells(self._row())
        counters = ", ".join(f"{name}={count}" for name, count in zip(COLUMNS, counted, strict=False))
        return f"<CacheStats {counters}, hit rate {hit_rate}>"

    def _was_used(self) -> bool:
        return any((self.puts, self.hits, self.misses, self.expirations, self.failures))

    def _row(self) -> tuple[int, ...]:
        # Read first: it may fail, which increments ``failures``.
        size = self.size
        return self.puts, self.hits, self.misses, self.expirations, size, self.failures


class StatsByRegion(dict[str, CacheStats]):
    """The counters of every region, by its name. Printed, it is a table of the regions in use.

    Printing reads the size of each of their stores once.
    """

    def __repr__(self) -> str:
        rows = {region: stats._row() for region, stats in self.items() if stats._was_used()}
        if not rows:
            return f"none of {len(self)} regions was used yet"
        total = tuple(map(sum, zip(*rows.values(), strict=True)))
        lines = [("region", *COLUMNS), *((region, *_cells(row)) for region, row in rows.items())]
        return _aligned([*lines, ("total", *_cells(total))])


def _cells(row: Sequence[int]) -> list[str]:
    """Return the cells of a row of counters, with the hit rate."""
    _, hits, misses, *_ = row
    reads = hits + misses
    return [*map(str, row), f"{100 * hits / reads:.1f} %" if reads else "-"]


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    """Return lines of cells as text: names left-aligned, numbers right-aligned."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([name.ljust(widths[0]), *map(str.rjust, cells, widths[1:])]) for name, *cells in lines
    )
