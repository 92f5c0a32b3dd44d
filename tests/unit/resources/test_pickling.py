"""Pickled resources: they carry their href and their data, no credential, and get a client again."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import stormpath.resources
from stormpath import Client
from stormpath.error import Error
from stormpath.resources import (
    Account,
    ApiKey,
    ApiKeyList,
    AttributeStatementMappingRules,
    AuthenticationResult,
    Directory,
    Expansion,
    FixedAttrsDict,
    PasswordResetToken,
    WebConfig,
)
from stormpath.resources.attributes import FreeObject
from stormpath.resources.detached import NO_CLIENT
from stormpath.resources.links import Link
from stormpath.resources.record import Record
from unit.resources.exchange import BASE, Exchange, StubClient, account_json, group_json, link

SECRET = "a-secret-that-no-pickle-may-contain"
PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)


@pytest.fixture
def account(client: StubClient) -> Account:
    return Account(client, properties=account_json())


@pytest.fixture
def real() -> Iterator[Client]:
    with Client(BASE, id="key-id", secret=SECRET) as made:
        yield made


def loaded(pickles: bytes) -> Any:
    return pickle.loads(pickles)  # noqa: S301 - made here


def pickled(thing: Any) -> Any:
    """Return the thing after a journey through a pickle."""
    return loaded(pickle.dumps(thing))


class TestWithoutClient:
    @pytest.mark.parametrize("protocol", PROTOCOLS)
    def test_what_is_held_can_be_read(self, account: Account, exchange: Exchange, protocol: int) -> None:
        got = loaded(pickle.dumps(account, protocol))

        assert type(got) is Account
        assert (got.href, got.email, got.givenName) == (account.href, "a1@example.org", "Ada")
        assert got.created_at == account.created_at
        assert got.directory.href == f"{BASE}/directories/d1"
        assert got.is_enabled()
        assert got["email"] == dict(got.items())["email"] == "a1@example.org"
        assert got.to_json() == account.to_json()
        assert (str(got), repr(got)) == ("a1", repr(account))
        assert got == account
        assert len({got, account}) == 1
        assert not got.is_new()
        assert exchange.count == 0

    @pytest.mark.parametrize(
        "more",
        [
            lambda account: account.nickname,
            lambda account: account.directory.name,
            lambda account: account.custom_data["plan"],
            lambda account: list(account.groups),
            lambda account: len(account.groups),
            lambda account: account.groups[0],
            lambda account: account.groups.create({"name": "x"}),
            lambda account: account.add_group(f"{BASE}/groups/g1"),
            lambda account: account.save(),
            lambda account: account.delete(),
            lambda account: account.refresh(),
            lambda account: account.email_verification_token,
        ],
    )
    def test_anything_more_says_how_to_attach_a_client(
        self, client: StubClient, more: Callable[[Any], Any]
    ) -> None:
        properties = {k: v for k, v in account_json().items() if k != "emailVerificationToken"}
        got = pickled(Account(client, properties=properties))

        with pytest.raises(Error, match=r"has no client; give it one with client\.attach") as caught:
            more(got)
        assert caught.value.status == -1

    def test_an_attribute_that_a_complete_answer_did_not_have_is_missing(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.holds("/directories/d1", name="D")
        directory = client.directories.get("d1")
        assert directory.name == "D"

        assert not hasattr(pickled(directory), "nickname")

    def test_a_relative_href_becomes_absolute(self, client: StubClient) -> None:
        got = pickled(client.tenant)

        assert got.href == f"{BASE}/tenants/current"
        assert got == client.tenant

    def test_a_lazy_resource_is_its_href(self, client: StubClient) -> None:
        got = pickled(client.accounts.get("a1", Expansion("groups")))

        assert got.href == f"{BASE}/accounts/a1"
        assert got._params() == {"expand": "groups"}
        assert str(got) == repr(got)

    def test_changes_that_were_not_saved_are_carried(self, account: Account) -> None:
        account.given_name = "Eve"
        account.custom_data["plan"] = "pro"

        got = pickled(account)

        assert (got.given_name, got.custom_data["plan"]) == ("Eve", "pro")
        assert got._get_properties() == account._get_properties()

    def test_linked_resources_that_were_read_are_carried(self, account: Account, exchange: Exchange) -> None:
        exchange.holds("/directories/d1", name="D")
        exchange.holds("/accounts/a1/customData", plan="pro", secret="of the caller")
        assert account.directory.name == "D"
        assert account.custom_data["plan"] == "pro"

        got = pickled(account)

        assert got.directory.name == "D"
        assert got.custom_data == {"plan": "pro", "secret": "of the caller"}

    def test_a_list_carries_the_page_that_it_holds(self, client: StubClient, exchange: Exchange) -> None:
        exchange.lists("/accounts", [account_json("a1"), account_json("a2")])
        assert client.accounts.size == 2

        got = pickled(client.accounts)

        for _ in range(2):
            assert [each.email for each in got] == ["a1@example.org", "a2@example.org"]
        assert (len(got), got.limit, got[1].username, got[-1].username) == (2, 25, "a2", "a2")
        assert got.items[0] == client.accounts.get("a1")
        assert got == client.accounts
        assert got.query(q="x") == client.accounts.query(q="x")
        with pytest.raises(Error, match=r"client\.attach"):
            list(got.query(q="x"))

    def test_a_list_that_goes_on_says_how_to_read_the_rest(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.lists("/accounts", [account_json(f"a{number}") for number in range(30)])
        assert client.accounts.items

        got = iter(pickled(client.accounts))

        assert [next(got).username for _ in range(25)][-1] == "a24"
        with pytest.raises(Error, match=r"client\.attach"):
            next(got)

    def test_a_list_in_the_middle_of_a_loop_is_pickled_without_it(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.lists("/accounts", [account_json(f"a{number}") for number in range(3)])
        listed = client.accounts[1:]
        loop = iter(listed.prefetch())
        next(loop)

        assert pickled(listed) == listed
        assert [pickled(each).email for each in loop] == ["a2@example.org"]

    def test_parts_and_lists_of_parts_are_carried(self, client: StubClient) -> None:
        config = WebConfig(
            client, properties={**link("/webConfigs/w"), "me": {"enabled": True, "expand": {"groups": True}}}
        )
        rules = AttributeStatementMappingRules(
            client, properties={**link("/rules/r"), "items": [{"name": "mail"}]}
        )
        assert config.me.expand.groups
        assert rules.items[0].name == "mail"

        assert pickled(config).me.expand.groups
        assert pickled(config.me) == config.me
        got = pickled(rules)
        assert [each.name for each in got.items] == ["mail"]
        assert got.items._parent is got
        assert pickled(rules.items)[0].name == "mail"

    def test_a_login_result_is_carried_as_its_account(self, client: StubClient, exchange: Exchange) -> None:
        exchange.answers("POST", "/applications/x/loginAttempts", {"account": account_json()})
        result = client.applications.get("x").authenticate_account("a1", SECRET)

        got = pickled(result)

        assert (got.email, got.href) == ("a1@example.org", result.href)
        assert got == result
        with pytest.raises(Error, match=r"client\.attach"):
            got.get_jwt()

    def test_an_error_is_carried_with_all_of_its_parts(self) -> None:
        body = {
            "status": 400, "code": 2000, "message": "Short.", "developerMessage": "Long.",
            "moreInfo": "https://x", "requestId": "r1",
        }  # fmt: skip
        for error in (Error(body), Error("text"), Error(), Error({"error": "x"}, 500)):
            for got in (pickled(error), copy.copy(error), copy.deepcopy(error)):
                assert type(got) is Error
                assert vars(got) == vars(error)
                assert str(got) == str(error)


def classes() -> list[Any]:
    named = (getattr(stormpath.resources, name) for name in stormpath.resources.__all__)
    return [each for each in named if isinstance(each, type) and issubclass(each, Record)]


def secrets_of(kind: type[Record]) -> dict[str, Any]:
    """Return a value with the marker for each secret of a class, by wire name."""
    found = {}
    for each in kind._declared.values():
        if each.secret:
            is_link = isinstance(each, Link)
            value = link(f"/accounts/emailVerificationTokens/{SECRET}") if is_link else SECRET
            found[each.wire] = {"signature": SECRET} if isinstance(each, FreeObject) else value
    return found


WITH_SECRETS = [kind for kind in classes() if secrets_of(kind)]


class TestCredentials:
    def test_the_classes_with_secrets_are_tried(self) -> None:
        assert {kind.__name__ for kind in WITH_SECRETS} == {
            "Account", "AgentConfig", "AgentDownload", "ApiKey", "AuthToken", "AuthenticationResult",
            "Challenge", "Factor", "IDSite", "Provider", "ProviderData", "SmtpServer",
        }  # fmt: skip

    @pytest.mark.parametrize("kind", WITH_SECRETS)
    @pytest.mark.parametrize("spelled", ["wire", "python"])
    def test_no_secret_of_a_resource_is_pickled(
        self, client: StubClient, kind: type[Any], spelled: str
    ) -> None:
        secrets = secrets_of(kind)
        named = {kind._named(wire).name: value for wire, value in secrets.items()}
        properties = {**link("/things/t"), **(secrets if spelled == "wire" else named), "name": "N"}
        thing = kind(client, properties=properties)
        for name in named:
            assert thing._read(name)

        pickles = pickle.dumps(thing)

        assert SECRET.encode() not in pickles
        assert loaded(pickles)._raw.get("name") == "N"

    @pytest.mark.parametrize("kind", WITH_SECRETS)
    def test_no_secret_that_was_set_is_pickled(self, client: StubClient, kind: type[Any]) -> None:
        thing = kind(client, properties=link("/things/t"))
        for name, each in kind._declared.items():
            if each.secret and each.writable:
                setattr(thing, name, SECRET)

        got = pickle.dumps(thing)

        assert SECRET.encode() not in got
        assert not loaded(got)._changed()

    def test_no_secret_in_expanded_resources_is_pickled(self, client: StubClient) -> None:
        key = {**link("/apiKeys/k"), "id": "k", "secret": SECRET}
        provider = {**link("/directories/d1/provider"), "clientSecret": SECRET, "clientId": "c"}
        json = account_json(
            apiKeys={**link("/accounts/a1/apiKeys"), "limit": 25, "offset": 0, "size": 1, "items": [key]},
            directory={**link("/directories/d1"), "name": "D", "provider": provider},
            newerThing={**link("/things/t"), "token": link(f"/applications/x/authTokens/{SECRET}")},
        )

        pickles = [pickle.dumps(Account(client, properties=json))]
        account = Account(client, properties=json)
        for read in (list(account.api_keys), account.api_keys.items, account.api_keys):
            pickles += [pickle.dumps(account), pickle.dumps(read)]
        assert account.api_keys[0].secret == SECRET
        pickles.append(pickle.dumps(account))
        assert account.directory.provider.client_secret == SECRET
        pickles += [pickle.dumps(account), pickle.dumps([account.directory])]

        assert not [each for each in pickles if SECRET.encode() in each]
        got = loaded(pickles[0])
        assert (got.api_keys.items[0].id, got.directory.provider.client_id) == ("k", "c")
        assert got.newerThing.href == f"{BASE}/things/t"

    def test_no_secret_of_a_listed_key_is_pickled(self, client: StubClient, exchange: Exchange) -> None:
        key = {**link("/apiKeys/k"), "id": "k", "secret": SECRET}
        exchange.lists("/accounts/a1/apiKeys", [key])
        keys = ApiKeyList(client, href="/accounts/a1/apiKeys")
        listed = list(keys)
        assert keys[0].secret == listed[0].secret == SECRET

        assert SECRET.encode() not in pickle.dumps([keys, listed])

    def test_no_token_in_an_href_is_pickled(self, client: StubClient) -> None:
        href = f"{BASE}/applications/x/passwordResetTokens/{SECRET}"
        token = PasswordResetToken(client, properties={"href": href, "email": "a@example.org"})

        got = pickle.dumps(token)

        assert SECRET.encode() not in got
        assert loaded(got).email == "a@example.org"

    def test_no_credential_of_the_client_is_pickled(self, real: Client) -> None:
        things = [
            Account(real, properties=account_json()), real.accounts, real.tenant, real.accounts[1:2],
            real.accounts.get("a1").custom_data, real.accounts.query(q="x").prefetch(),
        ]  # fmt: skip

        got = pickle.dumps(things)

        assert SECRET.encode() not in got
        assert b"key-id" not in got

    def test_a_client_is_not_pickled(self, real: Client) -> None:
        with pytest.raises(TypeError, match="make one in each process, and attach resources"):
            pickle.dumps(real)


class TestAttaching:
    def test_an_attached_resource_makes_requests_again(
        self, account: Account, real: Client, exchange: Exchange
    ) -> None:
        real.data_store.executor = exchange
        exchange.holds("/directories/d1", name="D")
        exchange.lists("/accounts/a1/groups", [group_json("g1")])
        exchange.answers("POST", "/accounts/a1", account_json())
        assert account.groups.href
        account.given_name = "Eve"

        got = real.attach(pickled(account))

        assert got.directory.name == "D"
        assert [each.name for each in got.groups] == ["g1"]
        got.save()
        assert exchange.last == ("POST", "/accounts/a1", {}, {"givenName": "Eve"})

    def test_what_was_left_out_is_fetched(self, real: Client, exchange: Exchange) -> None:
        real.data_store.executor = exchange
        json = exchange.holds("/apiKeys/k", id="k", secret=SECRET)
        provider = exchange.holds("/directories/d1/provider", clientId="c", clientSecret=SECRET)

        key = real.attach(pickled(ApiKey(real, properties=json)))
        directory = Directory(real, properties={**link("/directories/d1"), "provider": provider})
        assert directory.provider.client_secret == SECRET

        assert key.secret == SECRET
        assert real.attach(pickled(directory)).provider.client_secret == SECRET

    def test_all_that_it_holds_gets_the_client(
        self, account: Account, real: Client, exchange: Exchange
    ) -> None:
        exchange.holds("/accounts/a1/customData", plan="pro")
        exchange.holds("/directories/d1", name="D")
        exchange.lists("/accounts/a1/groups", [group_json("g1")])
        assert (account.custom_data["plan"], account.directory.name) == ("pro", "D")
        assert account.groups.items[0].name == "g1"
        got = pickled(account)
        assert got.groups[0].directory._client is NO_CLIENT
        held = [got, got.custom_data, got.directory, got.groups, *got.groups.items]

        real.attach(got)

        assert {id(each._client) for each in [*held, got.groups[0], got.groups[0].directory]} == {id(real)}

    def test_parts_get_the_client(self, client: StubClient, real: Client) -> None:
        rules = AttributeStatementMappingRules(
            client, properties={**link("/rules/r"), "items": [{"name": "mail"}]}
        )
        assert rules.items

        got = real.attach(pickled(rules))

        assert got.items._client is got.items[0]._client is real

    def test_a_list_reads_anew(self, client: StubClient, real: Client, exchange: Exchange) -> None:
        exchange.lists("/accounts", [account_json("a1")])
        assert client.accounts.items
        got = real.attach(pickled(client.accounts))
        exchange.lists("/accounts", [account_json("a1"), account_json("a2")])
        real.data_store.executor = exchange

        assert len(list(got)) == 2

    def test_a_resource_of_another_service_is_refused(self, account: Account) -> None:
        other = Client("https://other.example.com/v1", id="i", secret="s")

        with other, pytest.raises(ValueError, match="is not below the base URL"):
            other.attach(pickled(account))

    @pytest.mark.parametrize("thing", [None, "href", [], {}])
    def test_anything_but_a_resource_is_refused(self, real: Client, thing: Any) -> None:
        with pytest.raises(TypeError, match="attach takes a resource"):
            real.attach(thing)


class TestCopying:
    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
    def test_copies_keep_their_client_and_make_no_request(
        self, client: StubClient, exchange: Exchange, copied: Callable[[Any], Any]
    ) -> None:
        config = WebConfig(client, properties={**link("/webConfigs/w"), "me": {"expand": {"groups": True}}})
        rules = AttributeStatementMappingRules(
            client, properties={**link("/rules/r"), "items": [{"name": "mail"}]}
        )
        account = Account(client, properties=account_json(password=SECRET))
        things = [
            config, config.me, config.me.expand, rules, rules.items, account, account.custom_data,
            account.groups, account.groups[1:],
        ]  # fmt: skip

        for thing in things:
            got = copied(thing)
            assert type(got) is type(thing)
            assert got._client is client
            assert got == thing
        assert copied(account).password == SECRET
        assert exchange.count == 0

    def test_a_deep_copy_of_a_list_belongs_to_the_copied_resource(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        properties = {**link("/rules/r"), "items": [{"name": "mail"}]}
        exchange.answers("GET", "/rules/r", properties)
        rules = AttributeStatementMappingRules(client, properties=properties)
        assert rules.items

        twin = copy.deepcopy(rules)
        twin.items.append({"name": "phone"})

        assert twin.items._parent is twin
        assert len(rules.items) == 1
        assert rules.items._parent is rules


CHILD = """\
import pickle, sys
account = pickle.load(sys.stdin.buffer)
print(account.email, account.custom_data["plan"], [group.name for group in account.groups])
try:
    account.directory.name
except Exception as error:
    print(error)
"""


def test_another_process_reads_what_is_held(account: Account, exchange: Exchange) -> None:
    account.custom_data["plan"] = "pro"
    exchange.lists("/accounts/a1/groups", [group_json("g1")])
    assert account.groups.items

    done = subprocess.run(
        [sys.executable, "-c", CHILD], input=pickle.dumps(account), capture_output=True, check=True
    )

    assert done.stdout.decode().splitlines() == [
        "a1@example.org pro ['g1']",
        f"<Directory href={BASE}/directories/d1> was unpickled and has no client; "
        "give it one with client.attach(...)",
    ]


def test_every_class_is_pickled(client: StubClient) -> None:
    properties = {**link("/things/t"), "newThing": link("/x/y")}
    # A nested object may have a constructor of its own.
    things = [
        kind._of(client, properties)
        if issubclass(kind, FixedAttrsDict)
        else kind(client, properties=properties)
        for kind in classes()
        if kind is not AuthenticationResult
    ]

    for thing, got in zip(things, pickled(things), strict=True):
        assert type(got) is type(thing)
        assert got._raw == thing._raw
        assert got == thing
    assert len(things) > 80
