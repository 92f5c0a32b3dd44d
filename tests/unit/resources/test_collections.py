"""Collections: reading, narrowing and creating, and the requests for each."""

from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath.error import Error
from stormpath.resources import (
    Account,
    AccountList,
    Application,
    CollectionResource,
    Directory,
    Expansion,
    Group,
    Resource,
)
from unit.resources.exchange import BASE, Exchange, StubClient, account_json, group_json, link


def accounts_of(count: int) -> list[dict[str, Any]]:
    return [account_json(f"a{number}") for number in range(count)]


@pytest.fixture(params=["cursor", "offset"])
def by_cursor(request: pytest.FixtureRequest) -> bool:
    """Whether the service returns a ``next`` link, or callers page by offset."""
    return bool(request.param == "cursor")


@pytest.fixture
def accounts(client: StubClient, exchange: Exchange, by_cursor: bool) -> AccountList:
    """A directory's 230 accounts."""
    exchange.lists("/directories/d1/accounts", accounts_of(230), cursor=by_cursor)
    return client.directories.get("d1").accounts


def names(items: Any) -> list[str]:
    return [item.username for item in items]


class TestLoop:
    def test_a_loop_requests_the_largest_pages(self, accounts: AccountList, exchange: Exchange) -> None:
        seen = [account.username for account in accounts]

        assert seen == [f"a{number}" for number in range(230)]
        assert exchange.count == 3
        assert {int(query["limit"]) for _, _, query, _ in exchange.requests} == {100}

    def test_a_loop_starts_anew_each_time(self, accounts: AccountList, exchange: Exchange) -> None:
        for _ in range(2):
            assert len([account for account in accounts]) == 230

        assert exchange.count == 6

    def test_items_of_a_page_are_read_without_a_request(
        self, accounts: AccountList, exchange: Exchange
    ) -> None:
        for account in islice(accounts, 100):
            assert account.email
            assert account.created_at
            assert account.directory.href
            assert account.is_enabled()

        assert exchange.count == 1

    def test_a_loop_that_is_left_early_changes_nothing(
        self, accounts: AccountList, exchange: Exchange
    ) -> None:
        next(islice(accounts, 150, None))
        exchange.clear()

        assert accounts.limit == 25
        assert accounts.size == 230
        assert len(accounts.items) == 25
        assert exchange.requests == [("GET", "/directories/d1/accounts", {}, None)]

    def test_loops_over_one_list_may_be_nested(self, accounts: AccountList) -> None:
        pairs = sum(1 for _ in accounts for _ in islice(accounts, 2))

        assert pairs == 460

    def test_a_loop_shares_its_first_page_with_the_length_that_list_asks_for(
        self, accounts: AccountList, exchange: Exchange
    ) -> None:
        for collect in (list, tuple, sorted_by_name, lambda c: [*c]):
            exchange.clear()
            assert len(collect(accounts)) == 230
            assert exchange.count == 3

    def test_a_loop_advances_by_the_number_of_items_received(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        """An old service, or a stand-in, may return fewer items than requested."""
        items = accounts_of(60)

        def pages_of_25(query: Any, data: Any) -> dict[str, Any]:
            offset = int(query.get("offset", 0))
            return {"offset": offset, "limit": 25, "size": 60, "items": items[offset : offset + 25]}

        exchange.answers("GET", "/accounts", pages_of_25)

        assert names(client.accounts) == [f"a{number}" for number in range(60)]
        assert [query.get("offset", 0) for _, _, query, _ in exchange.requests] == [0, 25, 50]

    def test_a_loop_ends_at_a_short_page_even_if_the_size_is_larger(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.answers("GET", "/accounts", {"limit": 25, "size": 99, "items": accounts_of(2)})

        assert names(client.accounts) == ["a0", "a1"]
        assert exchange.count == 1

    def test_a_loop_over_an_empty_list_makes_one_request(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.lists("/accounts", [])

        assert list(client.accounts) == []
        assert not client.accounts
        assert exchange.count == 2

    def test_all_pages_are_requested_with_the_expansion(
        self, accounts: AccountList, exchange: Exchange
    ) -> None:
        expanded = type(accounts)(accounts._client, href=accounts.href, expand=Expansion("custom_data"))

        for narrowed in (expanded, expanded.query(given_name="Ada"), expanded.order("email")):
            exchange.clear()
            assert len(list(narrowed)) == 230
            assert [query["expand"] for _, _, query, _ in exchange.requests] == ["customData"] * 3

    @pytest.mark.parametrize("expand", ["custom_data", Expansion("custom_data")])
    def test_a_query_may_contain_an_expansion(
        self, accounts: AccountList, exchange: Exchange, expand: Any
    ) -> None:
        list(accounts.query(expand=expand, limit=1))

        assert exchange.last[2]["expand"] == "customData"

    def test_a_store_without_get_page_can_be_looped_over(self, exchange: Exchange) -> None:
        class Store:
            asked: list[Any]

            def __init__(self) -> None:
                self.asked = []

            def get_resource(self, href: str, params: Any = None) -> Any:
                self.asked.append((href, params))
                return {"limit": 100, "size": 1, "items": [account_json()]}

        class Client:
            BASE_URL = BASE
            data_store = Store()

        assert names(AccountList(Client(), href="/accounts")) == ["a1"]  # type: ignore[arg-type] # the least there can be
        assert Client.data_store.asked == [("/accounts", {"limit": 100})]


def sorted_by_name(accounts: AccountList) -> list[Account]:
    return sorted(accounts, key=lambda account: account.username)


class TestLength:
    def test_the_length_is_the_size_of_the_whole_list_and_one_request(
        self, accounts: AccountList, exchange: Exchange
    ) -> None:
        assert len(accounts) == 230
        assert exchange.count == 1

    def test_the_length_is_requested_each_time(self, client: StubClient, exchange: Exchange) -> None:
        exchange.lists("/accounts", accounts_of(2))
        assert len(client.accounts) == 2

        exchange.lists("/accounts", accounts_of(3))

        assert len(client.accounts) == 3

    def test_the_length_is_the_size_even_with_a_limit(self, accounts: AccountList) -> None:
        assert len(accounts.query(limit=10)) == 230

    def test_length_and_truth_share_their_page_with_an_index(
        self, accounts: AccountList, exchange: Exchange
    ) -> None:
        if accounts:
            assert accounts[0].username == "a0"

        assert exchange.count == 1


class TestIndex:
    def test_an_index_may_be_beyond_the_first_page(self, accounts: AccountList, exchange: Exchange) -> None:
        assert accounts[229].username == "a229"
        assert exchange.count == 1

    def test_indexing_every_item_costs_one_request_a_page(
        self, accounts: AccountList, exchange: Exchange
    ) -> None:
        seen = [accounts[number].username for number in range(len(accounts))]

        assert seen == [f"a{number}" for number in range(230)]
        assert exchange.count == 3

    def test_a_negative_index_counts_from_the_end(self, accounts: AccountList) -> None:
        assert accounts[-1].username == "a229"
        assert accounts[-230].username == "a0"

    @pytest.mark.parametrize("index", [230, 1000, -231])
    def test_an_index_outside_of_the_list_is_an_index_error(self, accounts: AccountList, index: int) -> None:
        with pytest.raises(IndexError):
            accounts[index]

    def test_an_index_gives_the_same_object_until_the_page_is_loaded_again(
        self, accounts: AccountList
    ) -> None:
        first = accounts[0]

        assert accounts[0] is first
        assert len(accounts) == 230
        assert accounts[0] is not first

    def test_a_text_as_index_is_an_id(self, client: StubClient, exchange: Exchange) -> None:
        assert client.accounts["a1"] == client.accounts.get("a1")
        assert exchange.count == 0

    def test_an_index_of_another_type_is_a_type_error(self, client: StubClient) -> None:
        with pytest.raises(TypeError):
            client.accounts[1.5]  # type: ignore[call-overload] # that is the point

    def test_an_index_in_a_list_with_a_limit_is_within_that_page(
        self, accounts: AccountList, exchange: Exchange
    ) -> None:
        window = accounts.query(offset=10, limit=5)

        assert (window[0].username, window[-1].username) == ("a10", "a14")
        with pytest.raises(IndexError):
            window[5]
        assert exchange.count == 1


class TestSlice:
    def test_a_slice_is_lazy(self, accounts: AccountList, exchange: Exchange) -> None:
        part = accounts[5:15]

        assert type(part) is AccountList
        assert exchange.count == 0
        assert names(part) == [f"a{number}" for number in range(5, 15)]
        assert exchange.requests == [("GET", "/directories/d1/accounts", {"offset": 5, "limit": 10}, None)]

    def test_a_slice_and_its_length_cost_one_request(self, accounts: AccountList, exchange: Exchange) -> None:
        part = accounts[5:15]

        assert len(part) == 10
        assert names(part)[0] == "a5"
        assert exchange.count == 1

    def test_an_empty_slice_costs_no_request(self, accounts: AccountList, exchange: Exchange) -> None:
        assert len(accounts[5:5]) == 0
        assert list(accounts[7:3]) == []
        assert exchange.count == 0

    def test_a_slice_may_span_pages(self, accounts: AccountList, exchange: Exchange) -> None:
        assert names(accounts[50:210]) == [f"a{number}" for number in range(50, 210)]
        assert exchange.count == 2

    def test_a_slice_does_not_change_the_list(self, accounts: AccountList) -> None:
        assert len(accounts[5:15]) == 10
        assert len(accounts) == 230

    def test_a_slice_of_a_list_with_a_limit_is_within_that_page(self, accounts: AccountList) -> None:
        assert names(accounts.query(offset=10, limit=5)[1:9]) == ["a11", "a12", "a13", "a14"]

    def test_a_slice_can_be_searched(self, accounts: AccountList, exchange: Exchange) -> None:
        assert names(accounts[0:3].query(username="a7")) == ["a7"]

    def test_a_slice_can_be_indexed(self, accounts: AccountList) -> None:
        assert accounts[5:15][2].username == "a7"
        assert accounts[5:15][-1].username == "a14"
        assert accounts[120:][105].username == "a225"
        with pytest.raises(IndexError):
            accounts[5:15][10]

    def test_a_slice_requests_no_more_than_it_contains(
        self, accounts: AccountList, exchange: Exchange
    ) -> None:
        assert len(names(accounts[:150])) == 150
        assert names(accounts[100:150]) == [f"a{number}" for number in range(100, 150)]

        assert [int(query["limit"]) for _, _, query, _ in exchange.requests] == [100, 50, 50]

    def test_a_limit_or_offset_of_a_slice_counts_from_its_start(self, accounts: AccountList) -> None:
        assert names(accounts[10:20].query(limit=3)) == ["a10", "a11", "a12"]
        assert names(accounts[10:20].query(offset=8)) == ["a18", "a19"]
        assert len(accounts[10:].query(offset=5, limit=150)) == 150
        assert names(accounts[10:].query(offset=5, limit=150))[::149] == ["a15", "a164"]

    BOUND = st.none() | st.integers(-40, 40)

    @given(
        size=st.integers(0, 30),
        slices=st.lists(st.builds(slice, BOUND, BOUND, st.none() | st.sampled_from([-3, -2, -1, 1, 2, 3]))),
        by_length_first=st.booleans(),
    )
    def test_a_slice_has_the_items_of_the_same_slice_of_a_python_list(
        self, size: int, slices: list[slice], by_length_first: bool
    ) -> None:
        exchange = Exchange()
        exchange.lists("/accounts", accounts_of(size))
        here: Any = StubClient(exchange).accounts
        there = [f"a{number}" for number in range(size)]
        for each in slices:
            here, there = here[each], there[each]

        if by_length_first:
            assert len(here) == len(there)
        assert names(here) == there
        assert len(here) == len(there)
        for index in range(-len(there), len(there)):
            assert here[index].username == there[index]

    def test_reversed_yields_the_items_from_the_end(self, accounts: AccountList) -> None:
        assert names(reversed(accounts)) == [f"a{number}" for number in reversed(range(230))]


class TestMembership:
    def test_a_loaded_object_is_found_in_one_request(
        self, accounts: AccountList, client: StubClient, exchange: Exchange
    ) -> None:
        inside = Account(client, properties=account_json("a220"))
        outside = Account(client, properties=account_json("b1"))

        assert inside in accounts
        assert exchange.count == 1
        assert outside not in accounts
        assert exchange.count == 2

    def test_an_unloaded_object_is_found_in_a_short_list_in_one_request(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.lists("/groups/g1/accounts", accounts_of(60))
        accounts = client.groups.get("g1").accounts

        assert client.accounts.get("a59") in accounts
        assert f"{BASE}/accounts/a59" in accounts
        assert "/accounts/a59" in accounts
        assert exchange.count == 3
        assert client.accounts.get("b1") not in accounts
        assert exchange.count == 4

    def test_an_unloaded_object_is_found_in_a_long_list_in_three_requests(
        self, accounts: AccountList, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.answers("GET", "/accounts/a220", account_json("a220"))

        assert f"{BASE}/accounts/a220" in accounts
        assert exchange.count == 3

    def test_a_deleted_object_is_not_in_the_list(self, accounts: AccountList) -> None:
        assert f"{BASE}/accounts/gone" not in accounts

    def test_other_refusals_are_raised(self, accounts: AccountList, exchange: Exchange) -> None:
        def fail(query: Any, data: Any) -> Any:
            raise Error({"status": 500})

        exchange.answers("GET", "/accounts/a220", fail)

        with pytest.raises(Error):
            assert f"{BASE}/accounts/a220" in accounts

    @pytest.mark.parametrize("other", ["nobody", 7, None])
    def test_an_object_of_another_type_is_not_in_the_list_without_a_request(
        self, accounts: AccountList, exchange: Exchange, other: Any
    ) -> None:
        assert other not in accounts
        assert exchange.count == 0

    def test_another_kind_or_a_new_object_is_not_in_the_list_without_a_request(
        self, accounts: AccountList, client: StubClient, exchange: Exchange
    ) -> None:
        assert client.groups.get("g1") not in accounts
        assert Account(client, properties={}) not in accounts
        assert exchange.count == 0

    def test_a_plain_resource_is_found_by_its_href(self, accounts: AccountList, client: StubClient) -> None:
        assert Resource(client, href=f"{BASE}/accounts/a7") in accounts

    def test_an_object_is_searched_in_a_slice_page_by_page(
        self, accounts: AccountList, client: StubClient
    ) -> None:
        account = Account(client, properties=account_json("a7"))

        assert account in accounts[5:10]
        assert account not in accounts[10:20]
        assert account in accounts.query(offset=5, limit=5)


class TestNarrowing:
    def test_narrowing_makes_a_new_list_and_does_not_change_the_old_one(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.lists("/accounts", accounts_of(3))
        found = client.accounts.query(username="a1")
        further = found.query(email="a1@example.org")
        found.query(email="other")

        assert names(further) == ["a1"]
        assert names(found) == ["a1"]
        assert names(client.accounts) == ["a0", "a1", "a2"]
        assert [
            {key: value for key, value in query.items() if key != "limit"}
            for _, _, query, _ in exchange.requests
        ] == [{"username": "a1", "email": "a1@example.org"}, {"username": "a1"}, {}]

    def test_a_search_takes_text_or_attributes(self, client: StubClient) -> None:
        assert client.accounts.search("ada")._query == {"q": "ada"}
        assert client.accounts.search({"given_name": "A*", "surname": "K"})._query == {
            "givenName": "A*",
            "surname": "K",
        }
        assert client.accounts.search({"customData.foo_bar": 1})._query == {"customData.foo_bar": 1}

    def test_an_order_is_sent_in_wire_spelling(self, client: StubClient) -> None:
        wanted = {"orderBy": "givenName desc,createdAt"}

        assert client.accounts.order("given_name desc,created_at")._query == wanted
        assert client.accounts.query(order_by="given_name desc,created_at")._query == wanted

    def test_values_of_a_query_are_not_converted_until_they_are_sent(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.lists("/accounts", [])
        moment = datetime(2016, 3, 18, 10, tzinfo=UTC)
        found = client.accounts.query(created_at=moment, enabled=True, modified_at="[2015,]")

        assert found._query == {"createdAt": moment, "enabled": True, "modifiedAt": "[2015,]"}
        assert list(found) == []
        assert exchange.last[2] == {
            "createdAt": "2016-03-18T10:00:00+00:00",
            "enabled": True,
            "modifiedAt": "[2015,]",
            "limit": 100,
        }

    def test_a_limit_or_offset_selects_one_page(self, accounts: AccountList, exchange: Exchange) -> None:
        assert names(accounts.query(limit=3)) == ["a0", "a1", "a2"]
        assert len(names(accounts.query(offset=200))) == 25
        assert [query for _, _, query, _ in exchange.requests] == [{"limit": 3}, {"offset": 200}]

    def test_differently_narrowed_lists_are_not_equal(self, client: StubClient, exchange: Exchange) -> None:
        accounts = client.accounts

        assert accounts.query(q="a") == accounts.query(q="a")
        assert accounts.query(q="a") != accounts
        assert accounts[1:2] == accounts[1:2]
        assert accounts[1:2] != accounts[1:3]
        assert len({accounts, AccountList(client, href="/accounts")}) == 1
        assert exchange.count == 0


class TestLimitBeyondAPage:
    """The service has pages of 100 at most, so a larger limit takes several."""

    def test_a_loop_yields_as_many_items_as_the_limit_says(
        self, accounts: AccountList, exchange: Exchange
    ) -> None:
        assert names(accounts.query(limit=150)) == [f"a{number}" for number in range(150)]
        assert [int(query["limit"]) for _, _, query, _ in exchange.requests] == [100, 50]

    @pytest.mark.parametrize(
        ("window", "first", "count", "requests"),
        [
            ({"limit": 100}, 0, 100, 1),
            ({"limit": 101}, 0, 101, 2),
            ({"limit": "150"}, 0, 150, 2),
            ({"limit": 200}, 0, 200, 2),
            ({"limit": 150, "offset": 50}, 50, 150, 2),
            ({"limit": 150, "offset": "150"}, 150, 80, 1),
            ({"limit": 1000}, 0, 230, 3),
            ({"limit": 1000, "offset": 230}, 230, 0, 1),
        ],
    )
    def test_the_items_start_at_the_offset_and_end_with_the_collection(
        self, accounts: AccountList, exchange: Exchange, window: Any, first: int, count: int, requests: int
    ) -> None:
        assert names(accounts.query(**window)) == [f"a{number}" for number in range(first, first + count)]
        assert exchange.count == requests

    def test_a_list_made_of_it_shares_the_page_of_its_length(
        self, accounts: AccountList, exchange: Exchange
    ) -> None:
        assert len(list(accounts.query(limit=150))) == 150
        assert exchange.count == 2

    def test_limit_and_size_are_those_of_the_service(self, accounts: AccountList) -> None:
        page = accounts.query(limit=150)

        assert (page.limit, page.size, len(page.items), len(page)) == (100, 230, 100, 230)
        assert len(names(page)) == 150

    def test_an_index_is_within_the_limit(self, accounts: AccountList, exchange: Exchange) -> None:
        window = accounts.query(limit=150, offset=20)

        assert (window[0].username, window[149].username) == ("a20", "a169")
        assert window[-1].username == "a169"
        assert exchange.count == 2
        with pytest.raises(IndexError):
            window[150]

    def test_a_slice_is_within_the_limit(self, accounts: AccountList) -> None:
        assert names(accounts.query(limit=150)[140:200]) == [f"a{number}" for number in range(140, 150)]
        assert names(accounts.query(limit=150)[-2:]) == ["a148", "a149"]

    def test_it_is_kept_by_an_order_a_search_and_an_expansion(
        self, accounts: AccountList, exchange: Exchange
    ) -> None:
        narrowed = accounts.query(limit=150).order("username").search({"surname": "King"})

        assert len(names(narrowed.query(expand="directory"))) == 150
        assert {query["expand"] for _, _, query, _ in exchange.requests} == {"directory"}
        assert names(accounts.query(limit=150).query(limit=2)) == ["a0", "a1"]

    def test_it_is_kept_by_prefetching(self, accounts: AccountList, exchange: Exchange) -> None:
        assert len(names(accounts.query(limit=150).prefetch())) == 150
        assert exchange.count == 2

    def test_it_applies_to_a_list_made_with_a_query(
        self, accounts: AccountList, client: StubClient, exchange: Exchange
    ) -> None:
        made = AccountList(client, href=accounts.href, query={"limit": 120})

        assert len(names(made)) == 120
        assert made == accounts.query(limit=120)

    def test_membership_is_within_the_limit(self, accounts: AccountList, client: StubClient) -> None:
        assert client.accounts.get("a149") in accounts.query(limit=150)
        assert client.accounts.get("a150") not in accounts.query(limit=150)

    @pytest.mark.parametrize("limit", [-1, 0, 1.5, "x", "", "9" * 5000, True])
    def test_a_limit_that_is_no_number_is_left_to_the_service(
        self, client: StubClient, exchange: Exchange, limit: Any
    ) -> None:
        exchange.answers("GET", "/accounts", {"limit": 25, "size": 0, "items": []})
        list(client.accounts.query(limit=limit))

        assert exchange.last[2] == {"limit": limit}


class TestAttributes:
    def test_limit_offset_and_items_are_those_of_the_plain_page(
        self, accounts: AccountList, exchange: Exchange
    ) -> None:
        assert (accounts.limit, accounts.offset, accounts.size) == (25, 0, 230)
        assert [type(item) for item in accounts.items] == [Account] * 25
        assert accounts.items[0] is accounts.items[0]
        assert accounts.href == f"{BASE}/directories/d1/accounts"
        assert exchange.requests == [("GET", "/directories/d1/accounts", {}, None)]

    def test_attributes_of_a_list_cannot_be_set(self, accounts: AccountList) -> None:
        for name in accounts.readonly_attrs:
            with pytest.raises(AttributeError):
                setattr(accounts, name, 1)

    def test_a_refresh_fetches_the_attributes_again(self, client: StubClient, exchange: Exchange) -> None:
        exchange.lists("/accounts", accounts_of(2))
        assert client.accounts.size == 2
        exchange.lists("/accounts", accounts_of(3))

        client.accounts.refresh()

        assert client.accounts.size == 3
        assert len(client.accounts.items) == 3

    def test_the_json_of_a_list_has_its_attributes(self, client: StubClient, exchange: Exchange) -> None:
        import json

        exchange.lists("/accounts", accounts_of(1))
        assert client.accounts.size == 1

        held = json.loads(client.accounts.to_json())

        assert held["size"] == 1
        assert held["items"][0]["given_name"] == "Ada"
        assert held["items"][0]["directory"] == link("/directories/d1")


class TestExpandedCollection:
    @pytest.fixture
    def groups(self, client: StubClient, exchange: Exchange) -> Any:
        items = [group_json(f"g{number}") for number in range(30)]
        exchange.lists("/accounts/a1/groups", items, cursor=True)
        page = {
            **link("/accounts/a1/groups"),
            "offset": 0,
            "limit": 25,
            "size": 30,
            "items": items[:25],
            "next": link("/accounts/a1/groups?limit=25&after=25"),
        }
        return Account(client, properties=account_json(groups=page)).groups

    def test_an_expanded_list_is_used_once_without_a_request(self, groups: Any, exchange: Exchange) -> None:
        assert len(groups) == 30
        assert groups[24].name == "g24"
        assert groups.size == 30
        assert [group.name for group in islice(groups, 25)][-1] == "g24"
        assert exchange.count == 0

        assert len(list(groups)) == 30
        assert exchange.count == 1

    def test_a_loop_continues_after_the_expanded_page_with_the_largest_pages(
        self, groups: Any, exchange: Exchange
    ) -> None:
        assert [group.name for group in groups] == [f"g{number}" for number in range(30)]
        assert [query for _, _, query, _ in exchange.requests] == [{"offset": 25, "limit": 100}]


class TestLookup:
    @pytest.mark.parametrize(
        "reference",
        [f"{BASE}/accounts/a1", "/accounts/a1", "accounts/a1", "a1"],
    )
    def test_get_takes_every_form_of_an_href_and_the_id(
        self, client: StubClient, exchange: Exchange, reference: str
    ) -> None:
        for accounts in (
            client.accounts,
            client.directories.get("d1").accounts,
            client.accounts.query(q="x"),
        ):
            assert accounts.get(reference).href == f"{BASE}/accounts/a1"
        assert exchange.count == 0

    def test_an_id_leads_to_the_path_of_its_kind(self, client: StubClient) -> None:
        application = client.applications.get("p1")

        assert application.href == f"{BASE}/applications/p1"
        assert application.groups.get("g1").href == f"{BASE}/groups/g1"
        assert application.account_store_mappings.get("m1").href == f"{BASE}/accountStoreMappings/m1"
        assert client.group_memberships.get("m1").href == f"{BASE}/groupMemberships/m1"

    def test_an_id_of_items_without_a_path_of_their_own_stays_below_the_list(
        self, client: StubClient
    ) -> None:
        attempts = client.applications.get("p1").login_attempts

        assert attempts.get("x")._href == f"{BASE}/applications/p1/loginAttempts/x"

    def test_a_foreign_href_is_left_to_the_executor(self, client: StubClient) -> None:
        assert client.accounts.get("https://evil.example/a").href == "https://evil.example/a"

    def test_get_passes_the_expansion(self, client: StubClient, exchange: Exchange) -> None:
        exchange.answers("GET", "/accounts/a1", account_json())

        assert client.accounts.get("a1", expand=Expansion("custom_data")).email

        assert exchange.last[2] == {"expand": "customData"}


class TestCreation:
    @pytest.fixture
    def directory(self, client: StubClient, exchange: Exchange) -> Directory:
        exchange.answers("POST", "/directories/d1/accounts", lambda query, data: account_json(**data))
        return client.directories.get("d1")

    @pytest.mark.parametrize("key", ["given_name", "givenName"])
    def test_create_takes_attributes_in_either_spelling(
        self, directory: Directory, exchange: Exchange, key: str
    ) -> None:
        account = directory.accounts.create({key: "Eve", "password": "secret"})

        assert account.given_name == "Eve"
        assert exchange.requests == [
            ("POST", "/directories/d1/accounts", {}, {"givenName": "Eve", "password": "secret"})
        ]

    def test_create_leaves_out_read_only_attributes(self, directory: Directory, exchange: Exchange) -> None:
        directory.accounts.create({"email": "x", "fullName": "x", "shoe_size": 4, "href": "x"})

        assert exchange.last[3] == {"email": "x"}

    def test_a_created_object_needs_no_further_request(
        self, directory: Directory, exchange: Exchange, client: StubClient
    ) -> None:
        account = directory.accounts.create({"email": "eve@example.org"})

        assert account.email == "eve@example.org"
        assert account.is_enabled()
        assert "href" in account.keys()  # noqa: SIM118 - the listing is meant
        assert client.accounts.get("a1").email == "eve@example.org"
        assert exchange.count == 1

    def test_a_created_account_stays_a_new_account(self, directory: Directory, exchange: Exchange) -> None:
        exchange.answers("GET", "/accounts/a1", account_json())
        account = directory.accounts.create({"email": "eve@example.org"})
        assert account.is_new_account

        account.refresh()

        assert account.sp_http_status == 200
        assert account.is_new_account
        assert not directory._client.accounts.get("a1").is_new_account

    def test_create_sends_custom_data_unchanged(self, directory: Directory, exchange: Exchange) -> None:
        data = {"favourite_color": "red", "nested_keys": {"a_b": [1, None, {"c_d": 2}]}}

        directory.accounts.create({"email": "x", "custom_data": data})

        assert exchange.last[3] == {"email": "x", "customData": data}

    def test_create_copies_the_custom_data_of_another_resource(
        self, directory: Directory, exchange: Exchange, client: StubClient
    ) -> None:
        exchange.holds("/groups/g1/customData", createdAt="2026-01-01T00:00:00Z", rank=1)

        directory.accounts.create({"email": "x", "custom_data": client.groups.get("g1").custom_data})

        assert exchange.last[3] == {"email": "x", "customData": {"rank": 1}}

    def test_create_sends_links_as_hrefs(self, client: StubClient, exchange: Exchange) -> None:
        made = {**link("/accountStoreMappings/m1"), "listIndex": 0}
        exchange.answers("POST", "/accountStoreMappings", made)
        application, directory = client.applications.get("p1"), client.applications.get("/directories/d1")
        body = {
            "application": link("/applications/p1"),
            "accountStore": link("/directories/d1"),
            "listIndex": 0,
            "isDefaultAccountStore": False,
        }

        for store in (directory, directory.href, {"href": directory.href}):
            mapping = application.account_store_mappings.create(
                {
                    "application": application,
                    "account_store": store,
                    "list_index": 0,
                    "is_default_account_store": False,
                }
            )
            assert exchange.last == ("POST", "/accountStoreMappings", {}, body)
        assert mapping.list_index == 0

    def test_create_sends_only_the_writable_attributes_of_an_object(self, client: StubClient) -> None:
        from stormpath.resources import AccountStoreMapping

        assert AccountStoreMapping._body_from({"application": {"name": "x", "createdAt": "y"}}) == {
            "application": {"name": "x"}
        }

    def test_create_passes_parameters_in_the_query(self, client: StubClient, exchange: Exchange) -> None:
        exchange.answers("POST", "/applications", {**link("/applications/p1"), "name": "App"})

        client.applications.create({"name": "App"}, create_directory=True)
        client.applications.create(
            {"name": "App"}, expand=Expansion("custom_data"), create_directory="Directory"
        )

        assert [query for _, _, query, _ in exchange.requests] == [
            {"createDirectory": True},
            {"createDirectory": "Directory", "expand": "customData"},
        ]

    @pytest.mark.parametrize("flag", [True, False])
    def test_creating_an_account_may_override_the_registration_workflow(
        self, directory: Directory, exchange: Exchange, flag: bool
    ) -> None:
        directory.accounts.create({"email": "x"}, registration_workflow_enabled=flag)
        directory.create_account({"email": "x"}, flag)

        assert [query for _, _, query, _ in exchange.requests] == [{"registrationWorkflowEnabled": flag}] * 2

    def test_an_account_may_be_created_with_a_password_hash(
        self, directory: Directory, exchange: Exchange
    ) -> None:
        directory.accounts.create({"email": "x", "password": "$2y$..."}, password_format="mcf")

        assert exchange.last[2] == {"passwordFormat": "mcf"}

    def test_create_needs_no_properties_where_the_service_needs_none(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.answers("POST", "/groups/g1/things", {})

        class Things(CollectionResource[Resource]):
            resource_class = Resource

        thing = Things(client, href=f"{BASE}/groups/g1/things").create()

        assert thing.is_new()
        assert exchange.last[3] == {}

    def test_the_next_index_sees_a_created_item(self, client: StubClient, exchange: Exchange) -> None:
        exchange.lists("/applications", [{**link("/applications/p1"), "name": "Old"}])
        assert client.applications[0].name == "Old"
        exchange.answers("POST", "/applications", {**link("/applications/p2"), "name": "New"})
        client.applications.create({"name": "New"})
        exchange.lists("/applications", [{**link("/applications/p2"), "name": "New"}])

        assert client.applications[0].name == "New"


class TestListsThatExistElsewhereOnly:
    def test_such_lists_cannot_be_read_at_client_level(self, client: StubClient, exchange: Exchange) -> None:
        for refusing in (
            client.group_memberships,
            client.account_store_mappings,
            client.organization_account_store_mappings,
            client.api_keys,
        ):
            narrowed = refusing.query(limit=1).order("created_at")
            for read in (list, len, lambda c: c[0], lambda c: c.size, lambda c: c.items, lambda c: c[0:1][0]):
                for each in (refusing, narrowed):
                    with pytest.raises(ValueError, match="cannot be listed; read"):
                        read(each)
            with pytest.raises(ValueError, match="cannot be listed"):
                refusing.refresh()
        assert exchange.count == 0

    def test_such_lists_can_be_printed(self, client: StubClient, exchange: Exchange) -> None:
        assert str(client.api_keys) == f"{client.api_keys}" == f"<ApiKeyList href={BASE}/apiKeys>"
        assert str(client.accounts) == f"<AccountList href={BASE}/accounts>"
        assert exchange.count == 0

    def test_such_lists_can_be_read_and_refreshed_below_their_owner(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.lists("/accounts/a1/groupMemberships", [link("/groupMemberships/m1")])
        memberships = client.accounts.get("a1").group_memberships

        memberships.refresh()

        assert [each.href for each in memberships] == [f"{BASE}/groupMemberships/m1"]

    def test_groups_are_not_created_at_client_level(self, client: StubClient, exchange: Exchange) -> None:
        for groups in (client.groups, type(client.groups)(client, href=f"{BASE}/tenants/t1/groups")):
            with pytest.raises(ValueError, match=r"directory\.groups\.create"):
                groups.create({"name": "x"})
        assert exchange.count == 0


def test_items_without_an_href_are_objects(client: StubClient, exchange: Exchange) -> None:
    exchange.answers("GET", "/accounts", {"limit": 25, "size": 1, "items": [{"email": "x"}]})

    (account,) = client.accounts

    assert account.email == "x"
    assert account.is_new()


def test_account_stores_have_the_class_of_their_href(client: StubClient, exchange: Exchange) -> None:
    stores = [link("/directories/d1"), link("/groups/g1")]
    exchange.lists(
        "/applications/p1/accountStoreMappings",
        [{**link(f"/accountStoreMappings/m{n}"), "accountStore": store} for n, store in enumerate(stores)],
    )

    kinds = [type(each.account_store) for each in client.applications.get("p1").account_store_mappings]

    assert kinds == [Directory, Group]


def test_an_application_is_no_account_store(client: StubClient) -> None:
    from stormpath.resources import AccountStore

    assert AccountStore(client, properties={"href": "/groups/g1"}) == client.groups.get("g1")
    with pytest.raises(ValueError, match="no account store"):
        AccountStore(client, properties=link("/applications/p1"))
    with pytest.raises(ValueError, match="needs an href"):
        AccountStore(client)
    assert isinstance(client.applications.get("p1"), Application)
