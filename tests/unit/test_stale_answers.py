"""Concurrent requests leave no stale answer in the cache, whatever the order in which they end."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Event
from typing import Any

import pytest

from stormpath.cache.entry import CacheEntry
from stormpath.cache.memory_store import MemoryStore
from stormpath.data_store import DataStore
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

TIMEOUT_SECONDS = 10
CUSTOM_DATA = f"{JOE}/customData"


class SlowService(Service):
    """Answers with the state at the moment of the request; a test may delay the answer."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, tuple[Event, Event]] = {}

    def _answer(self, href: str, status: int = 200) -> Any:
        answer = super()._answer(href, status)
        if href in self.held:
            arrived, go_on = self.held.pop(href)
            arrived.set()
            assert go_on.wait(TIMEOUT_SECONDS)
        return answer

    def post(self, href: str, data: Any, params: Any = None) -> Any:
        self.resources.setdefault(href, {"href": href}).update(copy.deepcopy(data))
        return super().post(href, data, params)


@pytest.fixture
def service() -> SlowService:
    return SlowService()


@pytest.fixture
def store(service: SlowService) -> DataStore:
    return DataStore(service)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


@contextmanager
def under_way(
    service: SlowService, threads: ThreadPoolExecutor, href: str, request: Callable[..., Any], *arguments: Any
) -> Iterator[Future[Any]]:
    """Delay the answer to a request for an href until the block ends."""
    arrived, go_on = Event(), Event()
    service.held[href] = (arrived, go_on)
    answer = threads.submit(request, *arguments)
    assert arrived.wait(TIMEOUT_SECONDS)
    try:
        yield answer
    finally:
        go_on.set()
        answer.result(TIMEOUT_SECONDS)


def is_cached(store: DataStore, href: str) -> bool:
    return store._cache_get(href) is not None


class TestReadDuringAWrite:
    def test_a_stale_answer_is_returned_to_its_caller_and_not_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, JOE, store.get_resource, JOE) as read:
            store.update_resource(JOE, {"email": "new@example.com"})

        assert read.result()["email"] == "joe@example.com"
        assert store.get_resource(JOE)["email"] == "new@example.com"

    def test_an_answer_of_another_resource_is_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, JOE, store.get_resource, JOE):
            store.update_resource(ADMINS, {"name": "Administrators"})

        assert is_cached(store, JOE)
        assert is_cached(store, ADMINS)

    def test_a_read_that_began_while_the_write_was_under_way_is_not_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, JOE, store.update_resource, JOE, {"email": "new@example.com"}):
            service.answers[JOE] = resources()[JOE]
            store.get_resource(JOE)
            del service.answers[JOE]

        assert store.get_resource(JOE)["email"] == "new@example.com"

    def test_custom_data_that_was_sent_with_its_owner_is_not_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, CUSTOM_DATA, store.get_resource, CUSTOM_DATA):
            store.update_resource(JOE, {"customData": {"colour": "blue"}})

        assert not is_cached(store, CUSTOM_DATA)

    def test_a_stale_expanded_resource_is_not_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        service.answers[MEMBERSHIP] = {**resources()[MEMBERSHIP], "account": resources()[JOE]}
        expand = {"expand": "account"}

        with under_way(service, threads, MEMBERSHIP, store.get_resource, MEMBERSHIP, expand):
            store.update_resource(JOE, {"email": "new@example.com"})

        assert store.get_resource(JOE)["email"] == "new@example.com"

    def test_an_answer_does_not_replace_a_later_refresh(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, JOE, store.get_resource, JOE):
            service.resources[JOE]["email"] = "new@example.com"
            store.uncache_resource(JOE)
            store.get_resource(JOE)

        # The cache contains the answer of the refresh, or nothing.
        assert store.get_resource(JOE)["email"] == "new@example.com"

    def test_an_answer_that_becomes_stale_during_its_put_is_removed_again(
        self, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        arrived, go_on = Event(), Event()

        class SlowStore(MemoryStore):
            is_slow = True

            def __setitem__(self, key: str, entry: CacheEntry) -> None:
                if self.is_slow and key == JOE:
                    SlowStore.is_slow = False
                    arrived.set()
                    assert go_on.wait(TIMEOUT_SECONDS)
                super().__setitem__(key, entry)

        store = DataStore(service, {"store": SlowStore})
        read = threads.submit(store.get_resource, JOE)
        assert arrived.wait(TIMEOUT_SECONDS)
        store.update_resource(JOE, {"email": "new@example.com"})
        go_on.set()
        read.result(TIMEOUT_SECONDS)

        assert store.get_resource(JOE)["email"] == "new@example.com"


class TestReadDuringADelete:
    @pytest.mark.parametrize(
        ("read", "deleted"),
        [
            (JOE, JOE),
            (JOE, DIRECTORY),
            (ADMINS, DIRECTORY),
            # None of these links to the directory: the resources between are not cached.
            (MEMBERSHIP, DIRECTORY),
            (API_KEY, DIRECTORY),
            (CUSTOM_DATA, DIRECTORY),
            (CUSTOM_DATA, JOE),
            (MEMBERSHIP, JOE),
            (MEMBERSHIP, ADMINS),
            (API_KEY, JOE),
            (APP, DIRECTORY),
            (APP, MAPPING),
            (OTHER_MAPPING, DIRECTORY),
            (MAPPING, APP),
        ],
    )
    def test_an_answer_is_not_cached_after_a_delete_that_affects_it(
        self, read: str, deleted: str, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, read, store.get_resource, read):
            store.delete_resource(deleted)

        assert not is_cached(store, read)

    def test_an_answer_is_cached_after_a_delete_of_another_resource(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        jane = f"{BASE}/accounts/jane"
        for read in (JOE, CUSTOM_DATA, MEMBERSHIP, API_KEY, ADMINS, APP):
            with under_way(service, threads, read, store.get_resource, read):
                store.delete_resource(jane)

            assert is_cached(store, read)

    def test_only_stale_items_of_a_page_are_not_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        jane = f"{BASE}/accounts/jane"
        items = [resources()[JOE], {"href": jane, "email": "jane@example.com", "directory": link(DIRECTORY)}]
        accounts = f"{BASE}/accounts"
        service.answers[accounts] = {"href": accounts, "items": items}

        with under_way(service, threads, accounts, store.get_page, accounts) as page:
            store.delete_resource(JOE)

        assert len(page.result()["items"]) == 2
        assert not is_cached(store, JOE)
        assert is_cached(store, jane)

    def test_a_page_of_a_deleted_directory_is_not_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        accounts = f"{DIRECTORY}/accounts"
        service.answers[accounts] = {"href": accounts, "items": [resources()[JOE]]}

        with under_way(service, threads, accounts, store.get_page, accounts):
            store.delete_resource(DIRECTORY)

        assert not is_cached(store, JOE)


class TestTwoWritesAtOnce:
    def test_neither_answer_of_two_writes_at_once_is_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, JOE, store.update_resource, JOE, {"email": "first@example.com"}):
            store.update_resource(JOE, {"email": "second@example.com"})

        assert not is_cached(store, JOE)
        assert store.get_resource(JOE)["email"] == "second@example.com"

    def test_the_order_in_which_two_writes_end_does_not_matter(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        second = {"email": "second@example.com"}
        with ExitStack() as until_later:
            first = under_way(
                service, threads, JOE, store.update_resource, JOE, {"email": "first@example.com"}
            )
            until_later.enter_context(first)
            later = until_later.pop_all()
            with under_way(service, threads, JOE, store.update_resource, JOE, second):
                later.close()

        assert store.get_resource(JOE)["email"] == "second@example.com"

    def test_the_answer_of_a_later_write_is_cached(self, store: DataStore, service: SlowService) -> None:
        store.update_resource(JOE, {"email": "first@example.com"})
        store.update_resource(JOE, {"email": "second@example.com"})

        assert store.get_resource(JOE)["email"] == "second@example.com"
        assert [verb for verb, *_ in service.asked] == ["POST", "POST"]

    def test_a_write_overtaken_by_a_delete_is_not_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        for deleted in (JOE, DIRECTORY):
            with under_way(service, threads, JOE, store.update_resource, JOE, {"email": "new@example.com"}):
                store.delete_resource(deleted)

            assert not is_cached(store, JOE)

    def test_a_create_overtaken_by_the_delete_of_its_directory_is_not_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        accounts = f"{DIRECTORY}/accounts"
        service.answers[accounts] = resources()[JOE]

        with under_way(service, threads, accounts, store.create_resource, accounts, {}):
            store.delete_resource(DIRECTORY)

        assert not is_cached(store, JOE)

    def test_a_write_of_a_mapping_makes_a_read_of_its_application_stale(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, APP, store.get_resource, APP):
            store.update_resource(MAPPING, {"isDefaultAccountStore": True})

        assert not is_cached(store, APP)
        assert is_cached(store, MAPPING)


class TestReadDuringAWorkflow:
    @pytest.mark.parametrize(
        "token", [f"{APP}/passwordResetTokens/t", f"{BASE}/accounts/emailVerificationTokens/t"]
    )
    def test_an_account_whose_token_is_used_meanwhile_is_not_cached(
        self, token: str, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        service.answers[token] = {"href": token, "account": link(JOE)} if APP in token else link(JOE)

        with under_way(service, threads, JOE, store.get_resource, JOE):
            store.create_resource(token, {})

        assert not is_cached(store, JOE)

    def test_an_account_that_is_sent_an_email_meanwhile_is_not_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, JOE, store.get_resource, JOE):
            store.uncache_login("joe@example.com")

        assert not is_cached(store, JOE)
