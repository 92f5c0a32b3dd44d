"""The cache of resources: it stores the resources of answers and invalidates those that a write changes."""

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

from stormpath.base_url import ends_in_token
from stormpath.cache.cache import Cache
from stormpath.cache.cacheable import (
    ACCOUNTS,
    CUSTOM_DATA,
    CacheableResource,
    Json,
    dependencies_of,
    is_link,
    is_only_href,
    matches_login,
    private_copy,
    region_of,
    resources_in,
    without_secrets,
)
from stormpath.cache.invalidation import NO_DEPENDANTS, ON_DELETE, SIBLING_MAPPINGS, owner_of_mapping
from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.cache.stale_answers import InvalidationLog, Ticket

# The number of items of a long list that are cached in a store without a limit (``max_entries``), which is
# mostly a network store. Writing a page there takes a large part of the time of reading it: with 200 items
# cached, a pass over 10,000 accounts through Redis took 2 percent longer than in memory, with 500 it took 10.
DEFAULT_LIST_CAPACITY = 200


class ResourceCache:
    """Resources by href, each in the cache of its region.

    A request takes a ticket when it begins, and passes it with its answer: resources that another request has
    invalidated meanwhile are not cached. Writes invalidate before and after their request.
    """

    def __init__(self, caches: Mapping[str, Cache]) -> None:
        # Regions without a store are left out: copying resources for them is a waste.
        self._caches = {
            region: cache for region, cache in caches.items() if not isinstance(cache.store, NullCacheStore)
        }
        # Nonces are not resources; an embedded client caches nothing else by default.
        self._caches_resources = bool(self._caches.keys() - {"nonces"})
        self._invalidations = InvalidationLog()
        self.ticket = self._invalidations.ticket

    def cache_for(self, href: str) -> Cache | None:
        """Return the cache of a resource's region, or None if it is not cached."""
        return self._caches.get(region_of(href))

    def get(self, href: str, params: Mapping[str, Any] | None) -> Json | None:
        """Return a copy of what the service would answer to a GET, or None if the cache cannot answer."""
        cache = self._caches.get(region_of(href))
        if cache is None:
            return None
        answer = self._expanded(cache, href, params) if params else _copy_for_caller(cache, cache.get(href))
        if answer is not None:
            answer["sp_http_status"] = 200
        return answer

    def put(self, answer: Any, ticket: Ticket, href: str | None = None) -> None:
        """Cache every resource in an answer. ``href`` is the href of the answer, if it contains none."""
        if not self._caches_resources or not isinstance(answer, dict):
            return
        found: dict[str, dict[str, Json]] = {}
        for each_href, resource in resources_in(answer, href):
            found.setdefault(region_of(each_href), {})[each_href] = resource
        for region, resources in found.items():
            self._put(region, list(resources.items()), ticket)

    def put_page(self, page: Json, ticket: Ticket, is_expanded: bool) -> None:
        """Cache the items of a page, if it is one of the first; the items are not copied."""
        if not self._caches_resources:
            return
        items: list[Json] = page.get("items") or []
        parent = items[0].get("href", "").rpartition("/")[0] + "/" if items else ""
        region = region_of(parent)
        # Only the beginning of a long list is cached. The rest would evict all other entries and then itself,
        # and allocating memory for it takes longer than reading the page.
        room = _list_capacity(self._caches.get(region)) - (page.get("offset") or 0)
        if room < len(items):
            items = items[: max(0, int(room))]
        if is_expanded:
            self.put({"items": items}, ticket)
        elif region in self._caches:
            # Nothing is expanded in them, and they are of one kind.
            alike = [item for item in items if item.get("href", "").startswith(parent)]
            self._put(region, [(item["href"], item) for item in alike], ticket)

    def invalidate(self, *hrefs: str, by: Ticket | None = None) -> None:
        """Invalidate resources, cached or on their way; ``by`` is the ticket of the writing request."""
        # An href that ends in a token is neither a cache key nor logged as invalidated.
        for href in (each for each in hrefs if not ends_in_token(each)):
            self._invalidations.record(href, by)
            cache = self.cache_for(href)
            if cache is not None:
                cache.delete(href)

    def invalidate_deleted(self, href: str, by: Ticket) -> None:
        """Invalidate a deleted resource, with all that is deleted or changes with it."""
        if not self._caches_resources:
            return
        owner = self._owner_of_cached_mapping(href)
        self.invalidate(href, by=by)
        if owner is not None:
            self._invalidate_mappings_of(owner, by)
            return
        rule = ON_DELETE.get(region_of(href), NO_DEPENDANTS)
        if rule.custom_data:
            self.invalidate(f"{href}/{CUSTOM_DATA}", by=by)
        for region, attribute in rule.linked:
            self._invalidate_linking(region, attribute, href)
        for region in rule.regions:
            self._invalidate_region(region, by)

    def invalidate_changed(self, answer: Any, by: Ticket, written: str = "") -> None:
        """Invalidate what a write changed besides the resource ``written``, according to its answer."""
        if not self._caches_resources or not isinstance(answer, dict):
            return
        owner = owner_of_mapping(answer)
        if owner is not None:
            self._invalidate_mappings_of(owner, by)
        if isinstance(answer.get("href"), str) and answer["href"] != written:
            # A POST to a collection may answer with a resource that existed before.
            self.invalidate(answer["href"], by=None if is_only_href(answer) else by)

    def invalidate_token_owner(self, href: str, answer: Any, by: Ticket) -> None:
        """Invalidate the account of a token, if the POST went to a token.

        The answer names the account. Without an answer (None) the token may have been used for any account.
        """
        if not self._caches_resources or not ends_in_token(href):
            return
        account: Any = answer.get("account", answer) if isinstance(answer, dict) else None
        if is_link(account) and not ends_in_token(account["href"]):
            self.invalidate(account["href"])
        else:
            self._invalidate_region(ACCOUNTS, by)

    def invalidate_login(self, login: str) -> None:
        """Invalidate the accounts that have a username or e-mail address, cached or on their way."""
        self._invalidations.record(ACCOUNTS)
        self._invalidate_matching(ACCOUNTS, matches_login(login))

    def _expanded(self, cache: Cache, href: str, params: Mapping[str, Any]) -> Json | None:
        """Return a resource with its expanded links, if all of them are cached."""
        names = _names_expanded(params)
        if not names or region_of(href) == CUSTOM_DATA:
            return None
        answer = _copy_for_caller(cache, cache.get(href, counted=False))
        parts = None if answer is None else self._linked(answer, names)
        if answer is None or parts is None:
            cache.stats.miss()
            return None
        # One read is a hit in each of the regions that it used.
        for each in (cache, *(part_of for part_of, _ in parts.values())):
            each.stats.hit()
        return answer | {name: part for name, (_, part) in parts.items()}

    def _linked(self, resource: Json, names: list[str]) -> dict[str, tuple[Cache, Json]] | None:
        """Return the linked resources, each with its cache; None if one is not cached."""
        found = {}
        for name in names:
            # A null may be an empty link or another attribute: only the service knows.
            href = resource[name]["href"] if is_link(resource.get(name)) else ""
            cache = self.cache_for(href)
            part = None if cache is None else _copy_for_caller(cache, cache.get(href, counted=False))
            if cache is None or part is None:
                return None
            found[name] = (cache, part)
        return found

    def _put(self, region: str, resources: list[tuple[str, Json]], ticket: Ticket) -> None:
        cache = self._caches.get(region)
        if cache is None:
            return
        fresh = self._fresh(resources, ticket)
        kept = [(href, without_secrets(region, resource)) for href, resource in fresh]
        if len(kept) == 1:
            cache.put(*kept[0])
        elif kept:
            cache.put_many(kept)
        # Another request may have invalidated one between the check and the put.
        if not self._invalidations.is_unchanged_since(ticket):
            for href, resource in kept:
                if self._is_stale(href, resource, ticket):
                    cache.delete(href)

    def _fresh(self, resources: list[tuple[str, Json]], ticket: Ticket) -> list[tuple[str, Json]]:
        if self._invalidations.is_unchanged_since(ticket):
            return resources
        return [each for each in resources if not self._is_stale(*each, ticket)]

    def _is_stale(self, href: str, resource: Json, ticket: Ticket) -> bool:
        return self._invalidations.has_invalidated(ticket, dependencies_of(href, resource))

    def _owner_of_cached_mapping(self, href: str) -> str | None:
        region, _ = SIBLING_MAPPINGS
        cache = self._caches.get(region)
        if cache is None or region_of(href) != region:
            return None
        held = cache.peek(href)
        return owner_of_mapping(held) if isinstance(held, dict) else None

    def _invalidate_mappings_of(self, owner: str, by: Ticket | None) -> None:
        # Their order, and which of them are the defaults, may have changed.
        self.invalidate(owner, by=by)
        self._invalidate_linking(*SIBLING_MAPPINGS, owner)

    def _invalidate_linking(self, region: str, attribute: str, href: str) -> None:
        # A linking resource that is still on its way is recognized by the link.
        link = {"href": href}
        self._invalidate_matching(region, lambda held: held.get(attribute) == link)

    def _invalidate_matching(self, region: str, condition: Callable[[Json], bool]) -> None:
        cache = self._caches.get(region)
        if cache is None:
            return
        found = cache.matching(condition)
        if found is None:
            cache.invalidate()
        else:
            for each in found:
                cache.delete(each)

    def _invalidate_region(self, region: str, by: Ticket | None) -> None:
        self._invalidations.record(region, by)
        cache = self._caches.get(region)
        if cache is not None:
            cache.invalidate()


def _copy_for_caller(cache: Cache, held: Any) -> Json | None:
    """Return a cached value as a copy that the caller may change."""
    if type(held) is CacheableResource:
        return private_copy(held)
    if not isinstance(held, dict):
        return None
    # Items of a page and values from most network stores are plain dictionaries.
    return held if cache.gives_copies else private_copy(held)


def _names_expanded(params: Mapping[str, Any]) -> list[str]:
    """Return the links that a request expands; none if the request has other parameters."""
    expand = params.get("expand")
    if len(params) > 1 or not isinstance(expand, str):
        return []
    names = [name.strip() for name in expand.split(",")]
    return names if all(name.isidentifier() for name in names) else []


def _list_capacity(cache: Cache | None) -> float:
    room = float("inf") if cache is None else cache.capacity
    return room if isfinite(room) else DEFAULT_LIST_CAPACITY
