"""The protocol of cache stores, for stores of your own."""

from typing import Protocol

from stormpath.cache.entry import CacheEntry


class StoreUnavailable(Exception):
    """The store cannot be reached at all: it is down, hangs, or refuses the connection.

    When a store raises this or an ``OSError``, the cache stops calling it for a moment; after any other
    exception it goes on, because only that one entry is affected.
    """


class Store(Protocol):
    """The interface of a cache store; any class that has it can be named in ``cache_options``.

    The class is called with the caller's ``store_opts``, once for each region. Reading an absent key returns
    None; deleting one does nothing. Many threads may use a store at once. It may raise any exception: the
    cache counts a failure and continues without it.

    A store may also have:

    ``serve_region(region, ttl, tti)``
        Called once, before anything else: the region's name, which separates its keys from those of other
        regions, and its two lifetimes in seconds. A store that returns copies of its entries, and not the
        entries themselves, has to implement ``tti``: an entry that is read stays for ``tti`` seconds more.
    ``server``
        The name of the server that keeps the entries, without secrets. Stores with the same ``server`` share
        a circuit breaker: they are down together.
    ``invalidate()``
        Removes every entry for readers, at a cost that does not grow; without it ``clear()`` is called.
    ``matching(condition)``
        Returns the keys whose value meets a condition; without it the whole region is invalidated when some
        of its entries are stale.
    ``put_many(pairs)``
        Stores many pairs (key, entry) in one call.
    ``max_entries``
        The largest number of entries that the store keeps.
    ``copies``
        True if every read returns a copy of the value, which the reader may change.
    """

    def __getitem__(self, key: str) -> CacheEntry | None: ...
    def __setitem__(self, key: str, entry: CacheEntry) -> None: ...
    def __delitem__(self, key: str) -> None: ...
    def __len__(self) -> int: ...
    def clear(self) -> None:
        """Remove everything that this store has stored, and nothing else."""
