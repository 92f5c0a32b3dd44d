"""The fixture of the cache state machine: two clients that cache, one that does not, and shared stores."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from stormpath import Client
from stormpath.cache.entry import CacheEntry
from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.error import Error
from stormpath.resources import Resource
from stormpath.resources.custom_data import CustomData
from stormpath.resources.tenant import Tenant

Json = dict[str, Any]
T = TypeVar("T")

TTL = 300.0
NOT_FOUND = 404
CUSTOM_DATA = "customData"
#: The kinds in hrefs of cached resources and their links, each with the client's collection of them.
LISTS = {
    "accounts": "accounts",
    "groups": "groups",
    "directories": "directories",
    "applications": "applications",
    "organizations": "organizations",
    "groupMemberships": "group_memberships",
    "accountStoreMappings": "account_store_mappings",
    "organizationAccountStoreMappings": "organization_account_store_mappings",
    "apiKeys": "api_keys",
}
#: The kinds whose names are unique in the tenant.
NAMED = ("directories", "applications", "organizations")
OWNERS_OF_CUSTOM_DATA = ("accounts", "groups", "directories", "applications", "organizations")
#: The attributes that must not be cached.
SECRETS = ("secret", "password", "emailVerificationToken")


class Clock:
    """A clock for the caches that the test sets."""

    def __init__(self) -> None:
        self.now = 1_487_147_445.25

    def time(self) -> float:
        return self.now


class SharedMemoryStore(MemoryStore):
    """A memory store that shares its regions with every store that is given the same dictionary."""

    def __init__(self, regions: Json) -> None:
        super().__init__()
        self._regions = regions

    def serve_region(self, region: str, ttl: float, tti: float) -> None:
        self.store = self._regions.setdefault(region, self.store)


class SharedTextStore:
    """Keeps entries as text, as a server does, and has the required methods of a store only."""

    def __init__(self, regions: Json) -> None:
        self._regions = regions
        self._texts: dict[str, str] = {}

    def serve_region(self, region: str, ttl: float, tti: float) -> None:
        self._texts = self._regions.setdefault(region, self._texts)

    def __getitem__(self, key: str) -> CacheEntry | None:
        text = self._texts.get(key)
        return None if text is None else CacheEntry.parse(json.loads(text))

    def __setitem__(self, key: str, entry: CacheEntry) -> None:
        self._texts[key] = json.dumps(entry.to_dict())

    def __delitem__(self, key: str) -> None:
        self._texts.pop(key, None)

    def __len__(self) -> int:
        return len(self._texts)

    def clear(self) -> None:
        self._texts.clear()


@dataclass
class World:
    """Clients of one service. The witness caches nothing: it reads the state at the service."""

    clients: list[Client]
    witness: Client
    #: Whether the clients share a store; otherwise each has its own, and ``clock`` is their time.
    is_shared: bool = True
    clock: Clock = field(default_factory=Clock)
    #: The number of attempted writes of each rule, and of successful calls of each rule.
    tried: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)

    def times_refused(self) -> int:
        """Return the number of writes that were refused."""
        return sum(times - self.done.get(rule, 0) for rule, times in self.tried.items())

    def regions_read(self) -> set[str]:
        """Return the regions in which a cache had hits."""
        stats = [client.data_store.cache_manager.stats.items() for client in self.clients]
        return {region for each in stats for region, counted in each if counted.hits}

    def clear_caches(self) -> None:
        """Empty all caches."""
        for client in self.clients:
            for cache in client.data_store.cache_manager.caches.values():
                cache.invalidate()


def world_of(new_client: Any, *, is_shared: bool = True, **cache: Any) -> World:
    """Return a world whose clients cache with these options; by default each in its own memory."""
    options = {"ttl": TTL, "tti": TTL, **cache}
    clients = [new_client(cache_options=options) for _ in range(2)]
    return World(clients, new_client(cache_options={"store": NullCacheStore}), is_shared)


def kind_of(href: str) -> str:
    """Return the kind of resource of an absolute href: the region that it is cached in."""
    *_, kind, last = href.split("/")
    return CUSTOM_DATA if last == CUSTOM_DATA else kind


def resource_at(client: Client, href: str, **options: Any) -> Any:
    """Return the lazy resource at an href, as an application gets it; ``options`` are those of ``get``."""
    if href.endswith(f"/{CUSTOM_DATA}"):
        return resource_at(client, href.removesuffix(f"/{CUSTOM_DATA}")).custom_data
    kind = href.removeprefix(client.BASE_URL).strip("/").split("/")[0]
    if kind == "tenants":
        return Tenant(client, href=href, **options)
    return getattr(client, LISTS[kind]).get(href, **options)


def loaded(resource: Any) -> Any:
    """Return a resource after loading it, from the cache or from the service."""
    # Reading an attribute that is not loaded yet loads the resource.
    _ = resource.created_at
    return resource


def none_if_not_found(ask: Callable[[], T]) -> T | None:
    """Return the result of a call, or None if the resource does not exist any more."""
    try:
        return ask()
    except Error as refused:
        if refused.status != NOT_FOUND:
            raise
        return None


def cached_value(client: Client, href: str) -> Json | None:
    """Return the value in a client's cache, or None if the client would ask the service."""
    cache = client.data_store.cache_manager.get_cache(kind_of(href))
    entry = None if cache is None else cache.store[href]
    if cache is None or entry is None or entry.is_expired(cache.ttl, cache.tti):
        return None
    value: Json = entry.value
    return value


def cached_keys(client: Client) -> set[str]:
    """Return the keys of a client's caches, as far as their stores can list them."""
    caches = client.data_store.cache_manager.caches.values()
    return {key for cache in caches if isinstance(cache.store, MemoryStore) for key in cache.store.store}


def attributes_of(resource: Resource) -> Json:
    """Return the attributes of a loaded object."""
    attributes: Json = json.loads(resource.to_json())
    return _without(attributes, ("sp_http_status", *SECRETS))


def as_attributes(client: Client, href: str, fact: Json) -> Json:
    """Return the attributes of an object with this JSON."""
    kind = CustomData if kind_of(href) == CUSTOM_DATA else type(resource_at(client, href))
    return attributes_of(kind(client, properties={"href": href, **fact}))


def without_secrets(resource: Json) -> Json:
    """Return a resource as it may be cached. A null in place of a secret stays."""
    if CUSTOM_DATA in resource.get("href", CUSTOM_DATA):
        return resource
    return {name: value for name, value in resource.items() if value is None or name not in SECRETS}


def resources_in(answer: Json) -> Iterator[Json]:
    """Yield an answer and its expanded parts, each with links in place of resources."""
    if kind_of(answer["href"]) == CUSTOM_DATA:
        # The caller's own data: what looks like a link inside it is none.
        yield answer
        return
    yield {name: _folded(value) for name, value in answer.items()}
    for value in answer.values():
        parts = value["items"] if _is_page(value) else [value] if _is_expanded(value) else []
        for part in parts:
            yield from resources_in(part)


def hrefs_in(value: Any) -> Iterator[str]:
    """Yield every href in an answer, except values of custom data that look like one."""
    if isinstance(value, dict):
        href = value.get("href", "")
        if href:
            yield href
        if not href.endswith(f"/{CUSTOM_DATA}"):
            for each in value.values():
                yield from hrefs_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from hrefs_in(each)


def mutate(value: Any) -> None:
    """Change every list and dictionary of a JSON value in place."""
    if isinstance(value, dict):
        for each in value.values():
            mutate(each)
        value["spoilt"] = "by a reader"
    elif isinstance(value, list):
        for each in value:
            mutate(each)
        value.append("spoilt by a reader")


def mutate_resource(resource: Any) -> None:
    """Change in place every list and dictionary of an object. Makes no request and saves nothing."""
    if isinstance(resource, CustomData):
        for value in resource.values():
            mutate(value)
        return
    for name in json.loads(resource.to_json()):
        value = getattr(resource, name)
        if isinstance(value, Resource):
            if len(json.loads(value.to_json())) > 1:
                mutate_resource(value)
        elif isinstance(value, list) and any(isinstance(each, Resource) for each in value):
            for each in value:
                mutate_resource(each)
        else:
            mutate(value)


def _folded(value: Any) -> Any:
    return {"href": value["href"]} if _is_expanded(value) else value


def _is_expanded(value: Any) -> bool:
    return isinstance(value, dict) and "href" in value and len(value) > 1


def _is_page(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("items"), list) and "href" in value


def _without(resource: Json, names: tuple[str, ...]) -> Json:
    return {name: value for name, value in resource.items() if name not in names}
