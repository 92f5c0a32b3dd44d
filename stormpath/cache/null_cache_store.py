"""A cache store that keeps nothing: caching is off."""

from stormpath.cache.entry import CacheEntry


class NullCacheStore:
    """Keeps nothing: every read misses."""

    def __getitem__(self, key: str) -> CacheEntry | None:
        return None

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        pass

    def __delitem__(self, key: str) -> None:
        pass

    def __len__(self) -> int:
        return 0

    def clear(self) -> None:
        """Do nothing: the store is always empty."""
