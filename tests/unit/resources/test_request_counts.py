"""The number of requests of each operation, in one place.

Cold objects hold only their href.
"""

from collections.abc import Callable
from copy import copy
from typing import Any

import pytest

from stormpath.resources import (
    Account,
    Application,
    Challenge,
    Directory,
    Expansion,
    Factor,
    Group,
    PasswordPolicy,
    Provider,
)
from stormpath.resources.attribute_statement_mapping_rule import (
    AttributeStatementMappingRule,
    AttributeStatementMappingRules,
)
from unit.resources.exchange import BASE, Exchange, StubClient, account_json, link
from unit.resources.world import World

MANY = 250  # items: three of the largest pages


@pytest.fixture(autouse=True)
def world(exchange: Exchange) -> World:
    """Many accounts in one directory. One of them has many groups, and some have none."""
    world = World(exchange, groups=60, accounts=MANY)
    world.join("a1", *(f"g{number}" for number in range(59)))
    state = account_json("a1")
    exchange.answers("POST", "/accounts/a1", lambda query, data: state)
    exchange.holds("/accounts/a1/customData", createdAt="2026-01-01T00:00:00Z", a=1, b=2)
    exchange.answers("POST", "/accounts/a1/customData", lambda query, data: data)
    for key in ("a", "b"):
        exchange.answers("DELETE", f"/accounts/a1/customData/{key}", {})
    exchange.lists("/accounts/a1/applications", [link("/applications/p1")])
    exchange.lists("/applications", [link("/applications/p1")])
    return world


@pytest.fixture
def account(client: StubClient) -> Account:
    return client.accounts.get("a1")


@pytest.fixture
def group(client: StubClient) -> Group:
    return client.groups.get("g1")


@pytest.fixture
def directory(client: StubClient) -> Directory:
    return client.directories.get("d1")


@pytest.fixture
def application(client: StubClient) -> Application:
    return client.applications.get("p1")


class TestReaching:
    def test_reaching_a_list_of_the_tenant_costs_only_its_listing(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        client.tenant.applications.get("p1")
        assert exchange.count == 0

        assert list(client.tenant.applications)
        assert exchange.count == 1

    def test_reaching_a_list_of_a_cold_resource_makes_no_request(
        self, application: Application, directory: Directory, exchange: Exchange
    ) -> None:
        assert application.accounts.href == f"{BASE}/applications/p1/accounts"
        assert directory.groups.href == f"{BASE}/directories/d1/groups"
        assert exchange.count == 0

    def test_a_login_from_a_cold_application_is_one_request(
        self, application: Application, exchange: Exchange
    ) -> None:
        exchange.answers("POST", "/applications/p1/loginAttempts", {"account": link("/accounts/a1")})

        assert application.authenticate_account("a1", "pw").account.href == f"{BASE}/accounts/a1"
        assert exchange.count == 1

    def test_copies_and_debuggers_make_no_request(self, account: Account, exchange: Exchange) -> None:
        copy(account)
        hasattr(account, "_repr_html_")
        hasattr(account, "__wrapped__")
        repr(account)

        assert exchange.count == 0

    def test_reading_a_loaded_object_of_an_uncached_kind_makes_no_request(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        state = exchange.holds("/factors/f1", type="SMS", status="ENABLED", verificationStatus="VERIFIED")
        factor = Factor(client, href=state["href"])
        assert factor.is_enabled()
        exchange.clear()

        assert factor.is_enabled()
        assert not factor.is_disabled()
        assert factor.get_status()
        assert factor.keys()
        assert factor.values()
        assert factor.items()
        assert not hasattr(factor, "no_such_attribute")
        assert exchange.count == 0


class TestListing:
    @pytest.mark.parametrize("read", [list, tuple, sorted, set, lambda c: [*c], lambda c: [x for x in c]])
    def test_listing_all_items_is_one_request_per_hundred(
        self, directory: Directory, exchange: Exchange, read: Callable[[Any], Any]
    ) -> None:
        accounts = directory.accounts
        key = (lambda given: sorted(given, key=str)) if read is sorted else read

        assert len(key(accounts)) == MANY
        assert exchange.count == 3

    @pytest.mark.parametrize("ask", [bool, len])
    def test_a_length_and_the_first_item_are_one_request(
        self, directory: Directory, exchange: Exchange, ask: Callable[[Any], Any]
    ) -> None:
        accounts = directory.accounts

        assert ask(accounts)
        assert accounts[0].username == "a0"
        assert exchange.count == 1

    def test_indexing_every_item_is_one_request_per_hundred(
        self, directory: Directory, exchange: Exchange
    ) -> None:
        accounts = directory.accounts

        assert [accounts[i].username for i in range(len(accounts))][-1] == f"a{MANY - 1}"
        assert exchange.count == 3

    def test_finding_a_loaded_item_is_one_request(
        self, directory: Directory, client: StubClient, exchange: Exchange
    ) -> None:
        wanted = Account(client, properties=account_json(f"a{MANY - 1}"))

        assert wanted in directory.accounts
        assert exchange.count == 1

    def test_a_slice_with_its_length_and_its_items_is_one_request(
        self, directory: Directory, exchange: Exchange
    ) -> None:
        window = directory.accounts[10:20]

        assert len(window) == len(list(window)) == 10
        assert exchange.count == 1

    def test_an_expanded_list_needs_no_request_besides_that_of_its_owner(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        page = {
            **link("/accounts/a9/groups"),
            "offset": 0,
            "limit": 25,
            "size": 1,
            "items": [link("/groups/g1")],
        }
        exchange.answers("GET", "/accounts/a9", account_json("a9", groups=page))
        groups = client.accounts.get("a9", expand=Expansion("groups")).groups

        assert len(groups) == 1
        assert list(groups) == [client.groups.get("g1")]
        assert exchange.count == 1

    def test_an_expansion_of_a_cached_resource_is_one_request_in_all(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        assert client.accounts.get("a1").email
        data = {**link("/accounts/a1/customData"), "createdAt": "2026-01-01T00:00:00Z", "plan": "free"}
        directory = {**link("/directories/d1"), "name": "Staff"}
        exchange.answers("GET", "/accounts/a1", account_json("a1", customData=data, directory=directory))
        exchange.clear()
        account = client.accounts.get("a1", expand=Expansion("custom_data", "directory"))

        assert (account.custom_data["plan"], account.directory.name) == ("free", "Staff")
        assert exchange.count == 1

    def test_custom_data_of_many_accounts_comes_with_their_pages(
        self, directory: Directory, exchange: Exchange
    ) -> None:
        items = [
            account_json(
                f"a{n}", customData={**link(f"/accounts/a{n}/customData"), "createdAt": "2026", "n": n}
            )
            for n in range(MANY)
        ]
        exchange.lists("/directories/d1/accounts", items)

        read = [each.custom_data["n"] for each in directory.accounts.query(expand="custom_data")]

        assert read == list(range(MANY))
        assert exchange.count == 3

    def test_expanded_account_stores_come_with_their_mappings(
        self, application: Application, exchange: Exchange
    ) -> None:
        stores = [{**link(f"/directories/d{n}"), "name": f"D{n}"} for n in range(9)]
        mappings = [{**link(f"/accountStoreMappings/m{n}"), "accountStore": stores[n]} for n in range(9)]
        exchange.lists("/applications/p1/accountStoreMappings", mappings)

        mapped = application.account_store_mappings.query(expand="account_store")

        assert [each.account_store.name for each in mapped] == [f"D{n}" for n in range(9)]
        assert exchange.last[2]["expand"] == "accountStore"
        assert exchange.count == 1


class TestMembership:
    def test_has_group_of_an_object_is_one_request(
        self, account: Account, group: Group, exchange: Exchange
    ) -> None:
        assert account.has_group(group)
        assert exchange.count == 1

    @pytest.mark.parametrize(("name", "requests"), [("g1", 1), ("g59", 2)])
    def test_has_group_of_a_name_is_one_request_and_two_for_a_non_member(
        self, account: Account, exchange: Exchange, name: str, requests: int
    ) -> None:
        assert account.has_group(name) == (name == "g1")
        assert exchange.count == requests

    def test_has_groups_of_several_names_is_one_request(self, account: Account, exchange: Exchange) -> None:
        assert account.has_groups(["g1", "g2", "g58"])
        assert exchange.count == 1

    def test_adding_a_group_by_name_is_two_requests_where_the_directory_is_known(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        Account(client, properties=account_json("a2")).add_group("g1")

        assert exchange.count == 2

    def test_adding_groups_by_name_is_one_request_each_and_one_more(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        Account(client, properties=account_json("a2")).add_groups(["g1", "g2", "g3"])

        assert exchange.count == 4

    def test_removing_a_group_is_two_requests(
        self, account: Account, group: Group, exchange: Exchange
    ) -> None:
        account.remove_group(group)

        assert exchange.count == 2

    @pytest.mark.parametrize("login", ["a1", "a1@example.org"])
    def test_has_account_by_name_is_one_request(self, group: Group, exchange: Exchange, login: str) -> None:
        assert group.has_account(login)
        assert exchange.count == 1

    def test_removing_an_account_is_two_requests_for_any_size_of_the_group(
        self, group: Group, account: Account, exchange: Exchange
    ) -> None:
        group.remove_account(account)

        assert exchange.count == 2

    def test_has_account_of_an_application_is_one_request(
        self, application: Application, account: Account, exchange: Exchange
    ) -> None:
        assert application.has_account(account)
        assert exchange.count == 1


class TestSaving:
    def test_saving_an_account_whose_custom_data_was_only_read_is_one_request(
        self, account: Account, exchange: Exchange
    ) -> None:
        assert account.custom_data["a"] == 1
        exchange.clear()
        account.save()

        assert exchange.lines == ["POST /accounts/a1"]

    def test_saving_an_account_with_its_custom_data_is_one_request(
        self, account: Account, exchange: Exchange
    ) -> None:
        account.update({"given_name": "Ann", "custom_data": {"a": 2}})

        assert exchange.count == 1

    def test_saving_a_directory_whose_parts_were_only_read_is_one_request(
        self, directory: Directory, exchange: Exchange
    ) -> None:
        exchange.holds("/directories/d1/provider", providerId=Provider.GOOGLE)
        exchange.answers("POST", "/directories/d1", link("/directories/d1"))
        assert directory.provider.provider_id
        exchange.clear()
        directory.save()

        assert exchange.lines == ["POST /directories/d1"]

    def test_saving_an_uncached_kind_is_one_request(self, client: StubClient, exchange: Exchange) -> None:
        state = exchange.holds("/passwordPolicies/d1", resetTokenTtl=24)
        exchange.answers("POST", "/passwordPolicies/d1", state)
        policy = PasswordPolicy(client, href=state["href"])
        policy.reset_token_ttl = 24
        policy.save()

        assert exchange.lines == ["POST /passwordPolicies/d1"]

    def test_saving_a_key_of_custom_data_is_one_request(self, account: Account, exchange: Exchange) -> None:
        account.custom_data["c"] = 3
        account.custom_data.save()

        assert exchange.lines == ["POST /accounts/a1/customData"]
        assert exchange.last[3] == {"c": 3}

    def test_saving_deleted_keys_of_custom_data_is_one_request_each(
        self, account: Account, exchange: Exchange
    ) -> None:
        data = account.custom_data
        assert data["a"]
        exchange.clear()
        del data["a"], data["b"]
        data.save()

        assert exchange.lines == ["DELETE /accounts/a1/customData/a", "DELETE /accounts/a1/customData/b"]

    def test_several_edits_of_a_list_refresh_it_once(self, client: StubClient, exchange: Exchange) -> None:
        state = exchange.holds("/attributeStatementMappingRules/r1", items=[])
        exchange.answers("POST", "/attributeStatementMappingRules/r1", lambda query, data: state | data)
        rules = AttributeStatementMappingRules(client, href=state["href"])
        items = rules.items
        exchange.clear()
        for name in ("a", "b", "c"):
            items.append(AttributeStatementMappingRule(name, account_attributes=["email"]))
        items.pop()
        rules.save()

        assert [method for method, _, _, _ in exchange.requests] == ["GET", "POST"]


class TestCreating:
    def test_reading_a_created_object_makes_no_request(
        self, directory: Directory, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.answers("POST", "/directories/d1/accounts", account_json("new"))
        account = directory.accounts.create({"email": "new@example.org", "password": "Changeme1!"})

        assert account.is_enabled()
        assert account.is_new_account
        assert account.keys()
        assert client.accounts.get(account.href).email == "new@example.org"
        assert exchange.count == 1


class TestTokensAndChallenges:
    HOME = "/applications/p1/passwordResetTokens/t.o.k"

    def test_verifying_a_reset_token_is_one_request(
        self, application: Application, exchange: Exchange
    ) -> None:
        exchange.answers("GET", self.HOME, {**link(self.HOME), "account": link("/accounts/a1")})

        assert application.verify_password_reset_token("t.o.k").href == f"{BASE}/accounts/a1"
        assert exchange.count == 1

    def test_resetting_a_password_is_one_request(self, application: Application, exchange: Exchange) -> None:
        exchange.answers("POST", self.HOME, {"account": link("/accounts/a1")})
        application.reset_account_password("t.o.k", "Changeme1!")

        assert exchange.count == 1

    def test_verifying_an_e_mail_address_is_one_request(self, client: StubClient, exchange: Exchange) -> None:
        exchange.answers("POST", "/accounts/emailVerificationTokens/t0k", link("/accounts/a1"))

        assert client.accounts.verify_email_token("t0k").href == f"{BASE}/accounts/a1"
        assert exchange.count == 1

    def test_submitting_a_code_is_one_request(self, client: StubClient, exchange: Exchange) -> None:
        exchange.answers("POST", "/challenges/c1", {**link("/challenges/c1"), "status": "SUCCESS"})

        assert Challenge(client, href=f"{BASE}/challenges/c1").submit("123456").is_successful()
        assert exchange.count == 1

    @pytest.mark.parametrize(("is_loaded", "requests"), [(True, 1), (False, 2)])
    def test_challenging_a_factor_is_one_request_where_its_type_is_known(
        self, client: StubClient, exchange: Exchange, is_loaded: bool, requests: int
    ) -> None:
        state = exchange.holds("/factors/f1", type="SMS")
        exchange.answers("POST", "/factors/f1/challenges", {**link("/challenges/c1"), "status": "CREATED"})
        factor = Factor(client, properties=state) if is_loaded else Factor(client, href=state["href"])

        assert factor.challenge_factor().is_created()
        assert exchange.count == requests
