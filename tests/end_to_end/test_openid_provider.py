"""Logins at a real OpenID provider through the SDK: as a generic OAuth 2.0 provider, and as Google."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count

import pytest

from stormpath import Client
from stormpath.api_auth import StormpathSocialGrantAuthenticator
from stormpath.error import Error
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from stormpath.resources.user_info_mapping_rules import UserInfoMappingRule
from support import databases
from support.openid_server import GAME, SHOP, OpenIdProvider
from support.serving import serving

NewPerson = Callable[..., str]

GENERIC, GOOGLE = "keycloak", "google"
# As what the provider is used, and what a login hands over.
GENERIC_CODE, GENERIC_TOKEN = (GENERIC, "code"), (GENERIC, "access_token")
GOOGLE_CODE, GOOGLE_TOKEN = (GOOGLE, "code"), (GOOGLE, "access_token")
REFUSED = (400, 7200)

_numbers = count(1)


def only(*ways: tuple[str, str]) -> pytest.MarkDecorator:
    """Run a test in those ways."""
    return pytest.mark.parametrize("way", ways, indirect=True, ids="-".join)


@pytest.fixture(scope="module", params=["embedded", "served"])
def new_client(
    request: pytest.FixtureRequest, openid_provider: OpenIdProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Client]]:
    """``new_client()`` makes a client of a service to which the provider is Google, and may be reached.

    The embedded one is on SQLite, the served one on PostgreSQL.
    """
    with pytest.MonkeyPatch.context() as environment, ExitStack() as running:
        for name, value in {
            "GOOGLE_TOKEN_URL": openid_provider.token_endpoint,
            "GOOGLE_TOKENINFO_URL": openid_provider.tokeninfo_endpoint,
            "GOOGLE_USERINFO_URL": openid_provider.userinfo_endpoint,
            "OUTBOUND_TARGETS": "127.0.0.1",
            "OUTBOUND_PORTS": str(openid_provider.port),
        }.items():
            environment.setenv(f"STORMPATH_{name}", value)
        # The services of other tests have other settings: each has a database of its own.
        if request.param == "embedded":
            template = request.getfixturevalue("sqlite_template")
            url = databases.sqlite_copy(template, tmp_path_factory.mktemp("embedded"))
        else:
            template = request.getfixturevalue("postgresql_template")
            url = request.getfixturevalue("postgresql_server").create_database(template)
        local = running.enter_context(Client(database=url))
        if request.param == "embedded":
            yield lambda: local
            return
        key = {"id": local.auth.id, "secret": local.auth.secret}
        base_url = running.enter_context(serving(url, tmp_path_factory.mktemp("served") / "log"))
        yield lambda: running.enter_context(Client(base_url, api_key=key))


@pytest.fixture
def way(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The way of a test that runs in ``only`` some."""
    kind, credential = request.param
    return kind, credential


@pytest.fixture
def kind(way: tuple[str, str]) -> str:
    return way[0]


@pytest.fixture
def mirror(
    client: Client,
    app: Application,
    openid_provider: OpenIdProvider,
    unique: Callable[[str], str],
    kind: str,
) -> Directory:
    """A directory of the provider, mapped to the application."""
    described = {
        "provider_id": kind,
        "client_id": SHOP.id,
        "client_secret": SHOP.secret,
        "redirect_uri": SHOP.redirect_uri,
    }
    if kind == GENERIC:
        described |= {
            "authorization_endpoint": openid_provider.authorization_endpoint,
            "token_endpoint": openid_provider.token_endpoint,
            "resource_endpoint": openid_provider.userinfo_endpoint,
            "id_field": "sub",
        }
    directory = client.directories.create({"name": unique(kind), "provider": described})
    app.account_store_mappings.create({"application": app, "account_store": directory})
    return directory


@pytest.fixture
def new_person(openid_provider: OpenIdProvider) -> NewPerson:
    """``new_person()`` gives somebody an account at the provider and returns the user id, ``sub``.

    Claims may be added. The address is that of the id.
    """

    def make(**claims: object) -> str:
        sub = f"person-{next(_numbers)}"
        usual = {
            "email": f"{sub}@example.com",
            "email_verified": True,
            "given_name": "Ann",
            "family_name": "Li",
        }
        openid_provider.add_account(sub, **{**usual, **claims})
        return sub

    return make


@pytest.fixture
def logged_in(way: tuple[str, str], openid_provider: OpenIdProvider) -> Callable[..., dict[str, str]]:
    """``logged_in(sub)`` logs a person in and returns the argument of ``get_provider_account``."""
    if way[1] == "code":
        return lambda sub, *client: {"code": openid_provider.code_of(sub, *client)}
    return lambda sub, *client: {"access_token": openid_provider.access_token_of(sub, *client)}


@only(GENERIC_CODE, GENERIC_TOKEN, GOOGLE_CODE, GOOGLE_TOKEN)
def test_the_first_login_makes_an_account_and_the_next_one_finds_it(app, mirror, kind, new_person, logged_in):
    ann = new_person()

    first = app.get_provider_account(kind, **logged_in(ann))
    second = app.get_provider_account(kind, **logged_in(ann))

    assert (first.is_new_account, second.is_new_account) == (True, False)
    assert second == first
    assert (first.email, first.given_name, first.surname) == (f"{ann}@example.com", "Ann", "Li")
    assert (first.directory, first.email_verification_status, first.status) == (mirror, "VERIFIED", "ENABLED")
    assert [each.href for each in mirror.accounts] == [first.href]


@only(GENERIC_TOKEN)
def test_provider_data_are_those_of_the_last_login(app, mirror, kind, new_person, openid_provider):
    ann = new_person()
    tokens = [openid_provider.access_token_of(ann) for _ in range(2)]

    data = [app.get_provider_account(kind, access_token=each).provider_data for each in tokens]

    data[0].refresh()
    for each in data:
        assert (each.provider_id, each.access_token, each.refresh_token) == (kind, tokens[1], None)
        told = each.user_info
        assert (told["sub"], told["email"], told["email_verified"]) == (ann, f"{ann}@example.com", True)


@only(GOOGLE_CODE)
def test_a_refresh_token_that_comes_with_a_code_is_kept(app, mirror, kind, new_person, openid_provider):
    ann = new_person()
    code = openid_provider.code_of(ann, scope="openid email offline_access", prompt="consent")
    first = app.get_provider_account(kind, code=code).provider_data.refresh_token

    later = app.get_provider_account(kind, code=openid_provider.code_of(ann))

    assert first
    assert later.provider_data.refresh_token == first


@only(GENERIC_CODE)
def test_a_login_brings_what_the_provider_tells_now(
    app, mirror, kind, new_person, logged_in, openid_provider
):
    ann = new_person()
    before = app.get_provider_account(kind, **logged_in(ann))

    moved = f"moved-{ann}@example.com"
    openid_provider.add_account(ann, email=moved, email_verified=False, given_name="Anna")
    after = app.get_provider_account(kind, **logged_in(ann))

    assert after == before
    after.refresh()
    assert (after.email, after.given_name, after.surname) == (moved, "Anna", "Li")
    assert after.email_verification_status == "UNVERIFIED"


@only(GOOGLE_TOKEN)
def test_another_person_with_the_address_of_an_account_does_not_get_it(
    app, mirror, kind, new_person, logged_in
):
    ann = new_person()
    account = app.get_provider_account(kind, **logged_in(ann))

    for is_verified in (False, True):
        other = new_person(email=account.email, email_verified=is_verified)
        with pytest.raises(Error) as caught:
            app.get_provider_account(kind, **logged_in(other))
        assert (caught.value.status, caught.value.code) == (409, 2001)

    account.refresh()
    assert account.provider_data.user_info["sub"] == ann
    assert len(mirror.accounts) == 1


@only(GOOGLE_CODE, GOOGLE_TOKEN)
def test_what_another_client_was_given_is_refused(app, mirror, kind, new_person, logged_in):
    credentials = logged_in(new_person(), GAME)

    with pytest.raises(Error) as caught:
        app.get_provider_account(kind, **credentials)

    assert (caught.value.status, caught.value.code) == REFUSED
    assert not any(each in str(vars(caught.value)) for each in credentials.values())
    assert list(mirror.accounts) == []


@only(GENERIC_CODE)
def test_a_code_of_another_client_is_refused(app, mirror, kind, new_person, openid_provider):
    code = openid_provider.code_of(new_person(), GAME)

    with pytest.raises(Error) as caught:
        app.get_provider_account(kind, code=code, redirect_uri=GAME.redirect_uri)

    assert (caught.value.status, caught.value.code) == REFUSED
    assert "invalid_grant" in caught.value.developer_message
    assert list(mirror.accounts) == []


@only(GOOGLE_CODE)
def test_a_code_works_once(app, mirror, kind, new_person, openid_provider):
    code = openid_provider.code_of(new_person())
    assert app.get_provider_account(kind, code=code).is_new_account

    with pytest.raises(Error) as caught:
        app.get_provider_account(kind, code=code)

    assert (caught.value.status, caught.value.code) == REFUSED
    assert code not in str(vars(caught.value))


@only(GOOGLE_TOKEN)
def test_mapping_rules_copy_claims(app, mirror, kind, new_person, logged_in):
    rules = mirror.provider.user_info_mapping_rules
    rules.items = [
        UserInfoMappingRule("locale", ["customData.locale"]),
        UserInfoMappingRule("name", ["surname"]),
    ]
    rules.save()

    account = app.get_provider_account(kind, **logged_in(new_person(locale="nl", name="Ann van Lee")))

    assert (account.custom_data["locale"], account.surname) == ("nl", "Ann van Lee")


@only(GENERIC_CODE)
def test_an_organization_logs_people_in(client, app, mirror, kind, new_person, logged_in, unique):
    crew = client.organizations.create({"name": unique("Crew"), "name_key": unique("crew").replace(" ", "-")})
    client.organization_account_store_mappings.create({"organization": crew, "account_store": mirror})
    ann = new_person()

    account = crew.accounts.create({"provider_data": {"provider_id": kind, **logged_in(ann)}})

    assert (account.is_new_account, account.email) == (True, f"{ann}@example.com")
    assert app.get_provider_account(kind, **logged_in(ann)) == account


@only(GOOGLE_CODE)
def test_a_login_is_exchanged_for_tokens_of_the_application(app, mirror, kind, new_person, logged_in):
    ann = new_person()
    authenticator = StormpathSocialGrantAuthenticator(app)

    granted = authenticator.authenticate(kind, **logged_in(ann))

    assert granted.account.email == f"{ann}@example.com"
    assert granted.refresh_token
    assert authenticator.authenticate(kind, access_token="a-guess") is None
