"""The caches of a client, one for each region."""

from typing import Any

from stormpath.cache.cache import Cache
from stormpath.cache.stats import StatsByRegion


class CacheManager:
    """One `Cache` per region. Cached values that are not of the type ``values`` read as absent."""

    def __init__(self, values: type = object) -> None:
        self._values = values
        self.caches: dict[str, Cache] = {}

    def create_cache(self, region: str, **options: Any) -> Cache:
        """Make the cache of a region; the options are those of `Cache`."""
        self.caches[region] = Cache(**{"region": region, "values": self._values, **options})
        return self.caches[region]

    def get_cache(self, region: str) -> Cache | None:
        """Return the cache of a region, or None for an unknown one."""
        return self.caches.get(region)

    @property
    def stats(self) -> StatsByRegion:
        """The counters of every region; a table when printed."""
        return StatsByRegion((region, cache.stats) for region, cache in self.caches.items())
