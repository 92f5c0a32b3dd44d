"""Reading a resource: its requests, the data it holds, and its text forms."""

import copy
import gc
import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stormpath.error import Error
from stormpath.resources.account import Account
from stormpath.resources.application import Application
from stormpath.resources.attributes import Duration, FreeObject, Text
from stormpath.resources.directory import Directory
from stormpath.resources.expansion import Expansion
from stormpath.resources.group import Group
from stormpath.resources.resource import Resource
from unit.resources.exchange import BASE, Exchange, StubClient, account_json, link


@pytest.fixture
def account(client: StubClient, exchange: Exchange) -> Account:
    exchange.answers("GET", "/accounts/a1", account_json())
    return client.accounts.get("a1")


class TestLazyResource:
    def test_href_repr_equality_and_hash_make_no_request(self, account: Account, exchange: Exchange) -> None:
        assert account.href == f"{BASE}/accounts/a1"
        assert repr(account) == f"<Account href={BASE}/accounts/a1>"
        assert account == account
        assert hash(account)
        assert "email" in dir(account)
        assert "save" in dir(account)
        assert bool(account)

        assert exchange.count == 0

    def test_a_resource_is_fetched_once_for_all_attributes(
        self, account: Account, exchange: Exchange
    ) -> None:
        read = (
            account.email,
            account.given_name,
            account.status,
            account.created_at,
            account.directory.href,
        )

        assert read[:2] == ("a1@example.org", "Ada")
        assert exchange.lines == ["GET /accounts/a1"]

    def test_a_missing_attribute_is_requested_only_once(self, account: Account, exchange: Exchange) -> None:
        assert not hasattr(account, "nickname")
        assert not hasattr(account, "nickname")
        assert not hasattr(account, "shoe_size")

        assert exchange.count == 1

    def test_private_names_make_no_request(self, account: Account, exchange: Exchange) -> None:
        assert not hasattr(account, "_nickname")
        assert not hasattr(account, "__nickname__")

        assert exchange.count == 0

    def test_a_refusal_is_raised_where_an_attribute_is_read(self, client: StubClient) -> None:
        missing = client.accounts.get("nobody")

        with pytest.raises(Error) as caught:
            _ = missing.email

        assert caught.value.status == 404

    def test_a_resource_can_be_fetched_after_a_refusal(self, client: StubClient, exchange: Exchange) -> None:
        late = client.accounts.get("late")
        with pytest.raises(Error):
            _ = late.email
        exchange.answers("GET", "/accounts/late", account_json("late"))

        assert late.email == "late@example.org"

    def test_a_copy_makes_no_request_and_shares_no_edits(self, account: Account, exchange: Exchange) -> None:
        twin, deep = copy.copy(account), copy.deepcopy(account)
        twin.given_name = "Eve"
        deep.surname = "Bee"

        assert exchange.count == 0
        assert account.given_name == "Ada"
        assert account.surname == "King"
        assert twin == account == deep
        assert deep._client is account._client

    def test_a_resource_can_be_pickled_if_its_client_can(self, account: Account) -> None:
        account._client = None
        account.given_name = "Eve"

        back = pickle.loads(pickle.dumps(account))  # noqa: S301 - made in the line itself

        assert back.given_name == "Eve"
        assert back._staged == {"given_name"}


class TestValues:
    def test_absent_and_null_are_told_apart(self, account: Account) -> None:
        assert account.middle_name is None
        assert account.email_verification_token is None
        with pytest.raises(AttributeError, match="'Account' object has no attribute 'nickname'"):
            _ = account.nickname  # type: ignore[attr-defined] # that is the point

    def test_timestamps_are_aware(self, account: Account) -> None:
        assert account.created_at == datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
        assert account.created_at.utcoffset() == timedelta(0)
        assert account.password_modified_at is None

    @pytest.mark.parametrize("text", ["2026-01-02 03:04:05", "Fri, 02 Jan 2026 03:04:05 GMT"])
    def test_timestamps_are_read_in_other_formats(self, client: StubClient, text: str) -> None:
        resource = Resource(client, properties={"href": "x", "createdAt": text})

        assert resource.created_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def test_a_malformed_timestamp_is_a_value_error(self, client: StubClient) -> None:
        resource = Resource(client, properties={"href": "x", "createdAt": "yesterday-ish"})

        with pytest.raises(ValueError, match="yesterday"):
            _ = resource.created_at

    def test_a_link_has_the_class_of_its_resource(self, account: Account) -> None:
        assert type(account.directory) is Directory
        assert account.directory is account.directory

    def test_a_link_that_is_no_object_is_a_type_error(self, client: StubClient) -> None:
        odd = Account(client, properties={"href": "x", "directory": 7})

        with pytest.raises(TypeError, match="Directory"):
            _ = odd.directory

    def test_an_undeclared_attribute_can_be_read_in_both_spellings(self, client: StubClient) -> None:
        group: Any = Group(client, properties={"href": "x", "shoeSize": 42, "tags": ["a"]})

        assert group.shoe_size == group.shoeSize == group["shoe_size"] == 42
        assert group.tags == ["a"]

    def test_an_undeclared_link_is_a_plain_resource(self, client: StubClient, exchange: Exchange) -> None:
        account: Any = Account(client, properties=account_json(badges=link("/accounts/a1/badges")))

        assert type(account.badges) is Resource
        assert account.badges.href == f"{BASE}/accounts/a1/badges"

    def test_nested_plain_objects_keep_the_services_spelling(self, client: StubClient) -> None:
        group: Any = Group(client, properties={"href": "x", "webConfig": {"dnsLabel": "a"}})

        assert group.web_config == {"dnsLabel": "a"}

    def test_camel_case_names_are_aliases_of_the_declared_ones(self, account: Any) -> None:
        assert account.givenName == "Ada"
        assert account["givenName"] == "Ada"
        assert account.createdAt is account.created_at

    def test_properties_may_be_in_pythons_spelling(self, client: StubClient, exchange: Exchange) -> None:
        account = Account(
            client, properties={"href": "x", "given_name": "Ada", "created_at": None, "custom_data": {"a": 1}}
        )

        assert account.given_name == "Ada"
        assert account.created_at is None
        assert account.custom_data["a"] == 1
        assert exchange.count == 0

    def test_values_are_copies_of_the_raw_state(self, client: StubClient) -> None:
        raw = {"href": "x", "authorizedCallbackUris": ["a"], "extra": {"deep": [1]}}
        application: Any = Application(client, properties=raw)

        application.authorized_callback_uris.append("b")
        application.extra["deep"].append(2)

        assert raw == {"href": "x", "authorizedCallbackUris": ["a"], "extra": {"deep": [1]}}

    def test_durations_are_timedeltas_or_null(self, client: StubClient) -> None:
        class Policy(Resource):
            ttl = Duration(writable=True)
            idle = Duration()

        policy = Policy(client, properties={"href": "x", "ttl": "PT1H", "idle": None})

        assert policy.ttl == timedelta(hours=1)
        assert policy.idle is None


class TestSubLists:
    """Sub-resources have conventional hrefs, so their owner need not be loaded to reach them."""

    def test_a_list_of_an_unloaded_owner_is_reached_without_loading_it(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        application = client.applications.get("p1")

        assert application.accounts.href == f"{BASE}/applications/p1/accounts"
        assert application.login_attempts.href == f"{BASE}/applications/p1/loginAttempts"
        assert application.custom_data.href == f"{BASE}/applications/p1/customData"
        assert exchange.count == 0

    def test_a_loaded_owner_determines_the_hrefs_of_its_lists(self, client: StubClient) -> None:
        account = Account(client, properties=account_json(groups=link("/elsewhere/groups")))

        assert account.groups.href == f"{BASE}/elsewhere/groups"

    def test_a_list_is_the_same_object_each_time(self, account: Account) -> None:
        groups = account.groups
        assert account.email

        assert account.groups is groups

    def test_an_expanded_list_is_fetched_with_its_owner_and_used(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        page = {**link("/accounts/a1/groups"), "offset": 0, "limit": 25, "size": 1, "items": [{"name": "g"}]}
        exchange.answers("GET", "/accounts/a1", account_json(groups=page))
        account = client.accounts.get("a1", expand=Expansion("groups"))

        assert [group.name for group in account.groups] == ["g"]
        assert exchange.requests == [("GET", "/accounts/a1", {"expand": "groups"}, None)]


class TestEquality:
    def test_two_objects_of_one_href_are_equal(self, client: StubClient, exchange: Exchange) -> None:
        one, other = client.accounts.get("a1"), Account(client, href="/accounts/a1")

        assert one == other
        assert len({one, other}) == 1
        assert exchange.count == 0

    def test_another_href_or_another_kind_is_not_equal(self, client: StubClient) -> None:
        assert client.accounts.get("a1") != client.accounts.get("a2")
        assert client.applications.get("/directories/d1") != client.directories.get("d1")
        assert client.accounts.get("a1") != f"{BASE}/accounts/a1"

    def test_a_subclass_and_a_plain_resource_are_of_the_same_kind(self, client: StubClient) -> None:
        class Customer(Account):
            pass

        href = f"{BASE}/accounts/a1"
        assert Customer(client, href=href) == Account(client, href=href) == Resource(client, href=href)

    def test_new_objects_are_equal_to_themselves_only(self, client: StubClient) -> None:
        one, other = Account(client, properties={}), Account(client, properties={})

        assert one == one
        assert one != other
        assert len({one, other}) == 2


class TestConstruction:
    def test_a_resource_needs_an_href_or_properties(self, client: StubClient) -> None:
        with pytest.raises(ValueError, match="Account needs an href or properties"):
            Account(client)

    def test_an_href_must_be_text(self, client: StubClient) -> None:
        with pytest.raises(TypeError, match="int"):
            Account(client, href=7)  # type: ignore[arg-type] # that is the point

    def test_the_href_wins_over_properties(self, client: StubClient, exchange: Exchange) -> None:
        exchange.answers("GET", "/accounts/a1", account_json())

        account = Account(client, href=f"{BASE}/accounts/a1", properties={"email": "other"})

        assert account.email == "a1@example.org"

    def test_a_new_object_never_fetches(self, client: StubClient, exchange: Exchange) -> None:
        account = Account(client, properties={"givenName": "Ada"})

        assert account.is_new()
        assert account.href is None
        assert not hasattr(account, "email")
        assert repr(account) == "<Account attributes=given_name>"
        assert exchange.count == 0


class TestRefresh:
    def test_a_refresh_bypasses_the_cache_and_overwrites_local_changes(
        self, account: Account, exchange: Exchange
    ) -> None:
        assert account.surname == "King"
        account.given_name = "Eve"
        exchange.answers("GET", "/accounts/a1", account_json(givenName="Ann", surname="Lee"))

        account.refresh()

        assert (account.given_name, account.surname) == ("Ann", "Lee")
        assert exchange.count == 2

    def test_a_refresh_keeps_attributes_missing_in_the_answer(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        group: Any = Group(client, properties={"href": f"{BASE}/groups/g1", "shoeSize": 42})
        exchange.holds("/groups/g1", name="g")

        group.refresh()

        assert (group.name, group.shoe_size) == ("g", 42)

    def test_refreshing_a_new_object_does_nothing(self, client: StubClient, exchange: Exchange) -> None:
        Account(client, properties={}).refresh()

        assert exchange.count == 0

    def test_a_refresh_drops_unsaved_changes(self, account: Account, exchange: Exchange) -> None:
        account.given_name, account.password = "Eve", "secret"
        account.refresh()
        exchange.answers("POST", "/accounts/a1", {})

        account.save()

        assert exchange.last[3] == {}


class TestRehydration:
    def test_a_loaded_writable_value_stays_and_a_read_only_one_is_updated(
        self, account: Account, client: StubClient, exchange: Exchange
    ) -> None:
        assert (account.given_name, account.full_name) == ("Ada", "Ada King")
        client.data_store._cache_put(account.href, account_json(givenName="Eve", fullName="Eve King"))

        account.keys()

        assert (account.given_name, account.full_name) == ("Ada", "Eve King")
        assert exchange.count == 1

    def test_a_status_is_updated_from_the_shared_cache(
        self, account: Account, client: StubClient, exchange: Exchange
    ) -> None:
        assert account.is_enabled()
        other = client.accounts.get("a1")
        exchange.answers("POST", "/accounts/a1", account_json(status="DISABLED"))
        other.status = "DISABLED"
        other.save()

        assert account.is_disabled()
        assert account.status == "DISABLED"
        assert exchange.lines == ["GET /accounts/a1", "POST /accounts/a1"]

    def test_an_unsaved_status_is_not_updated(self, account: Account) -> None:
        assert account.is_enabled()
        account.status = "disabled"

        assert account.get_status() == "DISABLED"

    def test_a_loaded_object_answers_without_a_request_where_nothing_is_cached(
        self, exchange: Exchange
    ) -> None:
        from stormpath.cache.null_cache_store import NullCacheStore

        exchange.answers("GET", "/accounts/a1", account_json())
        account = StubClient(exchange, store=NullCacheStore).accounts.get("a1")

        assert account.is_enabled()
        assert not account.is_unverified()
        assert "email" in account.keys()  # noqa: SIM118 - the listing is meant
        assert account.values()
        assert dict(account.items())["email"] == "a1@example.org"

        assert exchange.count == 1

    def test_an_object_without_a_status_is_disabled(self, client: StubClient, exchange: Exchange) -> None:
        exchange.holds("/groups/g1", name="g")

        assert client.groups.get("g1").get_status() == "DISABLED"


class TestAsADictionary:
    def test_keys_are_spelled_as_in_python(self, account: Account) -> None:
        assert {"href", "given_name", "sp_http_status", "directory"} <= set(account.keys())
        assert list(account) == account.keys()
        assert "given_name" in account
        assert "nickname" not in account

    def test_a_missing_key_is_an_attribute_error(self, account: Account) -> None:
        with pytest.raises(AttributeError):
            account["nickname"]
        assert account.get("nickname") is None
        assert account.get("nickname", "Al") == "Al"

    def test_a_key_is_data_even_where_a_method_has_its_name(self, client: StubClient) -> None:
        group = Group(client, properties={"href": "x", "items": [1], "save": "yes"})

        assert (group["items"], group["save"]) == ([1], "yes")

    def test_secrets_are_left_out(self, account: Account) -> None:
        account.password = "secret"

        assert "password" not in account.keys()  # noqa: SIM118 - the listing is meant
        assert "secret" not in str(account.items())
        assert "secret" not in repr(Account(account._client, properties={"password": "secret"}))
        assert account.password == "secret"


class TestText:
    def test_str_is_the_name_or_for_an_account_the_username(
        self, account: Account, client: StubClient
    ) -> None:
        assert str(Group(client, properties={"name": "admins"})) == "admins"
        assert str(account) == "a1"

    def test_str_is_the_repr_where_there_is_no_name(self, client: StubClient) -> None:
        nameless = Group(client, properties={"href": "x", "name": None})

        assert str(nameless) == repr(nameless) == "<Group href=x>"
        assert str(client.groups.get("missing")) == f"<Group href={BASE}/groups/missing>"


class TestJson:
    def test_the_json_holds_the_data_held_and_fetches_nothing(
        self, account: Account, exchange: Exchange
    ) -> None:
        import json

        assert json.loads(account.to_json()) == {"href": f"{BASE}/accounts/a1"}
        assert exchange.count == 0

        assert account.email
        account.password = "secret"
        held = json.loads(account.to_json())

        assert held["created_at"] == "2026-01-02T03:04:05.678000+00:00"
        assert held["given_name"] == "Ada"
        assert held["directory"] == link("/directories/d1")
        assert held["sp_http_status"] == 200
        assert "secret" not in account.to_json()
        assert exchange.count == 1

    def test_the_json_nests_expanded_resources(self, client: StubClient, exchange: Exchange) -> None:
        import json

        expanded = {**link("/directories/d1"), "name": "Staff"}
        groups = {**link("/accounts/a1/groups"), "size": 1, "items": [{**link("/groups/g"), "name": "g"}]}
        exchange.answers("GET", "/accounts/a1", account_json(directory=expanded, groups=groups))
        account = client.accounts.get("a1", expand=Expansion("directory", "groups"))
        assert account.email

        held = json.loads(account.to_json())

        assert held["directory"] == expanded
        assert held["groups"]["items"] == [{**link("/groups/g"), "name": "g"}]
        assert held["tenant"] == link("/tenants/t1")

    def test_the_json_has_durations_and_nested_objects(self, client: StubClient) -> None:
        import json

        from stormpath.resources import FixedAttrsDict, ResourceEncoder
        from stormpath.resources.links import Link

        class Me(FixedAttrsDict):
            enabled = Text(writable=True)

        class Config(Resource):
            ttl = Duration()
            me: Link[Me] = Link(Me, writable=True)
            extra = FreeObject(writable=True)

        config = Config(client, properties={"ttl": "PT1H", "me": {"enabled": True}, "extra": {"aB": 1}})

        assert json.loads(json.dumps(config, cls=ResourceEncoder)) == {
            "ttl": "PT1H",
            "me": {"enabled": True},
            "extra": {"aB": 1},
        }


def test_deleting_an_attribute_fetches_it_again(account: Account, exchange: Exchange) -> None:
    assert account.given_name == "Ada"
    exchange.answers("GET", "/accounts/a1", account_json(givenName="Eve"))

    account._client.data_store.uncache_resource(account.href)
    del account.given_name

    assert account.given_name == "Eve"


def test_a_dropped_resource_is_freed_at_once(client: StubClient) -> None:
    import weakref

    gc.disable()
    try:
        account = Account(client, properties=account_json())
        assert account.directory
        watched = weakref.ref(account)
        del account
        assert watched() is None
    finally:
        gc.enable()
