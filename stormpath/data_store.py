"""The data store: it answers reads from the cache or the service, and keeps the cache up to date."""

from collections.abc import Mapping
from typing import Any

from stormpath.base_url import BaseUrl
from stormpath.cache.cacheable import (
    CUSTOM_DATA,
    REGIONS,
    Json,
    owner_of,
    region_of,
    without_custom_data_key,
    without_secrets,
)
from stormpath.cache.manager import CacheManager as CacheManager
from stormpath.cache.options import options_by_region
from stormpath.cache.resource_cache import ResourceCache
from stormpath.error import Error

Params = Mapping[str, Any] | None

CLIENT_ERROR, NOT_FOUND, SERVER_ERROR = 400, 404, 500


class DataStore:
    """Answers reads from the cache when it may, and from the service when it must.

    Hrefs may be relative to the executor's base URL. Callers may change the dictionaries that they pass and
    receive, except the items of a page. ``cache_options`` contains ``store`` (a class), ``ttl`` and ``tti``
    (seconds) and ``store_opts``, and the same for single regions under ``regions``. The default is a cache
    in memory for 300 seconds.
    """

    CACHE_REGIONS = REGIONS

    def __init__(self, executor: Any, cache_options: Mapping[str, Any] | None = None) -> None:
        self.executor = executor
        self.cache_manager = CacheManager(values=dict)
        for region, options in options_by_region(cache_options or {}, self.CACHE_REGIONS):
            self.cache_manager.create_cache(region, **options)
        self._cache = ResourceCache(self.cache_manager.caches)
        self._base = _base_of(executor)

    def get_resource(self, href: str, params: Params = None) -> Json:
        """Return a resource; one request, unless it and all links that ``expand`` names are cached."""
        href = self._absolute(href)
        held = self._cache.get(href, params)
        return self._fetch(href, params) if held is None else held

    def fetch_resource(self, href: str, params: Params = None) -> Json:
        """Return a resource from the service, with its uncached attributes: always one request."""
        return self._fetch(self._absolute(href), params)

    def get_page(self, href: str, params: Params = None) -> Json:
        """Return a page of a collection: always one request.

        Its items are shared with the cache: callers must not change them.
        """
        ticket = self._cache.ticket()
        page: Json = self.executor.get(self._absolute(href), params=params)
        self._cache.put_page(page, ticket, "expand" in (params or ()) or "expand=" in href)
        return page

    def create_resource(self, href: str, data: Any, params: Params = None) -> Json:
        """POST to a collection or a token, cache the resource created, and return the answer; one request."""
        href = self._absolute(href)
        ticket = self._cache.ticket()
        try:
            created: Json = self.executor.post(href, data, params=params)
        except Error as failure:
            if not CLIENT_ERROR <= failure.status < SERVER_ERROR:
                self._cache.invalidate_token_owner(href, None, ticket)
            raise
        self._cache.invalidate_token_owner(href, created, ticket)
        self._cache.invalidate_changed(created, ticket)
        self._cache.put(created, ticket)
        return created

    def update_resource(self, href: str, data: Any) -> Json:
        """POST changes to a resource and return its new state; one request."""
        href = self._absolute(href)
        changed = [href, f"{href}/{CUSTOM_DATA}"] if CUSTOM_DATA in data else [href]
        ticket = self._cache.ticket()
        # Dropped first: a write that fails half-way must not leave a stale copy behind.
        self._cache.invalidate(*changed, by=ticket)
        try:
            saved: Json = self.executor.post(href, data)
        except Error as refused:
            if refused.status == NOT_FOUND:
                self._cache.invalidate_deleted(owner_of(href), ticket)
            raise
        finally:
            # And again: another thread may have read the old state meanwhile.
            self._cache.invalidate(*changed, by=ticket)
        self._cache.invalidate_changed(saved, ticket, href)
        self._cache.put(saved, ticket, href)
        return saved

    def delete_resource(self, href: str) -> None:
        """DELETE a resource, and remove it from the cache with all that is deleted with it; one request."""
        href = self._absolute(href)
        gone = without_custom_data_key(href)
        ticket = self._cache.ticket()
        try:
            self.executor.delete(href)
        except Error as refused:
            if refused.status == NOT_FOUND:
                gone = owner_of(gone)
            raise
        finally:
            # Also when the request failed: it may have been carried out, or the resource was deleted before.
            self._cache.invalidate_deleted(gone, ticket)

    def uncache_resource(self, href: str) -> None:
        """Remove a resource from the cache; no request. A key of custom data removes all custom data."""
        self._cache.invalidate(without_custom_data_key(self._absolute(href)))

    def uncache_login(self, login: str) -> None:
        """Remove the accounts with a username or e-mail address from the cache; no request."""
        self._cache.invalidate_login(login)

    def _fetch(self, href: str, params: Params) -> Json:
        ticket = self._cache.ticket()
        try:
            fresh: Json = self.executor.get(href, params=params)
        except Error as refused:
            if refused.status == NOT_FOUND:
                self._cache.invalidate(href)
            raise
        self._cache.put(fresh, ticket, href)
        return fresh

    def _absolute(self, href: str) -> str:
        # An href outside the base URL is unchanged: the executor refuses it.
        return (self._base and self._base.absolute(href)) or href

    def _cache_get(self, href: str) -> Any:
        cache = self._cache.cache_for(href)
        return None if cache is None else cache.get(href)

    def _cache_put(self, href: str, data: Any, new: bool = True) -> None:
        cache = self._cache.cache_for(href)
        if cache is not None:
            cache.put(href, without_secrets(region_of(href), data), new)


def _base_of(executor: Any) -> BaseUrl | None:
    """Return the base URL of an executor with its aliases; None for a stand-in that has none."""
    base = getattr(executor, "_base", None)
    if isinstance(base, BaseUrl):
        return base
    base_url = getattr(executor, "base_url", None)
    return BaseUrl(base_url) if isinstance(base_url, str) else None
