"""The data store: reads that the cache answers, and the resources it caches. The executor is a dictionary."""

import copy
from typing import Any, ClassVar

import pytest

from stormpath.cache.entry import CacheEntry
from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.data_store import DataStore
from stormpath.error import Error
from stormpath.nonce import Nonce
from unit.canned_service import (
    ADMINS,
    API_KEY,
    APP,
    BASE,
    DIRECTORY,
    JOE,
    MAPPING,
    MEMBERSHIP,
    OTHER_MAPPING,
    Service,
    cached,
    link,
    read_all,
    resources,
)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def store(service: Service) -> DataStore:
    return DataStore(service)


class TestReading:
    def test_a_second_read_is_answered_by_the_cache(self, store: DataStore, service: Service) -> None:
        first = store.get_resource(JOE)
        second = store.get_resource(JOE)

        assert first == second == {**service.resources[JOE], "sp_http_status": 200}
        assert service.asked == [("GET", JOE, None)]

    def test_relative_and_absolute_hrefs_are_the_same_resource(
        self, store: DataStore, service: Service
    ) -> None:
        store.get_resource("/accounts/joe")
        store.get_resource(JOE)
        store.get_resource("HTTPS://ID.EXAMPLE.COM:443/v1/accounts/joe")
        assert service.asked == [("GET", JOE, None)]

        store.delete_resource("/accounts/joe")

        assert cached(store) == set()

    def test_a_change_of_one_readers_copy_is_not_seen_by_another(self, store: DataStore) -> None:
        for _ in range(2):
            mine = store.get_resource(JOE)
            mine["tags"][1]["b"] = 2
            mine["directory"]["href"] = "elsewhere"
            mine["email"] = "other"
            custom = store.get_resource(f"{JOE}/customData")
            custom["nested"]["list"].append(2)

        assert store.get_resource(JOE) == {**resources()[JOE], "sp_http_status": 200}
        assert store.get_resource(f"{JOE}/customData")["nested"] == {"list": [1]}

    @pytest.mark.parametrize("params", [{"expand": "groups"}, {"limit": 5}])
    def test_a_plain_copy_does_not_answer_a_request_with_parameters(
        self, params: dict[str, Any], store: DataStore, service: Service
    ) -> None:
        store.get_resource(JOE)

        store.get_resource(JOE, params=params)

        assert service.asked[1] == ("GET", JOE, params)

    def test_an_href_with_a_query_is_never_cached(self, store: DataStore, service: Service) -> None:
        service.answers[f"{JOE}?fields=email"] = {"email": "joe@example.com"}
        store.get_resource(JOE)

        store.get_resource(f"{JOE}?fields=email")
        store.get_resource(f"{JOE}?fields=email")

        assert service.count() == 3

    @pytest.mark.parametrize(
        "href", [f"{JOE}/providerData", f"{JOE}/groups", f"{BASE}/accounts", f"{JOE}/factors/x"]
    )
    def test_kinds_without_a_region_are_never_cached(
        self, href: str, store: DataStore, service: Service
    ) -> None:
        service.answers[href] = {"href": href, "name": "x"}

        store.get_resource(href)
        store.get_resource(href)

        assert service.count() == 2

    def test_the_resource_behind_a_redirect_is_cached_under_its_own_href(
        self, store: DataStore, service: Service
    ) -> None:
        service.answers[f"{BASE}/tenants/current"] = service.resources[f"{BASE}/tenants/t"]

        store.get_resource("/tenants/current")
        store.get_resource(f"{BASE}/tenants/t")

        assert service.count() == 1

    def test_an_error_is_not_cached(self, store: DataStore, service: Service) -> None:
        service.failure = Error("gone", http_status=404)
        with pytest.raises(Error):
            store.get_resource(JOE)
        service.failure = None

        assert store.get_resource(JOE)["email"] == "joe@example.com"

    def test_uncaching_makes_no_request_and_the_next_read_makes_one(
        self, store: DataStore, service: Service
    ) -> None:
        store.get_resource(JOE)
        store.uncache_resource("/accounts/joe")
        assert service.count() == 1

        store.get_resource(JOE)

        assert service.count() == 2

    def test_uncaching_a_key_of_custom_data_removes_all_custom_data(self, store: DataStore) -> None:
        read_all(store)

        store.uncache_resource(f"{JOE}/customData/colour")

        assert set(resources()) - cached(store) == {f"{JOE}/customData", f"{JOE}/providerData"}


class TestSecrets:
    def test_the_secret_of_an_api_key_is_never_cached(self, store: DataStore) -> None:
        assert store.get_resource(API_KEY)["secret"] == "sEcReT"

        assert "secret" not in store.get_resource(API_KEY)

    def test_the_secret_of_an_api_key_on_a_page_is_never_cached(
        self, store: DataStore, service: Service
    ) -> None:
        service.answers[f"{JOE}/apiKeys"] = {"href": f"{JOE}/apiKeys", "items": [service.resources[API_KEY]]}

        page = store.get_page(f"{JOE}/apiKeys")

        assert page["items"][0]["secret"] == "sEcReT"
        assert "secret" not in store.get_resource(API_KEY)
        assert service.count() == 1

    def test_a_password_is_never_cached(self, store: DataStore, service: Service) -> None:
        service.answers[f"{BASE}/accounts"] = {**service.resources[JOE], "password": "Changeme1!"}

        store.create_resource("/accounts", {"password": "Changeme1!"})

        assert "password" not in store.get_resource(JOE)

    def test_custom_data_is_cached_whatever_its_keys_are_named(
        self, store: DataStore, service: Service
    ) -> None:
        service.resources[f"{JOE}/customData"]["secret"] = "of mine"
        store.get_resource(f"{JOE}/customData")

        assert store.get_resource(f"{JOE}/customData")["secret"] == "of mine"


class TestExpansions:
    def expanded(self, service: Service) -> dict[str, Any]:
        groups = {
            "href": f"{JOE}/groups",
            "offset": 0,
            "limit": 25,
            "size": 1,
            "items": [service.resources[ADMINS]],
        }
        return {
            **service.resources[JOE],
            "directory": service.resources[DIRECTORY],
            "customData": service.resources[f"{JOE}/customData"],
            "groups": groups,
        }

    def test_each_part_is_cached_in_its_own_region(self, store: DataStore, service: Service) -> None:
        service.answers[JOE] = self.expanded(service)

        answer = store.get_resource(JOE, params={"expand": "directory,customData,groups"})

        assert answer == {**self.expanded(service), "sp_http_status": 200}
        for href in (JOE, DIRECTORY, f"{JOE}/customData", ADMINS):
            assert store.get_resource(href) == {**resources()[href], "sp_http_status": 200}
        assert service.count() == 1

    def test_expanded_parts_of_the_items_of_a_page_are_cached(
        self, store: DataStore, service: Service
    ) -> None:
        page = {"href": f"{BASE}/accounts", "items": [self.expanded(service)]}
        service.answers[f"{BASE}/accounts"] = page
        service.answers[f"{BASE}/accounts?expand=directory&cursor=x"] = page

        for href, params in (
            (f"{BASE}/accounts", {"expand": "directory"}),
            (f"{BASE}/accounts?expand=directory&cursor=x", None),
        ):
            assert store.get_page(href, params)["items"] == [self.expanded(service)]
            assert store.get_resource(JOE) == {**resources()[JOE], "sp_http_status": 200}
            assert store.get_resource(DIRECTORY)["name"] == "Directory"
            store.delete_resource(JOE)

    def test_custom_data_that_looks_like_a_resource_is_not_cached_as_one(
        self, store: DataStore, service: Service
    ) -> None:
        fake = {"href": ADMINS, "name": "Forged"}
        custom = {"href": f"{JOE}/customData", "x": fake, "items": [fake], "y": {"href": "a", "b": 1}}
        service.answers[f"{JOE}/customData"] = custom
        service.answers[JOE] = {**service.resources[JOE], "customData": custom}

        store.get_resource(f"{JOE}/customData")
        store.get_resource(JOE, params={"expand": "customData"})

        assert store.get_resource(ADMINS)["name"] == "Admins"
        assert store.get_resource(f"{JOE}/customData") == {**custom, "sp_http_status": 200}


class TestPages:
    def test_items_are_cached_and_a_page_is_always_fetched(self, store: DataStore, service: Service) -> None:
        service.answers[f"{BASE}/accounts"] = {"href": f"{BASE}/accounts", "items": [service.resources[JOE]]}

        store.get_page("/accounts", {"limit": 100})
        store.get_page("/accounts", {"limit": 100})

        assert store.get_resource(JOE) == {**resources()[JOE], "sp_http_status": 200}
        assert service.asked == [("GET", f"{BASE}/accounts", {"limit": 100})] * 2

    def test_an_item_read_from_the_cache_is_a_copy(self, store: DataStore, service: Service) -> None:
        service.answers[f"{BASE}/accounts"] = {"href": f"{BASE}/accounts", "items": [service.resources[JOE]]}
        page = store.get_page("/accounts")

        mine = store.get_resource(JOE)
        mine["tags"][1]["b"] = 2
        mine["directory"]["href"] = "elsewhere"

        assert page["items"] == [resources()[JOE]]
        assert store.get_resource(JOE) == {**resources()[JOE], "sp_http_status": 200}

    def test_a_value_of_a_store_that_copies_is_not_copied_again(self, service: Service) -> None:
        class Copying(MemoryStore):
            copies = True
            given: ClassVar[list[Any]] = []

            def __getitem__(self, key: str) -> CacheEntry | None:
                held = super().__getitem__(key)
                if held is None:
                    return None
                self.given.append(copy.deepcopy(dict(held.value)))
                return CacheEntry(self.given[-1])

        store = DataStore(service, {"store": Copying})
        store.get_resource(JOE)

        assert store.get_resource(JOE) is Copying.given[-1]
        assert store.get_resource(JOE) == {**resources()[JOE], "sp_http_status": 200}

    def test_a_cached_value_that_is_not_a_resource_is_a_miss(self, service: Service) -> None:
        store = DataStore(service)
        store.cache_manager.caches["accounts"].put(JOE, "rubbish")

        assert store.get_resource(JOE)["email"] == "joe@example.com"
        assert store.get_resource(JOE)["email"] == "joe@example.com"
        assert service.count() == 1

    def test_the_beginning_of_a_long_list_is_cached(self, service: Service) -> None:
        store = DataStore(service, {"store_opts": {"max_entries": 4}})
        hrefs = [f"{BASE}/accounts/{n}" for n in range(6)]
        for offset in (0, 2, 4):
            items = [{"href": href, "email": "x"} for href in hrefs[offset : offset + 2]]
            service.answers[f"{BASE}/accounts?offset={offset}"] = {
                "offset": offset,
                "size": 6,
                "items": items,
            }

        for offset in (0, 2, 4):
            store.get_page(f"/accounts?offset={offset}")

        assert [store._cache_get(href) is not None for href in hrefs] == [True] * 4 + [False] * 2

    @pytest.mark.parametrize(
        "page",
        [
            {},
            {"items": []},
            {"items": [{"name": "no href"}]},
            {"items": [{"name": "no href"}, {"href": f"{JOE}/factors/1"}]},
        ],
    )
    def test_items_that_cannot_be_cached_are_returned(
        self, page: dict[str, Any], store: DataStore, service: Service
    ) -> None:
        service.answers[f"{BASE}/x"] = page

        assert store.get_page("/x").get("items") == page.get("items")

    def test_a_page_read_as_a_resource_caches_its_items_too(self, store: DataStore, service: Service) -> None:
        service.answers[f"{BASE}/accounts"] = {"items": [service.resources[JOE], {"name": "no href"}]}

        page = store.get_resource("/accounts", params={"limit": 1})
        page["items"][0]["email"] = "changed"

        assert store.get_resource(JOE)["email"] == "joe@example.com"


class TestCreating:
    def test_a_created_resource_is_cached_under_its_own_href(
        self, store: DataStore, service: Service
    ) -> None:
        service.answers[f"{BASE}/accounts"] = service.resources[JOE]

        created = store.create_resource("/accounts", {"email": "x"}, params={"a": True})

        assert created["sp_http_status"] == 201
        assert store.get_resource(JOE) == {**resources()[JOE], "sp_http_status": 200}
        assert service.asked == [("POST", f"{BASE}/accounts", {"email": "x"}, {"a": True})]

    def test_an_answer_with_an_href_alone_invalidates_the_resource(
        self, store: DataStore, service: Service
    ) -> None:
        service.answers[f"{BASE}/accounts/emailVerificationTokens/t"] = link(JOE)
        store.get_resource(JOE)

        store.create_resource("/accounts/emailVerificationTokens/t", {})
        service.resources[JOE]["status"] = "ENABLED"

        assert store.get_resource(JOE)["status"] == "ENABLED"

    def test_an_answer_without_href_is_returned_and_its_parts_are_cached(
        self, store: DataStore, service: Service
    ) -> None:
        service.answers[f"{APP}/loginAttempts"] = {"account": service.resources[JOE]}

        store.create_resource(f"{APP}/loginAttempts", {}, params={"expand": "account"})

        assert store.get_resource(JOE)["email"] == "joe@example.com"
        assert service.count() == 1

    def test_a_created_mapping_invalidates_its_application_and_the_other_mappings(
        self, store: DataStore, service: Service
    ) -> None:
        read_all(store)
        new = f"{BASE}/accountStoreMappings/new"
        service.answers[f"{BASE}/accountStoreMappings"] = {**service.resources[MAPPING], "href": new}
        before = cached(store)

        store.create_resource("/accountStoreMappings", {})

        assert before - cached(store) == {APP, MAPPING, OTHER_MAPPING}
        assert store.get_resource(new)["href"] == new


class TestUpdating:
    def test_the_answer_to_an_update_is_cached(self, store: DataStore, service: Service) -> None:
        store.get_resource(JOE)
        service.resources[JOE]["email"] = "new@example.com"

        saved = store.update_resource("/accounts/joe", {"email": "new@example.com"})
        saved["email"] = "changed by the caller"

        assert store.get_resource(JOE)["email"] == "new@example.com"
        assert service.asked[1:] == [("POST", JOE, {"email": "new@example.com"}, None)]

    def test_a_failed_update_leaves_no_cached_copy(self, store: DataStore, service: Service) -> None:
        store.get_resource(JOE)
        service.failure = Error("broken")
        with pytest.raises(Error):
            store.update_resource(JOE, {"email": "x"})
        service.failure = None

        store.get_resource(JOE)

        assert service.count() == 3

    def test_custom_data_sent_with_its_owner_is_invalidated(self, store: DataStore) -> None:
        read_all(store)

        store.update_resource(JOE, {"customData": {"colour": "blue"}})

        assert f"{JOE}/customData" not in cached(store)

    def test_an_updated_mapping_invalidates_its_application(self, store: DataStore) -> None:
        read_all(store)

        store.update_resource(OTHER_MAPPING, {"listIndex": 0})

        assert {APP, MAPPING} & cached(store) == set()
        assert OTHER_MAPPING in cached(store)

    @pytest.mark.parametrize("reply", [None, [], "text", {}])
    def test_a_reply_that_is_not_a_resource_is_returned_and_not_cached(
        self, reply: Any, store: DataStore, service: Service
    ) -> None:
        service.post = lambda *_, **__: reply  # type: ignore[method-assign]

        assert store.update_resource(JOE, {}) == reply
        assert cached(store) == set()


class TestDeleting:
    @pytest.mark.parametrize(
        ("href", "invalidated"),
        [
            (JOE, {JOE, f"{JOE}/customData", MEMBERSHIP, API_KEY}),
            (ADMINS, {ADMINS, MEMBERSHIP, OTHER_MAPPING, MAPPING, APP}),
            (MEMBERSHIP, {MEMBERSHIP}),
            (MAPPING, {MAPPING, OTHER_MAPPING, APP}),
            (APP, {APP, MAPPING, OTHER_MAPPING}),
            (
                DIRECTORY,
                {
                    *(DIRECTORY, JOE, f"{JOE}/customData", MEMBERSHIP, API_KEY),
                    *(ADMINS, MAPPING, OTHER_MAPPING, APP),
                },
            ),
            (f"{JOE}/customData", {f"{JOE}/customData"}),
            (f"{JOE}/customData/colour", {f"{JOE}/customData"}),
        ],
    )
    def test_a_delete_invalidates_the_resource_and_its_dependants_alone(
        self, href: str, invalidated: set[str], store: DataStore, service: Service
    ) -> None:
        read_all(store)
        before = cached(store)

        store.delete_resource(href)

        assert before - cached(store) == invalidated
        assert service.asked[-1] == ("DELETE", href)

    def test_a_failed_delete_invalidates_the_resource(self, store: DataStore, service: Service) -> None:
        read_all(store)
        service.failure = Error("gone already", http_status=404)

        with pytest.raises(Error):
            store.delete_resource(JOE)

        assert JOE not in cached(store)


class TestWithoutACache:
    def test_every_read_is_a_request(self, service: Service) -> None:
        store = DataStore(service, {"store": NullCacheStore})
        read_all(store)
        read_all(store)

        assert service.count() == 2 * len(resources())

    def test_a_single_region_may_be_cached(self, service: Service) -> None:
        store = DataStore(service, {"store": NullCacheStore, "regions": {"groups": {"store": MemoryStore}}})
        read_all(store)

        assert cached(store) == {ADMINS}


class TestTheRegions:
    def test_their_names_are_the_documented_ones(self, store: DataStore) -> None:
        assert set(store.CACHE_REGIONS) == {
            *("accounts", "apiKeys", "accountStoreMappings", "applications", "customData", "directories"),
            *("organizations", "groups", "groupMemberships", "tenants", "nonces"),
        }
        assert set(store.cache_manager.stats) == set(store.CACHE_REGIONS)

    def test_each_region_has_its_own_options(self, service: Service) -> None:
        store = DataStore(service, {"ttl": 5, "regions": {"applications": {"ttl": 50}}})

        caches = store.cache_manager.caches
        assert (caches["applications"].ttl, caches["accounts"].ttl) == (50, 5)
        assert caches["applications"].store is not caches["accounts"].store

    def test_nonces_are_cached(self, store: DataStore) -> None:
        nonce = Nonce("abc")
        assert nonce.href == "//nonces/abc"
        assert store._cache_get(nonce.href) is None

        store._cache_put(nonce.href, {"value": nonce.value})

        assert store._cache_get(nonce.href) == {"value": "abc"}
        assert store.cache_manager.stats["nonces"].summary == (1, 1, 1, 0, 1)

    def test_an_executor_without_a_base_url_gets_hrefs_unchanged(self) -> None:
        class Stub(Service):
            base_url = None  # type: ignore[assignment]  # a test double may leave it out

        stub = Stub()
        store = DataStore(stub)

        store.get_resource("/accounts/joe")

        assert stub.asked == [("GET", "/accounts/joe", None)]
