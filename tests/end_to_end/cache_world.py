"""What the cache machine runs in: two clients that cache, one that does not, and stores to share."""

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
GONE = 404
CUSTOM_DATA = "customData"
#: What is cached or named by what is cached: the kind in an href, and the list that leads there.
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
#: What has a name that is unique in the whole tenant.
NAMED = ("directories", "applications", "organizations")
OWNERS_OF_CUSTOM_DATA = ("accounts", "groups", "directories", "applications", "organizations")
#: What a cache has to leave out.
SECRETS = ("secret", "password", "emailVerificationToken")


class Clock:
    """Tells the caches the time, when the test says so."""

    def __init__(self) -> None:
        self.now = 1_487_147_445.25

    def time(self) -> float:
        return self.now


class SharedMemoryStore(MemoryStore):
    """A memory store whose regions lie on a shelf, for every client that is given the same one."""

    def __init__(self, shelf: Json) -> None:
        super().__init__()
        self._shelf = shelf

    def serve_region(self, region: str, ttl: float, tti: float) -> None:
        self.store = self._shelf.setdefault(region, self.store)


class SharedTextStore:
    """Keeps entries as text, as a server would, and cannot look through them: the least a store can do."""

    def __init__(self, shelf: Json) -> None:
        self._shelf = shelf
        self._texts: dict[str, str] = {}

    def serve_region(self, region: str, ttl: float, tti: float) -> None:
        self._texts = self._shelf.setdefault(region, self._texts)

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
    """Clients of one service. The witness caches nothing: what it is told is what the service says."""

    clients: list[Client]
    witness: Client
    #: Whether the clients have one store; else each has its own, and ``clock`` is their time.
    is_shared: bool = True
    clock: Clock = field(default_factory=Clock)
    #: How often each rule was to change something, and how often each rule did what it says.
    tried: dict[str, int] = field(default_factory=dict)
    done: dict[str, int] = field(default_factory=dict)

    def times_refused(self) -> int:
        """Return how many of the changes were not made."""
        return sum(times - self.done.get(rule, 0) for rule, times in self.tried.items())

    def regions_read(self) -> set[str]:
        """Return in which regions a cache has answered."""
        stats = [client.data_store.cache_manager.stats.items() for client in self.clients]
        return {region for each in stats for region, counted in each if counted.hits}

    def forget_everything(self) -> None:
        """Begin with empty caches."""
        for client in self.clients:
            for cache in client.data_store.cache_manager.caches.values():
                cache.invalidate()


def world_of(new_client: Any, *, is_shared: bool = True, **cache: Any) -> World:
    """Return a world whose clients cache with these options; without a store, each in its own memory."""
    options = {"ttl": TTL, "tti": TTL, **cache}
    clients = [new_client(cache_options=options) for _ in range(2)]
    return World(clients, new_client(cache_options={"store": NullCacheStore}), is_shared)


def kind_of(href: str) -> str:
    """Return the kind of resource that lives at an absolute href: the region that it is cached in."""
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
    """Return an object that has what the client was told of it, be it by its cache or by the service."""
    # Whatever is not held yet makes it load itself.
    _ = resource.created_at
    return resource


def unless_gone(ask: Callable[[], T]) -> T | None:
    """Return an answer, or None where there is nothing to ask for any more."""
    try:
        return ask()
    except Error as refused:
        if refused.status != GONE:
            raise
        return None


def held_by(client: Client, href: str) -> Json | None:
    """Return what a client's cache would answer with; None where it would ask the service."""
    cache = client.data_store.cache_manager.get_cache(kind_of(href))
    entry = None if cache is None else cache.store[href]
    if cache is None or entry is None or entry.is_expired(cache.ttl, cache.tti):
        return None
    value: Json = entry.value
    return value


def keys_of(client: Client) -> set[str]:
    """Return what a client's caches hold something under, as far as their stores tell."""
    caches = client.data_store.cache_manager.caches.values()
    return {key for cache in caches if isinstance(cache.store, MemoryStore) for key in cache.store.store}


def shown(resource: Resource) -> Json:
    """Return what an object that is loaded says of itself."""
    told: Json = json.loads(resource.to_json())
    return _without(told, ("sp_http_status", *SECRETS))


def as_shown(client: Client, href: str, fact: Json) -> Json:
    """Return what an object with this JSON says of itself."""
    kind = CustomData if kind_of(href) == CUSTOM_DATA else type(resource_at(client, href))
    return shown(kind(client, properties={"href": href, **fact}))


def without_secrets(resource: Json) -> Json:
    """Return a resource as a cache may hold it. That there is no secret is none."""
    if CUSTOM_DATA in resource.get("href", CUSTOM_DATA):
        return resource
    return {name: value for name, value in resource.items() if value is None or name not in SECRETS}


def resources_told_by(answer: Json) -> Iterator[Json]:
    """Yield an answer and what came expanded in it, each with links where it has resources."""
    if kind_of(answer["href"]) == CUSTOM_DATA:
        # The caller's own words: what looks like a link in there is none.
        yield answer
        return
    yield {name: _folded(value) for name, value in answer.items()}
    for value in answer.values():
        parts = value["items"] if _is_page(value) else [value] if _is_expanded(value) else []
        for part in parts:
            yield from resources_told_by(part)


def hrefs_in(value: Any) -> Iterator[str]:
    """Yield every href in an answer. What looks like one in custom data is none."""
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


def spoil(value: Any) -> None:
    """Change every list and dictionary in some JSON in place."""
    if isinstance(value, dict):
        for each in value.values():
            spoil(each)
        value["spoilt"] = "by a reader"
    elif isinstance(value, list):
        for each in value:
            spoil(each)
        value.append("spoilt by a reader")


def spoil_resource(resource: Any) -> None:
    """Change in place every list and dictionary that an object hands out. Makes no request, saves nothing."""
    if isinstance(resource, CustomData):
        for value in resource.values():
            spoil(value)
        return
    for name in json.loads(resource.to_json()):
        value = getattr(resource, name)
        if isinstance(value, Resource):
            if len(json.loads(value.to_json())) > 1:
                spoil_resource(value)
        elif isinstance(value, list) and any(isinstance(each, Resource) for each in value):
            for each in value:
                spoil_resource(each)
        else:
            spoil(value)


def _folded(value: Any) -> Any:
    return {"href": value["href"]} if _is_expanded(value) else value


def _is_expanded(value: Any) -> bool:
    return isinstance(value, dict) and "href" in value and len(value) > 1


def _is_page(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("items"), list) and "href" in value


def _without(resource: Json, names: tuple[str, ...]) -> Json:
    return {name: value for name, value in resource.items() if name not in names}
