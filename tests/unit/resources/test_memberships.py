"""Group memberships: the references that callers may pass, refusals, and the requests for each."""

from typing import Any

import pytest

from stormpath.error import Error
from stormpath.resources import Account, AuthenticationResult, Directory, Group, GroupMembership
from unit.resources.exchange import BASE, Exchange, StubClient, account_json, group_json, link
from unit.resources.world import World


@pytest.fixture
def world(exchange: Exchange) -> World:
    world = World(exchange)
    world.join("a1", "g1", "g2")
    return world


@pytest.fixture(params=["cold", "loaded"])
def is_loaded(request: pytest.FixtureRequest) -> bool:
    """Whether the objects hold only their href, or all of their data."""
    return bool(request.param == "loaded")


@pytest.fixture
def account(client: StubClient, exchange: Exchange, world: World, is_loaded: bool) -> Account:
    if is_loaded:
        return Account(client, properties=account_json("a1"))
    return client.accounts.get("a1")


@pytest.fixture
def group(client: StubClient, exchange: Exchange, world: World, is_loaded: bool) -> Group:
    return Group(client, properties=group_json("g1")) if is_loaded else client.groups.get("g1")


class TestHasGroup:
    def test_has_group_of_an_object_is_one_request(
        self, account: Account, client: StubClient, exchange: Exchange
    ) -> None:
        assert account.has_group(client.groups.get("g1"))
        assert exchange.count == 1
        assert not account.has_group(client.groups.get("g3"))
        assert exchange.count == 2
        assert account.has_group(Group(client, properties=group_json("g2")))
        assert exchange.count == 3

    def test_has_group_of_a_name_is_one_request_for_a_member(
        self, account: Account, exchange: Exchange
    ) -> None:
        assert account.has_group("g1")
        assert exchange.count == 1

    def test_has_group_of_a_name_is_two_requests_for_a_non_member(
        self, account: Account, exchange: Exchange
    ) -> None:
        assert not account.has_group("g3")
        assert exchange.count == 2

    def test_has_group_of_an_href_is_one_request_for_a_member(
        self, account: Account, exchange: Exchange
    ) -> None:
        assert account.has_group(f"{BASE}/groups/g1")
        assert exchange.count == 1
        assert not account.has_group(f"{BASE}/groups/g3")

    def test_a_dictionary_searches_the_directory(self, account: Account) -> None:
        assert account.has_group({"name": "g1"})
        assert not account.has_group({"name": "g3"})

    def test_an_unknown_name_is_a_value_error(self, account: Account) -> None:
        for name in ("nope", ""):
            with pytest.raises(ValueError, match=f"no Group '{name}'"):
                account.has_group(name)
        with pytest.raises(ValueError, match="no Group at"):
            account.has_group(f"{BASE}/groups/nope")
        with pytest.raises(ValueError, match="no Group"):
            account.has_group({"name": "nope"})

    @pytest.mark.parametrize("reference", [7, None, ["g1"]])
    def test_a_value_that_is_no_reference_is_a_type_error(self, account: Account, reference: Any) -> None:
        with pytest.raises(TypeError):
            account.has_group(reference)

    def test_a_resource_of_another_kind_is_a_type_error(self, account: Account, client: StubClient) -> None:
        with pytest.raises(TypeError, match="is no Group"):
            account.has_group(client.directories.get("d1"))

    def test_a_name_must_match_exactly(self, account: Account) -> None:
        with pytest.raises(ValueError, match="G1"):
            account.has_group("G1")

    def test_membership_is_compared_by_href_not_by_name(
        self, account: Account, client: StubClient, exchange: Exchange
    ) -> None:
        namesake = Group(client, properties={**link("/groups/elsewhere"), "name": "g1"})

        assert not account.has_group(namesake)

    def test_a_name_is_searched_beyond_the_expanded_groups(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        world = World(exchange, groups=150)
        world.join("a1", *(f"g{number}" for number in range(150)))

        assert client.accounts.get("a1").has_group("g149")
        assert exchange.count == 2

    def test_in_group_is_another_name_of_has_group(self, account: Account) -> None:
        assert account.in_group("g1")
        assert account.in_groups(["g1", "g2"])


class TestHasGroups:
    def test_has_groups_is_one_request(
        self, account: Account, client: StubClient, exchange: Exchange
    ) -> None:
        assert account.has_groups(["g1", "g2", client.groups.get("g1"), f"{BASE}/groups/g2"])
        assert exchange.count == 1

    def test_all_false_asks_for_any_of_the_groups(self, account: Account) -> None:
        assert account.has_groups(["g3", "g1"], all=False)
        assert not account.has_groups(["g3", "g4"], all=False)
        assert not account.has_groups(["g1", "g3"])

    def test_all_of_no_groups_is_true_and_any_of_none_is_false(self, account: Account) -> None:
        assert account.has_groups([])
        assert not account.has_groups([], all=False)

    def test_an_unknown_name_is_a_value_error(self, account: Account) -> None:
        with pytest.raises(ValueError, match="nope"):
            account.has_groups(["g1", "nope"])

    def test_has_groups_takes_dictionaries(self, account: Account) -> None:
        assert account.has_groups([{"name": "g1"}, {"name": "g2"}])

    def test_groups_beyond_the_first_page_are_looked_up_one_by_one(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        world = World(exchange, groups=150)
        world.join("a1", *(f"g{number}" for number in range(149)))
        account = Account(client, properties=account_json("a1"))

        assert account.has_groups(["g1", "g148"])
        assert exchange.count == 2
        assert not account.has_groups(["g149"])


class TestAddGroup:
    def test_adding_an_object_is_one_request(
        self, account: Account, client: StubClient, exchange: Exchange
    ) -> None:
        membership = account.add_group(client.groups.get("g3"))

        assert isinstance(membership, GroupMembership)
        assert membership.group == client.groups.get("g3")
        assert exchange.requests == [
            (
                "POST",
                "/groupMemberships",
                {},
                {"account": link("/accounts/a1"), "group": link("/groups/g3")},
            )
        ]

    def test_adding_a_name_to_a_loaded_account_is_two_requests(
        self, account: Account, world: World, exchange: Exchange, is_loaded: bool
    ) -> None:
        account.add_group("g3")

        assert exchange.count == (2 if is_loaded else 3)
        assert ("a1", "g3") in world.members

    def test_adding_several_names_is_one_listing_and_a_request_each(
        self, account: Account, world: World, exchange: Exchange, is_loaded: bool
    ) -> None:
        account.add_groups(["g3", "g4", "g0"])

        assert exchange.count == 3 + (1 if is_loaded else 2)
        assert {("a1", "g0"), ("a1", "g3"), ("a1", "g4")} <= world.members

    def test_names_beyond_the_listing_are_looked_up_one_by_one(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        world = World(exchange, groups=150)
        Account(client, properties=account_json("a1")).add_groups(["g1", "g149"])

        assert exchange.count == 4
        assert world.members == {("a1", "g1"), ("a1", "g149")}

    def test_no_group_is_added_when_one_of_several_is_unknown(self, account: Account, world: World) -> None:
        with pytest.raises(ValueError, match="nope"):
            account.add_groups(["g3", "nope"])

        assert ("a1", "g3") not in world.members

    def test_add_groups_takes_hrefs_and_dictionaries(self, account: Account, world: World) -> None:
        account.add_group(f"{BASE}/groups/g3")
        account.add_group({"name": "g4"})

        assert {("a1", "g3"), ("a1", "g4")} <= world.members

    def test_a_value_that_is_no_reference_is_refused_before_any_request(
        self, account: Account, client: StubClient, exchange: Exchange
    ) -> None:
        for reference in (7, None, client.accounts.get("a2")):
            with pytest.raises(TypeError):
                account.add_group(reference)
        assert exchange.count == 0

    def test_add_group_calls_the_hook_that_subclasses_override(
        self, client: StubClient, world: World
    ) -> None:
        class Renamer(Account):
            def _resolve_group(self, resolvable: Any) -> Group:
                return super()._resolve_group({"the admins": "g3"}.get(resolvable, resolvable))

        Renamer(client, properties=account_json("a1")).add_group("the admins")

        assert ("a1", "g3") in world.members


class TestRemoveGroup:
    @pytest.mark.parametrize("form", ["object", "href", "name"])
    def test_removing_a_group_is_two_requests(
        self, account: Account, client: StubClient, exchange: Exchange, world: World, form: str
    ) -> None:
        reference: Any = {"object": client.groups.get("g1"), "href": f"{BASE}/groups/g1", "name": "g1"}[form]

        account.remove_group(reference)

        assert exchange.count == 2
        assert world.members == {("a1", "g2")}

    def test_many_memberships_are_read_a_hundred_at_a_time(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        world = World(exchange, groups=150)
        world.join("a1", *(f"g{number}" for number in range(150)))
        account = client.accounts.get("a1")

        account.remove_group("g59")
        assert exchange.count == 2
        account.remove_group("g149")
        assert exchange.count == 5

    def test_removing_a_group_of_a_non_member_is_an_error(self, account: Account, client: StubClient) -> None:
        for reference in ("g3", client.groups.get("g3"), f"{BASE}/groups/g3", {"name": "g3"}):
            with pytest.raises(Error, match="is not a member"):
                account.remove_group(reference)

    def test_removing_an_unknown_name_is_a_value_error(self, account: Account) -> None:
        with pytest.raises(ValueError, match="nope"):
            account.remove_group("nope")

    def test_removing_several_groups_is_one_listing_and_a_request_each(
        self, account: Account, exchange: Exchange, world: World
    ) -> None:
        account.remove_groups(["g1", "g2"])

        assert exchange.count == 3
        assert world.members == set()

    def test_removing_several_groups_stops_at_the_first_non_membership(
        self, account: Account, world: World
    ) -> None:
        with pytest.raises(Error):
            account.remove_groups(["g1", "g3", "g2"])

        assert world.members == {("a1", "g2")}


class TestAccountsOfAGroup:
    @pytest.mark.parametrize("login", ["a1@example.org", "a1"])
    def test_a_member_is_found_by_e_mail_or_username_in_one_request(
        self, group: Group, exchange: Exchange, login: str
    ) -> None:
        assert group.has_account(login)
        assert exchange.count == 1

    def test_a_member_is_found_as_an_object_in_one_request(
        self, group: Group, client: StubClient, exchange: Exchange
    ) -> None:
        for account in (client.accounts.get("a1"), Account(client, properties=account_json("a1"))):
            exchange.clear()
            assert group.has_account(account)
            assert exchange.count == 1
        for account in (client.accounts.get("a2"), Account(client, properties=account_json("a2"))):
            assert not group.has_account(account)

    def test_a_login_result_stands_for_its_account(
        self, group: Group, client: StubClient, exchange: Exchange, world: World
    ) -> None:
        result = AuthenticationResult(client, properties={"account": account_json("a2")})

        assert not group.has_account(result)
        group.add_account(result)
        assert group.has_account(result)
        group.remove_account(result)
        assert world.members == {("a1", "g1"), ("a1", "g2")}

    def test_hrefs_and_dictionaries_are_references_too(self, group: Group) -> None:
        assert group.has_account(f"{BASE}/accounts/a1")
        assert group.has_account({"email": "a1@example.org"})
        assert not group.has_account("a2@example.org")
        assert not group.has_account(f"{BASE}/accounts/a2")

    def test_an_unknown_login_is_a_value_error(self, group: Group) -> None:
        for reference in ("nobody", "nobody@example.org", f"{BASE}/accounts/nobody", {"email": "nobody"}):
            with pytest.raises(ValueError, match="no Account"):
                group.has_account(reference)
        with pytest.raises(TypeError):
            group.has_account(7)

    def test_several_accounts_are_compared_as_all_or_any(self, group: Group) -> None:
        assert group.has_accounts(["a1", "a1@example.org"])
        assert not group.has_accounts(["a1", "a2"])
        assert group.has_accounts(["a2", "a1"], all=False)
        assert group.has_accounts([])
        assert not group.has_accounts([], all=False)

    def test_adding_an_account_returns_the_membership(
        self, group: Group, world: World, client: StubClient
    ) -> None:
        membership = group.add_account("a2@example.org")
        group.add_accounts(["a0", client.accounts.get("a1")])

        assert isinstance(membership, GroupMembership)
        assert {("a0", "g1"), ("a1", "g1"), ("a2", "g1")} <= world.members

    def test_no_account_is_added_when_one_of_several_is_unknown(self, group: Group, world: World) -> None:
        with pytest.raises(ValueError, match="nobody"):
            group.add_accounts(["a2", "nobody"])

        assert ("a2", "g1") not in world.members

    def test_removing_an_object_is_two_requests_for_any_size_of_the_group(
        self, group: Group, client: StubClient, exchange: Exchange, world: World
    ) -> None:
        group.remove_account(client.accounts.get("a1"))

        assert exchange.count == 2
        assert world.members == {("a1", "g2")}

    def test_removing_a_name_is_one_more_request(
        self, group: Group, exchange: Exchange, world: World
    ) -> None:
        group.remove_account("a1@example.org")

        assert exchange.count == 3
        assert world.members == {("a1", "g2")}

    def test_removing_a_non_member_is_an_error(self, group: Group, world: World) -> None:
        for reference in ("a2", f"{BASE}/accounts/a2", {"email": "a2@example.org"}):
            with pytest.raises(Error, match="is not a member"):
                group.remove_account(reference)
        with pytest.raises(ValueError, match="nobody"):
            group.remove_account("nobody")

    def test_removing_several_accounts_stops_at_the_first_non_member(
        self, group: Group, world: World
    ) -> None:
        world.join("a0", "g1")
        with pytest.raises(Error):
            group.remove_accounts(["a0", "a2", "a1"])

        assert ("a0", "g1") not in world.members
        assert ("a1", "g1") in world.members


class TestApplicationHasAccount:
    @pytest.fixture(autouse=True)
    def applications(self, exchange: Exchange) -> None:
        mapped = [{**link(f"/applications/p{n}"), "name": f"App {n}"} for n in range(40)]
        exchange.lists("/accounts/a1/applications", mapped)

    @pytest.mark.parametrize("is_loaded", [True, False])
    def test_has_account_is_one_request(
        self, client: StubClient, exchange: Exchange, is_loaded: bool
    ) -> None:
        application: Any = client.applications.get("p31")
        if is_loaded:
            application._set_properties({**link("/applications/p31"), "name": "App 31"})
        account = client.accounts.get("a1")

        assert application.has_account(account)
        assert exchange.count == 1
        result = AuthenticationResult(client, properties={"account": link("/accounts/a1")})
        assert application.has_account(result)
        assert not client.applications.get("other").has_account(account)
        with pytest.raises(TypeError):
            application.has_account("a1")


def test_a_directory_is_read_from_the_account_once(
    client: StubClient, exchange: Exchange, world: World
) -> None:
    account = client.accounts.get("a1")
    account.add_group("g3")
    exchange.clear()

    account.add_group("g4")

    assert exchange.lines == ["GET /directories/d1/groups", "POST /groupMemberships"]
    assert isinstance(account.directory, Directory)
