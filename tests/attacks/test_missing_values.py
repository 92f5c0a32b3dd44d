"""A criterion without a value matches nothing: neither in the SDK, before any request, nor in the service.

The field that a form lacks is None, and the first of all accounts must not log in, or lose its group, by it.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

import stormpath.resources
from service.calls import Api, Json, link, path_of
from service.tenant_rows import dump
from stormpath import Client
from stormpath.embedded import EmbeddedExecutor
from stormpath.resources.account import Account
from stormpath.resources.application import Application
from stormpath.resources.challenge import Challenge
from stormpath.resources.directory import Directory
from stormpath.resources.factor import Factor
from stormpath.resources.group import Group
from stormpath.resources.record import Record
from stormpath.server.app import Service
from support.request_counts import count_requests

pytestmark = pytest.mark.either_database


@dataclass
class World:
    """Two accounts and two groups of one directory; ``member`` is in ``admins``, ``other`` in no group."""

    client: Client
    application: Application
    directory: Directory
    member: Account
    other: Account
    admins: Group
    users: Group

    @property
    def new_group(self) -> Group:
        return Group(self.client, properties={"name": "Admins"})

    @property
    def new_account(self) -> Account:
        return Account(self.client, properties={"email": "ann@example.com"})


@pytest.fixture
def world(api: Api) -> Iterator[World]:
    application, directory = api.application_with_directory()
    member, other = api.account(directory, "ann"), api.account(directory, "bob")
    admins, users = api.group(directory, "Admins"), api.group(directory, "Users")
    api.membership(member, admins)
    with Client(api.base_url, id=api.key_id, secret=api.secret) as client:
        client.data_store.executor = EmbeddedExecutor(api.wsgi, api.base_url, api.key_id, api.secret)
        yield World(
            client,
            client.applications.get(application["href"]),
            client.directories.get(directory["href"]),
            client.accounts.get(member["href"]),
            client.accounts.get(other["href"]),
            client.groups.get(admins["href"]),
            client.groups.get(users["href"]),
        )


Value = Callable[[World], Any]

#: What a search and a filter of it may be given instead of a value.
NO_VALUES: list[Any] = [None, "", [], (), {}, b""]


def references(field: str, plural: str) -> list[Value]:
    """Return references to a group or an account that refer to none, or to any."""
    return [
        lambda world: None,
        lambda world: "",
        lambda world: {},
        lambda world: {field: None},
        lambda world: {field: ""},
        lambda world: {field: []},
        lambda world: {field: "a*", "surname": None},
        lambda world: {"limit": 1},
        lambda world: {field: "*", "limit": 1},
        lambda world: {"order_by": field},
        lambda world: world.new_group if plural == "groups" else world.new_account,
        lambda world: world.client.BASE_URL,
        lambda world: f"{world.client.BASE_URL}/{plural}",
        lambda world: f"{world.client.BASE_URL}/{plural}/",
    ]


GROUPS, ACCOUNTS = references("name", "groups"), references("email", "accounts")
#: Stores that name none: all stores of the application would be searched.
STORES: list[Value] = [
    lambda world: "",
    lambda world: {},
    lambda world: {"href": None},
    lambda world: {"href": ""},
    lambda world: {"name_key": None},
    lambda world: {"nameKey": ""},
    lambda world: Directory(world.client, properties={"name": "New"}),
]
TOKENS: list[Value] = [lambda world: None, lambda world: ""]
HREFS: list[Value] = [*TOKENS, lambda world: "/", lambda world: "//"]


def each_of(values: list[Any]) -> list[Value]:
    return [partial(_given, each) for each in values]


def _given(value: Any, world: "World") -> Any:
    return value


#: Each public method that takes a criterion: what calls it, and with which values.
CALLS: dict[str, list[tuple[Callable[[World, Any], Any], list[Value]]]] = {
    "Account.add_group": [(lambda w, v: w.other.add_group(v), GROUPS)],
    "Account.add_groups": [
        (lambda w, v: w.other.add_groups([v]), GROUPS),
        (lambda w, v: w.other.add_groups(["Users", "Admins", v]), GROUPS),
    ],
    "Account.has_group": [(lambda w, v: w.member.has_group(v), GROUPS)],
    "Account.in_group": [(lambda w, v: w.member.in_group(v), GROUPS)],
    "Account.has_groups": [
        (lambda w, v: w.member.has_groups([v]), GROUPS),
        (lambda w, v: w.member.has_groups(["Admins", v], all=False), GROUPS),
    ],
    "Account.in_groups": [(lambda w, v: w.member.in_groups([v], all=False), GROUPS)],
    "Account.remove_group": [(lambda w, v: w.member.remove_group(v), GROUPS)],
    "Account.remove_groups": [(lambda w, v: w.member.remove_groups(["Admins", v]), GROUPS)],
    "Group.add_account": [(lambda w, v: w.admins.add_account(v), ACCOUNTS)],
    "Group.add_accounts": [(lambda w, v: w.admins.add_accounts(["bob", v]), ACCOUNTS)],
    "Group.has_account": [(lambda w, v: w.admins.has_account(v), ACCOUNTS)],
    "Group.has_accounts": [(lambda w, v: w.admins.has_accounts([v], all=False), ACCOUNTS)],
    "Group.remove_account": [(lambda w, v: w.admins.remove_account(v), ACCOUNTS)],
    "Group.remove_accounts": [(lambda w, v: w.admins.remove_accounts(["ann", v]), ACCOUNTS)],
    "Application.has_account": [(lambda w, v: w.application.has_account(v), ACCOUNTS)],
    "Application.authenticate_account": [
        (lambda w, v: w.application.authenticate_account("ann", "Changeme1!", account_store=v), STORES),
        (lambda w, v: w.application.authenticate_account(v, "Changeme1!"), each_of([None])),
        (lambda w, v: w.application.authenticate_account("ann", v), each_of([None])),
        (
            lambda w, v: w.application.authenticate_account("ann", "Changeme1!", organization_name_key=v),
            each_of([""]),
        ),
    ],
    "LoginAttemptList.basic_auth": [
        (lambda w, v: w.application.login_attempts.basic_auth("ann", "Changeme1!", account_store=v), STORES)
    ],
    "LoginAttemptList.create": [
        (
            lambda w, v: w.application.login_attempts.create(
                {"type": "basic", "value": "YW5uOkNoYW5nZW1lMQ==", "account_store": v}
            ),
            [*STORES, lambda world: None],
        ),
        (lambda w, v: w.application.login_attempts.create({"type": "basic", "value": v}), TOKENS),
    ],
    "Application.get_provider_account": [
        (lambda w, v: w.application.get_provider_account(v, access_token="x"), TOKENS),
        (lambda w, v: w.application.get_provider_account("google", access_token=v, code=v), TOKENS),
    ],
    "Application.send_password_reset_email": [
        (lambda w, v: w.application.send_password_reset_email(v), TOKENS),
        (lambda w, v: w.application.send_password_reset_email("ann@example.com", v), STORES),
    ],
    "PasswordResetTokenList.create": [
        (lambda w, v: w.application.password_reset_tokens.create({"email": v}), TOKENS),
        (
            lambda w, v: w.application.password_reset_tokens.create(
                {"email": "ann@example.com", "account_store": v}
            ),
            [*STORES, lambda world: None],
        ),
    ],
    "Application.verify_password_reset_token": [
        (lambda w, v: w.application.verify_password_reset_token(v), TOKENS)
    ],
    "Application.reset_account_password": [
        (lambda w, v: w.application.reset_account_password(v, "Changeme2"), TOKENS)
    ],
    "AccountList.verify_email_token": [(lambda w, v: w.client.accounts.verify_email_token(v), TOKENS)],
    "VerificationEmailList.resend": [
        (lambda w, v: w.application.verification_emails.resend(v, w.directory), TOKENS),
        (lambda w, v: w.application.verification_emails.resend("ann", v), [*STORES, lambda world: None]),
    ],
    "VerificationEmailList.create": [
        (lambda w, v: w.application.verification_emails.create({"login": v}), TOKENS)
    ],
    "CollectionResource.search": [
        (lambda w, v: w.directory.accounts.search(v), TOKENS),
        (lambda w, v: w.directory.accounts.search({"email": v}), each_of(NO_VALUES)),
        (lambda w, v: w.directory.accounts.search({"email": "ann*", "custom_data.a": v}), each_of(NO_VALUES)),
    ],
    "CollectionResource.query": [
        (lambda w, v: w.client.accounts.query(username=v), each_of(NO_VALUES)),
        (lambda w, v: w.directory.groups.query(name="A*").query(created_at=v), each_of(NO_VALUES)),
        (lambda w, v: w.application.api_keys.query(id=v), each_of(NO_VALUES)),
        (lambda w, v: w.client.accounts.query(q=v), each_of(NO_VALUES)),
    ],
    "CollectionResource.get": [
        (lambda w, v: w.client.accounts.get(v), HREFS),
        (lambda w, v: w.client.api_keys.get(v), HREFS),
        (lambda w, v: w.client.applications[v], [lambda world: ""]),
        (lambda w, v: w.application.password_reset_tokens.get(v), TOKENS),
        (lambda w, v: w.application.auth_tokens.get(v), TOKENS),
        (
            lambda w, v: w.application.auth_tokens.get(f"{w.application.auth_tokens.href}/{v}"),
            [lambda world: ""],
        ),
        (lambda w, v: Account(w.client, href=v), [lambda world: ""]),
    ],
    "Challenge.submit": [(lambda w, v: Challenge(w.client, href="/challenges/x").submit(v), TOKENS)],
    "Factor.challenge_factor": [
        (
            lambda w, v: Factor(
                w.client, properties={"href": "/factors/x", "type": "google-authenticator"}
            ).challenge_factor(code=v),
            TOKENS,
        )
    ],
}

#: Public methods that look nothing up and let no one in, with what they do.
NO_LOOK_UP = {
    "AccountList.create": "creates",
    "Agent.synchronize": "takes flags",
    "AgentList.create": "refuses",
    "Application.create_account": "creates",
    "AuthenticationResult.get_access_token": "takes a token",
    "AuthenticationResult.get_access_token_response": "takes a token",
    "CollectionResource.create": "creates",
    "CollectionResource.order": "sorts",
    "CustomDataMapping.update": "sets keys",
    "DefaultModelEmailTemplate.set_link_base_url": "sets an attribute",
    "DefaultRelayStateList.create": "creates",
    "DefaultRelayStateList.get": "refuses",
    "DictMixin.get": "reads an attribute",
    "DictMixin.update": "sets attributes",
    "Directory.create_account": "creates",
    "EmailTemplate.preview": "shows a draft, for a made-up account by default",
    "FactorList.create": "creates",
    "PasswordResetTokenList.build_reset_href": "takes a token that was made",
    "PasswordStrength.validate_password": "validates a text",
}

#: Look-ups whose answer to a missing value is False, so that unchecked input may be passed on.
ANSWER_FALSE = {"ApiKeyList.get_key"}


def public_methods() -> Iterator[str]:
    """Yield each public method with an argument of each class of resources, where it is defined."""
    for found in pkgutil.iter_modules(stormpath.resources.__path__):
        module = importlib.import_module(f"stormpath.resources.{found.name}")
        for name, kind in vars(module).items():
            if not (
                inspect.isclass(kind) and kind.__module__ == module.__name__ and issubclass(kind, Record)
            ):
                continue
            for method, value in vars(kind).items():
                function = getattr(value, "__func__", value)
                if method.startswith("_") or not inspect.isfunction(function):
                    continue
                if len(inspect.signature(function).parameters) > 1:
                    yield f"{name}.{method}"


def test_each_public_method_with_an_argument_is_tried_here_or_looks_nothing_up():
    missing = set(public_methods()) - set(CALLS) - set(NO_LOOK_UP) - ANSWER_FALSE

    assert not missing, f"add to CALLS in {__file__} what they do with a missing value: {missing}"


def test_a_missing_value_is_an_error_before_any_request(service: Service, api: Api, world: World):
    _ = world.member.email, world.other.email
    before, requests, tried = dump(service, api.tenant_id), count_requests(world.client), 0

    for method, calls in CALLS.items():
        for call, values in calls:
            for value in values:
                given = value(world)
                # A reference may be of many types, and None has one of its own that is none of them.
                with pytest.raises((ValueError, TypeError)) as raised:
                    call(world, given)
                assert isinstance(raised.value, ValueError) or "has_account" in method or given is None, (
                    method
                )
                assert str(raised.value), method
                assert requests == 0, (method, given, requests)
                tried += 1

    assert tried > 250
    assert dump(service, api.tenant_id) == before


def test_the_error_names_the_criterion(world: World):
    for call, name in (
        (lambda: world.directory.accounts.search({"given_name": None}), "given_name"),
        (lambda: world.directory.groups.query(name=None), "name"),
        (lambda: world.admins.add_account({"email": None}), "email"),
        (lambda: world.application.send_password_reset_email("a@b.c", {"name_key": None}), "name_key"),
    ):
        with pytest.raises(ValueError, match=f"{name}.* has no value"):
            call()


def test_a_key_is_not_found_by_a_missing_id_or_secret(world: World):
    key = world.member.api_keys.create()
    requests = count_requests(world.client)

    for pair in ((None,), ("",), (None, None), (key.id, None), (key.id, ""), ("", key.secret)):
        assert world.application.api_keys.get_key(*pair) is False

    assert requests == 0
    assert world.application.api_keys.get_key(key.id) == key
    assert world.application.api_keys.get_key(key.id, key.secret) == key


def test_what_is_not_there_is_in_no_collection(world: World):
    requests = count_requests(world.client)

    missing: list[Any] = [None, "", "/", world.new_account, {}]
    for item in missing:
        assert item not in world.directory.accounts

    assert requests == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda world: world.other.add_group({"name": "*"}),
        lambda world: world.other.add_groups([{"name": "*s*"}]),
        lambda world: world.member.has_group({"status": "ENABLED"}),
        lambda world: world.member.remove_group({"name": "*"}),
        lambda world: world.admins.add_account({"email": "*@example.com"}),
        lambda world: world.admins.has_account({"email": "*@example.com"}),
        lambda world: world.admins.remove_account({"q": "example"}),
    ],
)
def test_a_search_that_finds_several_refers_to_none_of_them(
    service: Service, api: Api, world: World, call: Callable[[World], Any]
):
    before = dump(service, api.tenant_id)

    with pytest.raises(ValueError, match="more than one"):
        call(world)

    assert dump(service, api.tenant_id) == before


def test_a_search_that_finds_one_still_refers_to_it(world: World):
    assert not world.other.has_group({"name": "admins"})
    assert world.member.has_group({"name": "Adm*"})
    world.directory.groups.create({"name": "Crew"})
    world.other.add_groups(["Users", "Admins", {"name": "Crew"}])
    assert world.other.has_groups([{"name": "Users"}, "Admins", world.users])
    world.admins.remove_account({"email": "bob@example.com"})
    assert not world.admins.has_account("bob")


def test_options_of_a_list_may_be_none(world: World):
    accounts = world.directory.accounts.query(limit=None, offset=None, order_by=None, expand=None)

    assert [each.username for each in accounts] == ["ann", "bob"]
    assert len(list(accounts.query(limit=1))) == 1
    assert len(list(accounts.query(limit=1).query(limit=None))) == 2
    assert [each.username for each in accounts.search({})] == ["ann", "bob"]
    assert [each.username for each in accounts.search({"created_at": f"[,{datetime.now(UTC).date()}]"})] == []


# The service.

EMPTY = ("", "%20", "+", "%09", "%C2%A0", "%E2%80%8B", "%25", "%25%25", "_", "%5C", "%3F", ".*")


@pytest.fixture
def listed(api: Api) -> dict[str, Json]:
    application, directory = api.application_with_directory()
    data = {"customData": {"a": "x", "n": 1, "list": ["y"], "none": None}}
    account = api.account(directory, "ann", givenName="Ann", **data)
    api.account(directory, "bob", surname="Brown", **data)
    group = api.group(directory, "Admins", description="All of them", **data)
    api.membership(account, group)
    api.api_key(account)
    organization = api.organization()
    return {
        "application": application,
        "directory": directory,
        "account": account,
        "group": group,
        "organization": organization,
    }


FILTERS = {
    "directory/accounts": "email username givenName middleName surname q customData.a customData.none",
    "directory/groups": "name description q customData.a",
    "tenant/applications": "name description q",
    "tenant/directories": "name description q",
    "tenant/organizations": "name nameKey description q",
    "account/apiKeys": "id",
    "application/apiKeys": "id",
}


@pytest.mark.both_databases
def test_an_empty_filter_is_2101_and_a_blank_one_or_a_pattern_of_sql_finds_nothing(
    api: Api, listed: dict[str, Json]
):
    tried = 0

    for place, names in FILTERS.items():
        owner, name = place.split("/")
        path = f"/tenants/{api.tenant_id}/{name}" if owner == "tenant" else path_of(listed[owner], name)
        for filtered in names.split():
            if filtered.startswith("customData") and "accounts" not in name:
                continue
            for value in EMPTY:
                answer = api.request("GET", path, query=f"{filtered}={value}")
                if not value:
                    assert answer.error == (400, 2101), (path, filtered)
                elif not (filtered == "q" and value in ("%20", "+")):
                    # A blank is part of "All of them", which q finds.
                    assert answer.status == 400 or answer.items == [], (path, filtered, value)
                tried += 1
            assert api.request("GET", path, query=filtered).error == (400, 2101)
    assert tried > 150


@pytest.mark.parametrize(
    "name", ["createdAt", "modifiedAt", "passwordModifiedAt", "status", "limit", "expand"]
)
def test_a_parameter_that_is_no_text_is_2101_without_a_value(api: Api, listed: dict[str, Json], name: str):
    path = path_of(listed["directory"], "accounts")

    assert api.request("GET", path, query=f"{name}=").error == (400, 2101)
    for value in ("%20", "[,]", "(,)", "[%20,%20]", "*"):
        assert api.request("GET", path, query=f"{name}={value}").status == 400, value


def test_an_asterisk_alone_finds_what_has_a_value_and_no_more(api: Api, listed: dict[str, Json]):
    path = path_of(listed["directory"], "accounts")

    for value in ("*", "**"):
        assert [each["username"] for each in api.get(path, {"givenName": value}).items] == ["ann"]
        assert api.get(path, {"middleName": value}).items == []
        assert api.get(path, {"customData.none": value}).items == []
        assert api.get(path, {"q": value}).items == []
    for value in ("***", "*%*", "*_*", "*%", "_*"):
        assert api.get(path, {"givenName": value}).items == []


@pytest.mark.parametrize("value", [None, "", " ", "\t", "\u00a0", "*", "%", 0, False, [], {}])
def test_a_missing_name_in_a_body_finds_nothing(
    service: Service, api: Api, listed: dict[str, Json], value: Any
):
    application = listed["application"]
    store: list[Json] = [{"accountStore": {"href": value}}, {"accountStore": {"nameKey": value}}]
    login = {"type": "basic", "value": "YW5uOkNoYW5nZW1lMQ=="}
    bodies = {
        "passwordResetTokens": [{"email": value}, *({"email": "ann@example.com"} | each for each in store)],
        "verificationEmails": [
            {"login": value, "accountStore": link(listed["directory"])},
            *({"login": "ann"} | each for each in store),
        ],
        "loginAttempts": [login | each for each in store] + [{"type": "basic", "value": value}],
    }
    before = dump(service, api.tenant_id)

    for name, tried in bodies.items():
        for body in tried:
            answer = api.post(application[name]["href"], body)
            assert answer.error[0] == 400, (name, body)

    for body in (
        {"account": {"href": value}, "group": link(listed["group"])},
        {"account": value, "group": link(listed["group"])},
    ):
        assert api.post("/groupMemberships", body).error[0] == 400
    assert dump(service, api.tenant_id) == before


def test_a_path_without_its_token_or_id_finds_nothing(service: Service, api: Api, listed: dict[str, Json]):
    before = dump(service, api.tenant_id)
    application = path_of(listed["application"])

    for path in (
        "/accounts/emailVerificationTokens/",
        "/accounts/emailVerificationTokens",
        f"{application}/passwordResetTokens/%20",
        "/accounts/",
        "/groupMemberships/",
        "/apiKeys/%20",
    ):
        for method in ("GET", "POST", "DELETE"):
            if (method, path) == ("GET", "/accounts/"):
                continue  # The list of all accounts, as without the slash.
            answer = api.request(
                method, path, b'{"password": "Changeme2"}', headers={"Content-Type": "application/json"}
            )
            assert answer.status in (400, 404, 405), (method, path, answer.raw)
    assert dump(service, api.tenant_id) == before
