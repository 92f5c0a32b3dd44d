"""Prefetching lists: the same items and requests as a plain one, each page earlier."""

import gc
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.data_store import DataStore
from stormpath.error import Error
from stormpath.resources import Account, AccountList, Application, ApplicationList, Expansion
from stormpath.resources import prefetch as prefetch_module
from stormpath.resources.prefetch import BackgroundCall
from unit.resources.exchange import BASE, Answer, Exchange, StubClient, account_json

PATH = "/directories/d1/accounts"
# The seconds after which a failing test stops waiting. A passing test does not wait.
PATIENCE = 20
ALL_NAMES = [f"a{number}" for number in range(230)]


class Slow(Exchange):
    """An exchange that can delay an answer until the test releases it."""

    def __init__(self) -> None:
        super().__init__()
        self.second_was_asked = threading.Event()
        self.second_may_answer = threading.Event()
        self.second_may_answer.set()
        self.threads: list[threading.Thread] = []

    def hold_back_the_second(self) -> threading.Event:
        """Delay the answer to the second request until the event is set."""
        self.second_may_answer.clear()
        return self.second_may_answer

    def get(self, url: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        self.threads.append(threading.current_thread())
        is_second = len(self.threads) == 2
        answer = super().get(url, params)
        if is_second:
            self.second_was_asked.set()
            assert self.second_may_answer.wait(PATIENCE)
        return answer


@pytest.fixture
def exchange() -> Slow:
    return Slow()


@pytest.fixture(params=["cursor", "offset"])
def accounts(client: StubClient, exchange: Slow, request: pytest.FixtureRequest) -> AccountList:
    """A directory's 230 accounts: three pages, by cursor or by offset."""
    exchange.lists(PATH, [account_json(key) for key in ALL_NAMES], cursor=request.param == "cursor")
    return client.directories.get("d1").accounts


@pytest.fixture(autouse=True)
def no_thread_is_left(exchange: Slow) -> Iterator[None]:
    yield
    exchange.second_may_answer.set()
    settle()
    assert not in_background()


class CountedJson(dict[str, Any]):
    """An object with weak references, equal only to itself, as a set requires."""

    __hash__ = object.__hash__  # type: ignore[assignment]  # dictionaries have none

    def __eq__(self, other: object) -> bool:
        return self is other


class Watched(weakref.WeakSet[CountedJson]):
    """The items that are still in memory, of a list of sixty in pages of ten."""

    ends_at = 60

    def __init__(self) -> None:
        super().__init__()
        self.refusals: weakref.WeakSet[Error] = weakref.WeakSet()

    def page(self, query: Any, data: Any) -> dict[str, Any]:
        offset = int(query.get("offset", 0))
        if offset >= self.ends_at:
            raise self._refusal()
        items = [CountedJson({"href": f"{BASE}/accounts/{n}"}) for n in range(offset, offset + 10)]
        self.update(items)
        return {"offset": offset, "limit": 10, "size": 60, "items": items}

    def _refusal(self) -> Error:
        refusal = Error({"status": 429, "code": 429, "message": "too many"})
        self.refusals.add(refusal)
        return refusal


@pytest.fixture
def watched(client: StubClient, exchange: Slow) -> Iterator[Watched]:
    """The items of ``client.accounts`` in memory, counted without the garbage collector and a cache."""
    client.data_store = DataStore(exchange, {"store": NullCacheStore})
    watched = Watched()
    exchange.answers("GET", "/accounts", watched.page)
    gc.disable()
    yield watched
    gc.enable()


def in_background() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "stormpath-prefetch"]


def settle() -> None:
    """Wait until no request is under way."""
    for each in in_background():
        each.join(PATIENCE)


def names(items: Any) -> list[str]:
    return [item.username for item in items]


def clear(exchange: Slow) -> None:
    exchange.clear()
    exchange.threads.clear()


class TestLoop:
    def test_the_next_page_is_requested_while_the_current_one_is_processed(
        self, accounts: AccountList, exchange: Slow
    ) -> None:
        answer = exchange.hold_back_the_second()
        loop = iter(accounts.prefetch())

        first = next(loop)

        assert exchange.second_was_asked.wait(PATIENCE)
        assert [first.username, *names(islice(loop, 99))] == ALL_NAMES[:100]
        answer.set()
        assert names(loop) == ALL_NAMES[100:]

    def test_a_plain_list_requests_a_page_only_when_it_is_needed(
        self, accounts: AccountList, exchange: Slow
    ) -> None:
        loop = iter(accounts)

        assert names(islice(loop, 100)) == ALL_NAMES[:100]

        assert exchange.count == 1
        assert names(loop) == ALL_NAMES[100:]
        assert set(exchange.threads) == {threading.current_thread()}

    def test_a_loop_makes_the_same_requests_as_a_plain_one(
        self, accounts: AccountList, exchange: Slow
    ) -> None:
        for collect in (names, lambda each: names(list(each)), lambda each: names(each[:])):
            clear(exchange)
            assert collect(accounts) == ALL_NAMES
            plain = list(exchange.requests)

            clear(exchange)
            assert collect(accounts.prefetch()) == ALL_NAMES
            assert exchange.requests == plain

    def test_a_loop_is_never_more_than_one_page_ahead(self, accounts: AccountList, exchange: Slow) -> None:
        loop = iter(accounts.prefetch())

        next(islice(loop, 99, None))
        settle()

        assert exchange.count == 2
        next(loop)
        settle()
        assert exchange.count == 3

    def test_a_loop_that_is_left_early_makes_at_most_one_more_request(
        self, accounts: AccountList, exchange: Slow
    ) -> None:
        for account in accounts.prefetch():
            if account.username == "a5":
                break
        settle()

        assert exchange.count == 2

    def test_no_thread_is_started_where_no_page_follows(
        self, accounts: AccountList, exchange: Slow, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        started: list[threading.Thread] = []

        class Counted(threading.Thread):
            def start(self) -> None:
                started.append(self)
                super().start()

        monkeypatch.setattr(prefetch_module, "Thread", Counted)

        for part in (accounts[:100], accounts[150:], accounts.query(limit=50), accounts.query(username="a7")):
            assert names(part.prefetch())
        assert started == []
        assert names(accounts.prefetch()) == ALL_NAMES
        assert len(started) == 2

    def test_closing_a_loop_does_not_wait_for_a_page(self, accounts: AccountList, exchange: Slow) -> None:
        answer = exchange.hold_back_the_second()
        loop: Any = iter(accounts.prefetch())
        next(loop)
        assert exchange.second_was_asked.wait(PATIENCE)

        loop.close()

        # The loop is over before the page is received; the thread ends when it is.
        assert list(loop) == []
        assert len(in_background()) == 1
        answer.set()
        settle()
        assert not in_background()

    def test_a_loop_that_is_left_frees_the_prefetched_page(
        self, watched: Watched, client: StubClient, exchange: Slow
    ) -> None:
        answer = exchange.hold_back_the_second()
        loop = iter(client.accounts.prefetch())
        next(loop)
        assert exchange.second_was_asked.wait(PATIENCE)

        del loop
        answer.set()
        settle()

        # The list keeps its first page, for indexes.
        assert len(watched) == 10

    def test_loops_over_the_same_list_are_independent(self, accounts: AccountList, exchange: Slow) -> None:
        ahead = accounts.prefetch()

        pairs = [(one.username, other.username) for one, other in zip(ahead, ahead, strict=True)]

        assert pairs == list(zip(ALL_NAMES, ALL_NAMES, strict=True))
        assert exchange.count == 6

    def test_a_loop_holds_one_page_more_than_a_plain_one(self, watched: Watched, client: StubClient) -> None:
        """Both also keep their first page for indexes."""

        def most_alive(accounts: AccountList) -> int:
            most = 0
            for each in accounts:
                settle()
                most = max(most, len(watched) if each else 0)
            del each
            accounts._window = None
            assert len(watched) == 0
            return most

        assert most_alive(client.accounts) == 20
        assert most_alive(client.accounts.prefetch()) == 30


class TestFailure:
    @pytest.fixture
    def refusal(self, exchange: Slow) -> Error:
        """The answer of the service instead of the second page."""
        refusal = Error({"status": 429, "code": 429, "message": "too many"})
        whole = exchange._answers["GET", PATH]

        def page(query: Any, data: Any) -> Any:
            if "offset" in query or "after" in query:
                raise refusal
            assert callable(whole)
            return whole(query, data)

        exchange.answers("GET", PATH, page)
        return refusal

    @pytest.fixture
    def accounts(self, client: StubClient, exchange: Slow) -> AccountList:
        exchange.lists(PATH, [account_json(key) for key in ALL_NAMES], cursor=True)
        return client.directories.get("d1").accounts

    def test_an_error_is_raised_where_the_page_is_needed(
        self, accounts: AccountList, refusal: Error, exchange: Slow
    ) -> None:
        loop = iter(accounts.prefetch())

        assert names(islice(loop, 100)) == ALL_NAMES[:100]
        with pytest.raises(Error) as raised:
            next(loop)

        assert raised.value is refusal
        assert list(loop) == []
        assert exchange.count == 2

    def test_an_error_is_ignored_when_the_page_is_not_needed(
        self, accounts: AccountList, refusal: Error, exchange: Slow
    ) -> None:
        assert names(islice(accounts.prefetch(), 100)) == ALL_NAMES[:100]

        settle()

        assert exchange.count == 2

    def test_a_handled_error_is_freed(self, watched: Watched, client: StubClient) -> None:
        """An error refers to every frame that it passed, and these refer to their pages."""
        watched.ends_at = 20

        for accounts in (client.accounts, client.accounts.prefetch()):
            with suppress(Error):
                list(accounts)
            accounts._window = None

            assert len(watched) == len(watched.refusals) == 0


class TestWritesWhileAPageIsRequested:
    """The page has the old state, which must not be cached."""

    @pytest.fixture
    def accounts(self, client: StubClient, exchange: Slow) -> AccountList:
        all_accounts = [account_json(key) for key in ALL_NAMES]
        exchange.lists(PATH, all_accounts)
        exchange.answers("POST", "/accounts/a150", {**all_accounts[150], "surname": "Byron"})
        exchange.answers("DELETE", "/accounts/a150", {})
        return client.directories.get("d1").accounts

    def on_its_way(self, accounts: AccountList, exchange: Slow) -> Iterator[Account]:
        exchange.hold_back_the_second()
        loop = iter(accounts.prefetch())
        next(loop)
        assert exchange.second_was_asked.wait(PATIENCE)
        return loop

    def test_the_page_does_not_overwrite_a_saved_item_in_the_cache(
        self, client: StubClient, accounts: AccountList, exchange: Slow
    ) -> None:
        loop = self.on_its_way(accounts, exchange)

        saved = client.accounts.get("a150")
        saved.surname = "Byron"
        saved.save()
        exchange.second_may_answer.set()
        assert len(list(loop)) == 229

        assert client.accounts.get("a150").surname == "Byron"

    def test_the_page_does_not_put_a_deleted_item_into_the_cache(
        self, client: StubClient, accounts: AccountList, exchange: Slow
    ) -> None:
        loop = self.on_its_way(accounts, exchange)

        client.accounts.get("a150").delete()
        exchange.second_may_answer.set()
        assert len(list(loop)) == 229

        with pytest.raises(Error):
            _ = client.accounts.get("a150").surname

    def test_an_item_deleted_while_the_page_is_cached_is_not_in_the_cache(
        self, client: StubClient, accounts: AccountList
    ) -> None:
        class Overtaken(MemoryStore):
            """A store into which a page is put just after one of its items was deleted."""

            def put_many(self, entries: Any) -> None:
                if any(key.endswith("/a150") for key, _ in entries):
                    store.delete_resource("/accounts/a150")
                super().put_many(entries)

        store = client.data_store = DataStore(client.data_store.executor, {"store": Overtaken})

        assert len(names(accounts)) == 230

        with pytest.raises(Error):
            _ = client.accounts.get("a150").surname

    def test_without_a_write_the_page_is_cached(
        self, client: StubClient, accounts: AccountList, exchange: Slow
    ) -> None:
        loop = self.on_its_way(accounts, exchange)

        exchange.second_may_answer.set()
        assert len(list(loop)) == 229
        exchange.clear()

        assert client.accounts.get("a150").surname == "King"
        assert exchange.count == 0


class TestList:
    def test_prefetch_does_not_change_its_list(self, accounts: AccountList, exchange: Slow) -> None:
        accounts.prefetch()

        assert len(names(accounts)) == 230
        assert set(exchange.threads) == {threading.current_thread()}

    def test_a_prefetching_list_equals_the_plain_one(self, accounts: AccountList, exchange: Slow) -> None:
        assert accounts.prefetch() == accounts
        assert accounts.prefetch()[3:] == accounts[3:]
        assert accounts.prefetch()[3:] != accounts
        assert hash(accounts.prefetch()) == hash(accounts)
        assert repr(accounts.prefetch()) == repr(accounts)
        assert exchange.count == 0

    @pytest.mark.parametrize(
        "narrow",
        [
            lambda each: each.query(given_name="ada"),
            lambda each: each.search("ada"),
            lambda each: each.search({"surname": "King"}),
            lambda each: each.order("email"),
            lambda each: each[0:],
            lambda each: each[:-1],
            lambda each: each[::-2],
            lambda each: each.prefetch(),
        ],
        ids=["query", "text", "search", "order", "slice", "negative slice", "backwards", "again"],
    )
    def test_narrowed_lists_prefetch_too(
        self, client: StubClient, exchange: Slow, narrow: Callable[[AccountList], AccountList]
    ) -> None:
        exchange.answers("GET", "/accounts", pages_of(100, 230))

        assert len(names(narrow(client.accounts.prefetch()))) >= 115

        mine, *others = exchange.threads
        assert mine is threading.current_thread()
        assert len(others) == len({*others, mine}) - 1 == 2

    def test_prefetch_keeps_query_slices_and_expansion(self, client: StubClient, exchange: Slow) -> None:
        exchange.lists("/accounts", [account_json(key) for key in ALL_NAMES])
        whole = AccountList(client, href=f"{BASE}/accounts", expand=Expansion("custom_data"))

        assert names(whole.query(given_name="ada")[20:].prefetch()[90:]) == ALL_NAMES[110:]

        asked = [query for _, _, query, _ in exchange.requests]
        assert [each["offset"] for each in asked] == [110, 210]
        assert {(each["givenName"], each["expand"]) for each in asked} == {("ada", "customData")}

    def test_a_loop_starts_with_the_expanded_page(self, client: StubClient, exchange: Slow) -> None:
        groups = {"href": f"{BASE}/applications", "offset": 0, "limit": 2, "size": 2}
        items = [{"href": f"{BASE}/applications/p{number}", "name": f"p{number}"} for number in range(2)]
        whole = ApplicationList(client, properties={**groups, "items": items})

        assert [each.name for each in whole.prefetch()] == ["p0", "p1"]
        assert [each.name for each in whole] == ["p0", "p1"]

        assert exchange.count == 0
        assert isinstance(whole[0], Application)

    BOUND = st.none() | st.integers(-40, 40)

    @given(
        size=st.integers(0, 30),
        slices=st.lists(
            st.builds(slice, BOUND, BOUND, st.none() | st.sampled_from([-3, -1, 1, 2])), max_size=3
        ),
        page_size=st.integers(1, 9),
    )
    def test_a_prefetching_list_has_the_same_items_and_requests(
        self, size: int, slices: list[slice], page_size: int
    ) -> None:
        exchange = Exchange()
        exchange.answers("GET", "/accounts", pages_of(page_size, size))
        plain = StubClient(exchange).accounts
        ahead = plain.prefetch()
        for each in slices:
            plain, ahead = plain[each], ahead[each]

        expected, asked = names(plain), list(exchange.requests)
        exchange.clear()

        assert names(ahead) == expected
        assert exchange.requests == asked


def pages_of(page_size: int, size: int) -> Answer:
    """Return the answers of a service with a fixed page size, independent of the limit requested."""

    def page(query: Any, data: Any) -> dict[str, Any]:
        offset = int(query.get("offset", 0))
        limit = min(page_size, int(query["limit"]))
        items = [account_json(f"a{n}") for n in range(offset, min(size, offset + limit))]
        return {"offset": offset, "limit": limit, "size": size, "items": items}

    return page


class TestBackgroundCall:
    def test_the_result_of_the_call_is_returned(self) -> None:
        assert BackgroundCall(lambda: 7)() == 7

    def test_a_call_without_a_thread_is_made_when_it_is_needed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class NoMore(threading.Thread):
            def start(self) -> None:
                raise RuntimeError("can't start new thread")

        monkeypatch.setattr(prefetch_module, "Thread", NoMore)

        assert BackgroundCall(threading.current_thread)() is threading.current_thread()

    def test_a_call_whose_thread_a_fork_left_behind_is_made_when_it_is_needed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In the child of a fork, the thread counts as ended, and has done nothing."""

        class LeftBehind(threading.Thread):
            def run(self) -> None:
                pass

        monkeypatch.setattr(prefetch_module, "Thread", LeftBehind)

        assert BackgroundCall(threading.current_thread)() is threading.current_thread()

    def test_any_exception_of_the_call_is_raised(self) -> None:
        def leave() -> None:
            raise SystemExit(3)

        with pytest.raises(SystemExit):
            BackgroundCall(leave)()
