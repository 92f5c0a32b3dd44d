"""Requests of several threads that end in an unlucky order leave nothing stale in the cache."""

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

PATIENCE = 10
CUSTOM_DATA = f"{JOE}/customData"


class SlowService(Service):
    """Answers a request with the state at the moment it arrives; the answer may be held on its way back."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, tuple[Event, Event]] = {}

    def _answer(self, href: str, status: int = 200) -> Any:
        answer = super()._answer(href, status)
        if href in self.held:
            arrived, go_on = self.held.pop(href)
            arrived.set()
            assert go_on.wait(PATIENCE)
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
    """Keep the answer of an href on its way until the block ends; then let it arrive."""
    arrived, go_on = Event(), Event()
    service.held[href] = (arrived, go_on)
    answer = threads.submit(request, *arguments)
    assert arrived.wait(PATIENCE)
    try:
        yield answer
    finally:
        go_on.set()
        answer.result(PATIENCE)


def is_cached(store: DataStore, href: str) -> bool:
    return store._cache_get(href) is not None


class TestAReadOvertakenByAWrite:
    def test_is_given_to_its_caller_and_not_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, JOE, store.get_resource, JOE) as read:
            store.update_resource(JOE, {"email": "new@example.com"})

        assert read.result()["email"] == "joe@example.com"
        assert store.get_resource(JOE)["email"] == "new@example.com"

    def test_of_another_resource_it_is_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, JOE, store.get_resource, JOE):
            store.update_resource(ADMINS, {"name": "Administrators"})

        assert is_cached(store, JOE)
        assert is_cached(store, ADMINS)

    def test_that_began_while_the_write_was_under_way_is_not_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, JOE, store.update_resource, JOE, {"email": "new@example.com"}):
            service.answers[JOE] = resources()[JOE]
            store.get_resource(JOE)
            del service.answers[JOE]

        assert store.get_resource(JOE)["email"] == "new@example.com"

    def test_of_custom_data_that_was_sent_with_its_owner_is_not_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, CUSTOM_DATA, store.get_resource, CUSTOM_DATA):
            store.update_resource(JOE, {"customData": {"colour": "blue"}})

        assert not is_cached(store, CUSTOM_DATA)

    def test_by_an_expansion_too(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        service.answers[MEMBERSHIP] = {**resources()[MEMBERSHIP], "account": resources()[JOE]}
        expand = {"expand": "account"}

        with under_way(service, threads, MEMBERSHIP, store.get_resource, MEMBERSHIP, expand):
            store.update_resource(JOE, {"email": "new@example.com"})

        assert store.get_resource(JOE)["email"] == "new@example.com"

    def test_whose_resource_was_refreshed_meanwhile_is_not_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, JOE, store.get_resource, JOE):
            service.resources[JOE]["email"] = "new@example.com"
            store.uncache_resource(JOE)
            store.get_resource(JOE)

        # Either what the refresh read or nothing.
        assert store.get_resource(JOE)["email"] == "new@example.com"

    def test_between_the_look_and_the_put_is_taken_out_again(
        self, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        arrived, go_on = Event(), Event()

        class SlowStore(MemoryStore):
            is_slow = True

            def __setitem__(self, key: str, entry: CacheEntry) -> None:
                if self.is_slow and key == JOE:
                    SlowStore.is_slow = False
                    arrived.set()
                    assert go_on.wait(PATIENCE)
                super().__setitem__(key, entry)

        store = DataStore(service, {"store": SlowStore})
        read = threads.submit(store.get_resource, JOE)
        assert arrived.wait(PATIENCE)
        store.update_resource(JOE, {"email": "new@example.com"})
        go_on.set()
        read.result(PATIENCE)

        assert store.get_resource(JOE)["email"] == "new@example.com"


class TestAReadOvertakenByADelete:
    @pytest.mark.parametrize(
        ("read", "deleted"),
        [
            (JOE, JOE),
            (JOE, DIRECTORY),
            (ADMINS, DIRECTORY),
            # Neither names the directory: what lies between is not cached.
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
    def test_of_itself_or_of_what_it_hangs_on_is_not_cached(
        self, read: str, deleted: str, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, read, store.get_resource, read):
            store.delete_resource(deleted)

        assert not is_cached(store, read)

    def test_of_something_else_it_is_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        jane = f"{BASE}/accounts/jane"
        for read in (JOE, CUSTOM_DATA, MEMBERSHIP, API_KEY, ADMINS, APP):
            with under_way(service, threads, read, store.get_resource, read):
                store.delete_resource(jane)

            assert is_cached(store, read)

    def test_items_of_a_page_are_judged_one_by_one(
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

    def test_a_page_of_a_deleted_directory_leaves_nothing(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        accounts = f"{DIRECTORY}/accounts"
        service.answers[accounts] = {"href": accounts, "items": [resources()[JOE]]}

        with under_way(service, threads, accounts, store.get_page, accounts):
            store.delete_resource(DIRECTORY)

        assert not is_cached(store, JOE)


class TestTwoWritesAtOnce:
    def test_leave_nothing_rather_than_the_wrong_one(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, JOE, store.update_resource, JOE, {"email": "first@example.com"}):
            store.update_resource(JOE, {"email": "second@example.com"})

        assert not is_cached(store, JOE)
        assert store.get_resource(JOE)["email"] == "second@example.com"

    def test_whichever_ends_first(
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

    def test_one_after_the_other_the_answer_of_the_second_is_kept(
        self, store: DataStore, service: SlowService
    ) -> None:
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

    def test_a_write_of_a_mapping_overtakes_a_read_of_its_application(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, APP, store.get_resource, APP):
            store.update_resource(MAPPING, {"isDefaultAccountStore": True})

        assert not is_cached(store, APP)
        assert is_cached(store, MAPPING)


class TestAReadOvertakenByAWorkflow:
    @pytest.mark.parametrize(
        "token", [f"{APP}/passwordResetTokens/t", f"{BASE}/accounts/emailVerificationTokens/t"]
    )
    def test_that_spent_a_token_is_not_cached(
        self, token: str, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        service.answers[token] = {"href": token, "account": link(JOE)} if APP in token else link(JOE)

        with under_way(service, threads, JOE, store.get_resource, JOE):
            store.create_resource(token, {})

        assert not is_cached(store, JOE)

    def test_that_sent_an_email_is_not_cached(
        self, store: DataStore, service: SlowService, threads: ThreadPoolExecutor
    ) -> None:
        with under_way(service, threads, JOE, store.get_resource, JOE):
            store.uncache_login("joe@example.com")

        assert not is_cached(store, JOE)
