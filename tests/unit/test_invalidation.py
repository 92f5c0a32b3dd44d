"""The entries that a write invalidates, in stores that can search their values and in others."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar

import pytest

from stormpath.cache.memory_store import MemoryStore
from stormpath.data_store import DataStore
from stormpath.error import Error
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
    link,
    resources,
)

CUSTOM_DATA = f"{JOE}/customData"
TENANT = f"{BASE}/tenants/t"
JANE = f"{BASE}/accounts/jane"
JANES_KEY = f"{BASE}/apiKeys/janes"
OTHER_APP = f"{BASE}/applications/other"
ORGANIZATION = f"{BASE}/organizations/org"
ORGANIZATION_MAPPING = f"{BASE}/organizationAccountStoreMappings/first"
APP_CUSTOM_DATA = f"{APP}/customData"


class KeysOnly(dict[str, Any]):
    """A store with the required methods only: it cannot search its values."""

    def __getitem__(self, key: str) -> Any:
        return self.get(key)

    def __delitem__(self, key: str) -> None:
        self.pop(key, None)


@pytest.fixture
def service() -> Service:
    service = Service()
    more: list[dict[str, Any]] = [
        {"href": JANE, "directory": link(f"{BASE}/directories/hers")},
        {"href": JANES_KEY, "account": link(JANE)},
        {"href": OTHER_APP, "name": "Other", "defaultAccountStoreMapping": None},
        {"href": ORGANIZATION, "defaultAccountStoreMapping": link(ORGANIZATION_MAPPING)},
        {"href": APP_CUSTOM_DATA, "theme": "dark"},
        {
            "href": ORGANIZATION_MAPPING,
            "organization": link(ORGANIZATION),
            "accountStore": link(DIRECTORY),
        },
    ]
    service.resources |= {each["href"]: each for each in more}
    return service


@pytest.fixture
def searchable(service: Service) -> DataStore:
    return DataStore(service)


@pytest.fixture
def unsearchable(service: Service) -> DataStore:
    return DataStore(service, {"store": KeysOnly})


@pytest.fixture(params=["searchable", "unsearchable"])
def store(request: pytest.FixtureRequest) -> DataStore:
    found: DataStore = request.getfixturevalue(request.param)
    return found


def cached(store: DataStore, service: Service) -> set[str]:
    return {href for href in service.resources if store._cache_get(href) is not None}


def invalidated_by_delete(store: DataStore, service: Service, href: str, *unread: str) -> set[str]:
    """Read all resources but some, delete one, and return those that are no longer cached."""
    for each in service.resources:
        if each not in unread:
            store.get_resource(each)
    before = cached(store, service)
    store.delete_resource(href)
    return before - cached(store, service)


class TestDeletingAnAccount:
    def test_its_own_entries_and_no_others_are_invalidated(
        self, searchable: DataStore, service: Service
    ) -> None:
        assert invalidated_by_delete(searchable, service, JOE) == {JOE, CUSTOM_DATA, MEMBERSHIP, API_KEY}

    def test_two_regions_are_invalidated_if_the_store_cannot_search(
        self, unsearchable: DataStore, service: Service
    ) -> None:
        invalidated = invalidated_by_delete(unsearchable, service, JOE)

        # The store cannot find its memberships and keys; the account and its custom data have known hrefs.
        assert invalidated == {JOE, CUSTOM_DATA, MEMBERSHIP, API_KEY, JANES_KEY}

    def test_no_store_gets_more_calls_than_necessary(self, service: Service) -> None:
        class Recording(KeysOnly):
            asked: ClassVar[list[str]] = []

            def __getitem__(self, key: str) -> Any:
                self.asked.append(f"get {key}")
                return super().__getitem__(key)

            def __delitem__(self, key: str) -> None:
                self.asked.append(f"delete {key}")
                super().__delitem__(key)

            def clear(self) -> None:
                self.asked.append("clear")
                super().clear()

        DataStore(service, {"store": Recording}).delete_resource(JOE)

        assert Recording.asked == [f"delete {JOE}", f"delete {CUSTOM_DATA}", "clear", "clear"]


class TestDeletingAnAccountStore:
    @pytest.mark.parametrize("gone", [DIRECTORY, ADMINS])
    def test_owners_of_its_mappings_and_their_other_mappings_are_invalidated(
        self, gone: str, store: DataStore, service: Service
    ) -> None:
        # The mappings themselves were never read: no link can be followed through them.
        invalidated = invalidated_by_delete(store, service, gone, OTHER_MAPPING)

        assert {APP, MAPPING, ORGANIZATION} <= invalidated

    def test_a_deleted_organization_invalidates_applications_and_mappings(
        self, store: DataStore, service: Service
    ) -> None:
        assert {ORGANIZATION, APP, MAPPING} <= invalidated_by_delete(store, service, ORGANIZATION)

    def test_a_directory_invalidates_dependants_of_accounts_that_are_not_cached(
        self, store: DataStore, service: Service
    ) -> None:
        invalidated = invalidated_by_delete(store, service, DIRECTORY, JOE, ADMINS)

        assert {CUSTOM_DATA, MEMBERSHIP, API_KEY} <= invalidated

    def test_accounts_of_other_directories_stay_cached_if_the_store_can_search(
        self, searchable: DataStore, service: Service
    ) -> None:
        assert JANE not in invalidated_by_delete(searchable, service, DIRECTORY)

    @pytest.mark.parametrize("gone", [DIRECTORY, ADMINS, ORGANIZATION])
    def test_the_tenant_stays_cached(self, gone: str, store: DataStore, service: Service) -> None:
        assert TENANT not in invalidated_by_delete(store, service, gone)

    def test_a_deleted_group_invalidates_no_account(self, store: DataStore, service: Service) -> None:
        invalidated = invalidated_by_delete(store, service, ADMINS)

        assert invalidated.isdisjoint({JOE, JANE, CUSTOM_DATA, API_KEY, DIRECTORY, APP_CUSTOM_DATA})
        assert MEMBERSHIP in invalidated


class TestMappings:
    def test_a_deleted_mapping_invalidates_its_application_and_the_other_mappings(
        self, searchable: DataStore, service: Service
    ) -> None:
        assert invalidated_by_delete(searchable, service, OTHER_MAPPING) == {OTHER_MAPPING, MAPPING, APP}

    def test_a_deleted_mapping_that_was_never_read_invalidates_every_application(
        self, store: DataStore, service: Service
    ) -> None:
        assert {MAPPING, APP} <= invalidated_by_delete(store, service, OTHER_MAPPING, OTHER_MAPPING)

    def test_a_deleted_mapping_of_an_organization_invalidates_the_organization(
        self, store: DataStore, service: Service
    ) -> None:
        assert invalidated_by_delete(store, service, ORGANIZATION_MAPPING) == {ORGANIZATION}

    def test_a_changed_default_store_invalidates_the_organization(
        self, store: DataStore, service: Service
    ) -> None:
        store.get_resource(ORGANIZATION)

        store.update_resource(ORGANIZATION_MAPPING, {"isDefaultGroupStore": True})

        assert cached(store, service) == set()

    def test_a_deleted_application_invalidates_its_mappings_and_custom_data(
        self, store: DataStore, service: Service
    ) -> None:
        assert invalidated_by_delete(store, service, APP) == {APP, APP_CUSTOM_DATA, MAPPING, OTHER_MAPPING}


class TestNotFound:
    @pytest.mark.parametrize("href", [JOE, CUSTOM_DATA])
    def test_a_write_that_is_not_found_invalidates_like_a_delete(
        self, href: str, store: DataStore, service: Service
    ) -> None:
        for each in (JOE, CUSTOM_DATA, MEMBERSHIP, API_KEY):
            store.get_resource(each)
        service.failure = Error("gone", http_status=404)

        with pytest.raises(Error):
            store.update_resource(href, {"givenName": "Joe"})

        assert cached(store, service) == set()

    @pytest.mark.parametrize("href", [f"{CUSTOM_DATA}/colour", CUSTOM_DATA])
    def test_a_delete_of_custom_data_that_is_not_found_invalidates_the_owner(
        self, href: str, store: DataStore, service: Service
    ) -> None:
        for each in (JOE, CUSTOM_DATA, MEMBERSHIP, API_KEY):
            store.get_resource(each)
        service.failure = Error("gone", http_status=404)

        with pytest.raises(Error):
            store.delete_resource(href)

        assert cached(store, service) == set()

    def test_a_write_that_is_refused_otherwise_invalidates_the_resource_alone(
        self, store: DataStore, service: Service
    ) -> None:
        for each in (JOE, CUSTOM_DATA, MEMBERSHIP):
            store.get_resource(each)
        service.failure = Error("no", http_status=400)

        with pytest.raises(Error):
            store.update_resource(JOE, {"givenName": "Joe"})

        assert cached(store, service) == {CUSTOM_DATA, MEMBERSHIP}

    def test_a_read_that_is_not_found_invalidates_the_resource(
        self, store: DataStore, service: Service
    ) -> None:
        store.get_resource(JOE)
        service.failure = Error("gone", http_status=404)

        with pytest.raises(Error):
            store.get_resource(JOE, {"expand": "groups"})

        assert cached(store, service) == set()


class TestCreating:
    def test_an_answer_that_is_an_older_resource_replaces_its_copy(
        self, store: DataStore, service: Service
    ) -> None:
        # A login through a provider answers with an existing account, changed or not.
        store.get_resource(JOE)
        service.answers[f"{APP}/accounts"] = {**resources()[JOE], "email": "new@example.com"}

        store.create_resource(f"{APP}/accounts", {"providerData": {"providerId": "google"}})

        assert store.get_resource(JOE)["email"] == "new@example.com"

    def test_a_login_invalidates_nothing(self, store: DataStore, service: Service) -> None:
        for each in resources():
            store.get_resource(each)
        before = cached(store, service)
        service.answers[f"{APP}/loginAttempts"] = {"account": link(JOE)}

        store.create_resource(f"{APP}/loginAttempts", {})

        assert cached(store, service) == before


class TestLongLists:
    def page(self, offset: int) -> dict[str, Any]:
        items = [{"href": f"{BASE}/accounts/{n}", "email": "x"} for n in range(offset, offset + 150)]
        return {"href": f"{BASE}/accounts", "offset": offset, "limit": 150, "size": 450, "items": items}

    @pytest.mark.parametrize("expand", [None, {"expand": "directory"}])
    def test_a_store_without_a_limit_keeps_the_first_200_items(
        self, expand: dict[str, Any] | None, service: Service
    ) -> None:
        store = DataStore(service, {"store": KeysOnly})
        for offset in (0, 150, 300):
            service.answers[f"{BASE}/accounts?offset={offset}"] = self.page(offset)
            store.get_page(f"/accounts?offset={offset}", expand)

        kept = [n for n in range(450) if store._cache_get(f"{BASE}/accounts/{n}") is not None]
        assert kept == list(range(200))

    def test_a_store_with_a_limit_keeps_that_many_items(self, service: Service) -> None:
        store = DataStore(service, {"store": MemoryStore, "store_opts": {"max_entries": 400}})
        for offset in (0, 150, 300):
            service.answers[f"{BASE}/accounts?offset={offset}"] = self.page(offset)
            store.get_page(f"/accounts?offset={offset}")

        kept = [n for n in range(450) if store._cache_get(f"{BASE}/accounts/{n}") is not None]
        assert kept == list(range(400))


RESET = f"{APP}/passwordResetTokens/T0k3n"
VERIFICATION = f"{BASE}/accounts/emailVerificationTokens/T0k3n"


def invalidated_by(act: Callable[[], Any], store: DataStore, service: Service) -> set[str]:
    """Read all resources, call ``act``, and return those that are no longer cached."""
    for each in service.resources:
        store.get_resource(each)
    before = cached(store, service)
    with suppress(Error):
        act()
    return before - cached(store, service)


class TestUsingAToken:
    @pytest.fixture(autouse=True)
    def tokens(self, service: Service) -> None:
        service.answers |= {RESET: {"href": RESET, "account": link(JOE)}, VERIFICATION: link(JOE)}

    @pytest.mark.parametrize("token", [RESET, VERIFICATION, RESET.removeprefix(BASE)])
    def test_the_account_that_the_answer_names_is_invalidated(
        self, token: str, store: DataStore, service: Service
    ) -> None:
        assert invalidated_by(lambda: store.create_resource(token, {}), store, service) == {JOE}

    @pytest.mark.parametrize("token", [RESET, VERIFICATION])
    @pytest.mark.parametrize("status", [-1, 500, 503])
    def test_a_lost_answer_invalidates_every_account(
        self, status: int, token: str, store: DataStore, service: Service
    ) -> None:
        def use_token() -> None:
            service.failure = Error({"status": status})
            store.create_resource(token, {})

        assert invalidated_by(use_token, store, service) == {JOE, JANE}

    def test_an_answer_without_an_account_invalidates_every_account(
        self, store: DataStore, service: Service
    ) -> None:
        service.answers[RESET] = {"href": RESET}

        assert invalidated_by(lambda: store.create_resource(RESET, {}), store, service) == {JOE, JANE}

    @pytest.mark.parametrize("token", [RESET, VERIFICATION])
    @pytest.mark.parametrize("status", [400, 404, 429])
    def test_a_refused_token_invalidates_no_account(
        self, status: int, token: str, store: DataStore, service: Service
    ) -> None:
        def use_token() -> None:
            service.failure = Error({"status": status})
            store.create_resource(token, {})

        assert invalidated_by(use_token, store, service) == set()

    def test_the_token_is_kept_neither_in_a_store_nor_in_the_log(self, store: DataStore) -> None:
        for token in (RESET, VERIFICATION):
            store.get_resource(token)
            store.uncache_resource(token)
            store.create_resource(token, {})

        assert "T0k3n" not in repr(vars(store._cache._invalidations))
        for cache in store.cache_manager.caches.values():
            assert "T0k3n" not in repr(vars(cache.store)) + repr(cache.store)


class TestSendingALoginAnEmail:
    @pytest.fixture(autouse=True)
    def people(self, service: Service) -> None:
        service.resources[JOE] |= {"username": "Ren\u00e9e", "email": "Renee@Example.com"}
        service.resources[JANE] |= {"username": "jane", "email": "jane@example.com"}

    @pytest.mark.parametrize("login", ["renee@example.COM", "ren\u00e9e", "RENE\u0301E"])
    def test_accounts_with_the_login_in_any_spelling_are_invalidated(
        self, login: str, searchable: DataStore, service: Service
    ) -> None:
        assert invalidated_by(lambda: searchable.uncache_login(login), searchable, service) == {JOE}

    def test_other_accounts_stay_cached(self, searchable: DataStore, service: Service) -> None:
        assert invalidated_by(lambda: searchable.uncache_login("None"), searchable, service) == set()

    def test_every_account_is_invalidated_if_the_store_cannot_search(
        self, unsearchable: DataStore, service: Service
    ) -> None:
        assert invalidated_by(lambda: unsearchable.uncache_login("jane"), unsearchable, service) == {
            JOE,
            JANE,
        }
