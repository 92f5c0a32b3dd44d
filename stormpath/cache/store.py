"""What a cache asks of a store: the contract for stores of your own."""

from typing import Protocol

from stormpath.cache.entry import CacheEntry


class StoreUnavailable(Exception):
    """The store cannot be reached at all: down, hanging, or refusing to talk.

    A cache stops asking for a moment when a store raises this or an ``OSError``; after any other exception it
    goes on, because only that one entry is in trouble.
    """


class Store(Protocol):
    """What a cache store promises; any class that keeps it can be named in ``cache_options``.

    The class is called with the caller's ``store_opts``, once for each region. Reading an absent key gives
    None and deleting one is silent. It may be used by many threads at once. It may raise whatever it likes:
    the cache counts that and goes without.

    A store may also have:

    ``serve_region(region, ttl, tti)``
        Called once, before anything else: the region's name, to keep its keys apart from those of others, and
        its two ages in seconds. A store that hands out copies of its entries, and not the entries themselves,
        has to let ``tti`` slide here: an entry that is read stays for ``tti`` seconds more.
    ``server``
        A name for where the entries are kept, without secrets. Stores of one ``server`` are down together.
    ``invalidate()``
        Forget everything at once, at a price that does not grow; without it ``clear()`` is called.
    ``matching(condition)``
        The keys whose value meets a condition; without it a whole region is forgotten where some entries of
        it have to be.
    ``put_many(pairs)``
        Store many entries (key, entry) in one go.
    ``max_entries``
        How many entries there is room for.
    ``copies``
        True where every read gives a value of its own, that whoever reads it may change.
    """

    def __getitem__(self, key: str) -> CacheEntry | None: ...
    def __setitem__(self, key: str, entry: CacheEntry) -> None: ...
    def __delitem__(self, key: str) -> None: ...
    def __len__(self) -> int: ...
    def clear(self) -> None:
        """Forget everything that was stored here, and nothing else."""
