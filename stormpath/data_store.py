"""The cache in front of an executor."""

from collections.abc import Mapping
from typing import Any

from stormpath.base_url import BaseUrl
from stormpath.cache.cache import Cache
from stormpath.cache.contents import (
    CUSTOM_DATA,
    DEPENDANTS,
    REGIONS,
    Json,
    is_link,
    private_copy,
    region_of,
    resources_in,
    tells_nothing,
    without_key,
    without_secrets,
)
from stormpath.cache.manager import CacheManager as CacheManager
from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.cache.options import options_by_region

Params = Mapping[str, Any] | None


class DataStore:
    """Answers reads from the cache when it may, and from the service when it must.

    Hrefs may be relative to the executor's base URL. Dictionaries that go in or come out are the caller's
    own, except the items of a page. ``cache_options`` holds ``store`` (a class), ``ttl`` and ``tti``
    (seconds) and ``store_opts``; under ``regions`` the same for single regions. Without any: in memory, 300
    seconds.
    """

    CACHE_REGIONS = REGIONS

    def __init__(self, executor: Any, cache_options: Mapping[str, Any] | None = None) -> None:
        self.executor = executor
        self.cache_manager = CacheManager(values=dict)
        for region, options in options_by_region(cache_options or {}, self.CACHE_REGIONS):
            self.cache_manager.create_cache(region, **options)
        # A region that keeps nothing is not worth a copy of what passes through.
        self._caches = {
            region: cache
            for region, cache in self.cache_manager.caches.items()
            if not isinstance(cache.store, NullCacheStore)
        }
        # Nonces are no resources; an embedded client remembers them and caches nothing else.
        self._keeps_resources = bool(self._caches.keys() - {"nonces"})
        base_url = getattr(executor, "base_url", None)
        self._base = BaseUrl(base_url) if isinstance(base_url, str) else None

    def get_resource(self, href: str, params: Params = None) -> Json:
        """Return a resource; a request unless the cache holds it."""
        href = self._absolute(href)
        # A cached body is the plain resource: it cannot answer an expansion or a search.
        if not params and (held := self._cache_get(href)) is not None:
            return private_copy(held)
        fresh: Json = self.executor.get(href, params=params)
        self._keep(fresh, href)
        return fresh

    def get_page(self, href: str, params: Params = None) -> Json:
        """Return a page of a collection: always one request.

        Its items are shared with the cache: nobody may change them.
        """
        page: Json = self.executor.get(self._absolute(href), params=params)
        if "expand" in (params or ()) or "expand=" in href:
            self._keep(page)
        else:
            self._keep_items(page.get("items") or [], page.get("offset") or 0)
        return page

    def create_resource(self, href: str, data: Any, params: Params = None) -> Json:
        """POST to a collection and return what was created, which is then cached under its own href."""
        created: Json = self.executor.post(self._absolute(href), data, params=params)
        self._forget_touched_by(created)
        self._keep(created)
        return created

    def update_resource(self, href: str, data: Any) -> Json:
        """POST changes to a resource and return its new state; one request."""
        href = self._absolute(href)
        # Dropped first: a write that fails half-way must not leave a stale copy behind.
        self._forget(href)
        if CUSTOM_DATA in data:
            self._forget(f"{href}/{CUSTOM_DATA}")
        saved: Json = self.executor.post(href, data)
        self._forget_touched_by(saved)
        self._keep(saved, href)
        return saved

    def delete_resource(self, href: str) -> None:
        """DELETE a resource, and forget it with all that goes with it; one request."""
        href = self._absolute(href)
        try:
            self.executor.delete(href)
        finally:
            # Also when the request failed: it may have been carried out, or there was nothing left to delete.
            self._forget_with_dependants(without_key(href))

    def uncache_resource(self, href: str) -> None:
        """Forget a resource; no request. A key of custom data stands for the whole of it."""
        self._forget(without_key(self._absolute(href)))

    def _absolute(self, href: str) -> str:
        # What lies outside the base URL is left as it is: the executor refuses it.
        return (self._base and self._base.absolute(href)) or href

    def _cache_of(self, href: str) -> Cache | None:
        return self._caches.get(region_of(href))

    def _cache_get(self, href: str) -> Any:
        cache = self._cache_of(href)
        return None if cache is None else cache.get(href)

    def _cache_put(self, href: str, data: Any, new: bool = True) -> None:
        cache = self._cache_of(href)
        if cache is not None:
            cache.put(href, without_secrets(region_of(href), data), new)

    def _keep(self, answer: Any, href: str | None = None) -> None:
        if self._keeps_resources and isinstance(answer, dict):
            for each_href, resource in resources_in(answer, href):
                self._cache_put(each_href, resource)

    def _keep_items(self, items: list[Json], offset: int) -> None:
        """Cache the items of a page as they are: they hold links only, and are of one kind."""
        parent = items[0].get("href", "").rpartition("/")[0] + "/" if items else ""
        region = region_of(parent)
        cache = self._caches.get(region)
        # Only the beginning of a long list is kept. The rest would push out everything else and then itself,
        # and filling fresh memory for it takes longer than reading the page.
        if cache is not None and offset < cache.capacity:
            alike = [item for item in items if item.get("href", "").startswith(parent)]
            cache.put_many([(item["href"], without_secrets(region, item)) for item in alike])

    def _forget(self, href: str) -> None:
        cache = self._cache_of(href)
        if cache is not None:
            cache.delete(href)

    def _forget_with_dependants(self, href: str) -> None:
        cache = self._cache_of(href)
        entry = None if cache is None else cache.peek(href)
        self._forget(href)
        self._forget(f"{href}/{CUSTOM_DATA}")
        for region, attribute in DEPENDANTS.get(region_of(href), ()):
            for dependant in self._linking_to(href, region, attribute):
                self._forget_with_dependants(dependant)
        if entry is not None:
            self._forget_owner_of_mapping(entry)

    def _linking_to(self, href: str, region: str, attribute: str) -> list[str]:
        cache = self._caches.get(region)
        link = {"href": href}
        return [] if cache is None else cache.matching(lambda held: held.get(attribute) == link) or []

    def _forget_touched_by(self, answer: Any) -> None:
        """Forget what a write changed besides the resource that it answers with."""
        if isinstance(answer, dict):
            self._forget_owner_of_mapping(answer)
            if "href" in answer and tells_nothing(answer):
                self._forget(answer["href"])

    def _forget_owner_of_mapping(self, resource: Json) -> None:
        # Its default mappings, and the order of its other mappings, may be different now.
        for owner in ("application", "organization"):
            if "accountStore" in resource and is_link(resource.get(owner)):
                self._forget_with_dependants(resource[owner]["href"])
