"""Requests with expansions: those that the cache answers, and those that go to the service."""

from __future__ import annotations

from typing import Any

import pytest

from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.data_store import DataStore
from unit.canned_service import ADMINS, APP, BASE, DIRECTORY, JOE, MAPPING, MEMBERSHIP, Service, read_all

CUSTOM_DATA = f"{JOE}/customData"


class Expanding(Service):
    """Expands links to single resources, as a service does."""

    def get(self, href: str, params: Any = None) -> Any:
        answer = super().get(href, params)
        for name in (params or {}).get("expand", "").split(","):
            if "href" in (answer.get(name) or {}) and answer[name]["href"] in self.resources:
                answer[name] = self._answer(answer[name]["href"])
                del answer[name]["sp_http_status"]
        return answer


@pytest.fixture
def service() -> Expanding:
    return Expanding()


@pytest.fixture
def store(service: Expanding) -> DataStore:
    return DataStore(service)


def counted(store: DataStore) -> dict[str, tuple[int, int]]:
    stats = store.cache_manager.stats
    return {name: (each.hits, each.misses) for name, each in stats.items() if each.hits or each.misses}


class TestCacheHits:
    @pytest.mark.parametrize(
        ("href", "expand"),
        [
            (JOE, "customData"),
            (JOE, "directory"),
            (JOE, "customData,directory"),
            (JOE, " customData , directory,customData"),
            (MEMBERSHIP, "account,group"),
            (APP, "defaultAccountStoreMapping"),
            (MAPPING, "accountStore"),
        ],
    )
    def test_an_expansion_of_cached_resources_makes_no_request(
        self, href: str, expand: str, store: DataStore, service: Expanding
    ) -> None:
        fetched = DataStore(service).get_resource(href, {"expand": expand.replace(" ", "")})
        read_all(store)
        before = service.count()

        answer = store.get_resource(href, {"expand": expand})

        assert answer == fetched
        assert service.count() == before

    def test_a_fetched_expansion_is_cached(self, store: DataStore, service: Expanding) -> None:
        for _ in range(3):
            store.get_resource(JOE, {"expand": "customData,directory"})

        assert service.count() == 1

    def test_the_answer_is_a_copy(self, store: DataStore) -> None:
        expand = {"expand": "customData,directory"}
        expected = store.get_resource(JOE, expand)
        answer = store.get_resource(JOE, expand)
        answer["customData"]["nested"]["list"].append(2)
        answer["directory"]["name"] = "Mine"
        answer["tags"].append("b")

        assert store.get_resource(JOE, expand) == expected
        assert store.get_resource(JOE)["customData"] == {"href": CUSTOM_DATA}

    def test_an_expansion_counts_a_hit_in_each_region(self, store: DataStore) -> None:
        store.get_resource(JOE, {"expand": "customData,directory"})
        assert counted(store) == {"accounts": (0, 1)}

        store.get_resource(JOE, {"expand": "customData,directory"})

        assert counted(store) == {"accounts": (1, 1), "customData": (1, 0), "directories": (1, 0)}


class TestCacheMisses:
    @pytest.mark.parametrize(
        "params",
        [
            {"expand": "groups"},
            {"expand": "customData,groups(limit:5)"},
            {"expand": "customData,"},
            {"expand": ""},
            {"expand": "email"},
            {"expand": "noSuchThing"},
            {"expand": "customData", "fields": "email"},
            {"limit": 5},
        ],
    )
    def test_other_parameters_are_sent_to_the_service(
        self, params: dict[str, Any], store: DataStore, service: Expanding
    ) -> None:
        read_all(store)
        before = service.count()

        store.get_resource(JOE, params)

        assert service.asked[before:] == [("GET", JOE, params)]

    @pytest.mark.parametrize("missing", [JOE, CUSTOM_DATA, DIRECTORY])
    def test_an_expansion_that_is_not_cached_completely_is_fetched_once(
        self, missing: str, store: DataStore, service: Expanding
    ) -> None:
        read_all(store)
        store.uncache_resource(missing)
        before = service.count()
        expand = {"expand": "customData,directory"}

        store.get_resource(JOE, expand)

        assert service.asked[before:] == [("GET", JOE, expand)]
        assert store.get_resource(JOE, expand)["customData"]["colour"] == "red"
        assert service.count() == before + 1
        assert counted(store)["accounts"][1] == 2, "the first read, and this one"

    def test_an_expansion_of_a_null_is_fetched(self, store: DataStore, service: Expanding) -> None:
        service.resources[APP]["defaultGroupStoreMapping"] = None
        read_all(store)
        before = service.count()

        store.get_resource(APP, {"expand": "defaultGroupStoreMapping"})

        assert service.count() == before + 1

    def test_an_expansion_of_custom_data_is_fetched(self, store: DataStore, service: Expanding) -> None:
        service.resources[CUSTOM_DATA]["favourite"] = {"href": ADMINS}
        read_all(store)
        before = service.count()

        store.get_resource(CUSTOM_DATA, {"expand": "favourite"})

        assert service.count() == before + 1

    def test_an_expansion_of_an_uncached_resource_is_fetched(
        self, store: DataStore, service: Expanding
    ) -> None:
        expand = {"expand": "customData"}
        store.get_resource(JOE, expand)
        service.resources[CUSTOM_DATA]["colour"] = "blue"

        store.uncache_resource(JOE)

        assert store.get_resource(JOE, expand)["customData"]["colour"] == "blue"

    @pytest.mark.parametrize(
        "options",
        [
            {"store": NullCacheStore},
            {"store": NullCacheStore, "regions": {"accounts": {"store": MemoryStore}}},
            {"regions": {"accounts": {"store": NullCacheStore}}},
        ],
    )
    def test_an_expansion_is_fetched_if_one_region_is_not_cached(
        self, options: dict[str, Any], service: Expanding
    ) -> None:
        store = DataStore(service, options)
        for _ in range(2):
            store.get_resource(JOE, {"expand": "customData"})

        assert service.count() == 2


class TestExpandedCollections:
    def test_items_are_cached_and_the_collection_is_fetched_again(
        self, store: DataStore, service: Expanding
    ) -> None:
        href = f"{JOE}/groups"
        groups = {"href": href, "offset": 0, "limit": 25, "size": 1, "items": [service.resources[ADMINS]]}
        service.answers[JOE] = {**service.resources[JOE], "groups": groups}
        for _ in range(2):
            store.get_resource(JOE, {"expand": "groups,directory"})

        assert service.count() == 2
        assert store.get_resource(ADMINS)["name"] == "Admins"
        assert store.get_resource(f"{BASE}/accounts/joe")["groups"] == {"href": href}
        assert service.count() == 2
