"""Grants and tokens of one tenant, application or account: out of reach for others, and as issued."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from service.assembled_tokens import assembled, assertion_of, live, parts_of
from service.calls import Api, Json, id_of
from service.tenant_rows import dump
from service.token_calls import (
    FORM,
    client_credentials,
    grant,
    oauth_error,
    password_grant,
    refresh,
    revoke,
    validate,
)
from stormpath.server.app import Service

pytestmark = pytest.mark.either_database


class World:
    """A tenant's application with an account, a key, and live tokens."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.application, self.directory = api.application_with_directory()
        self.account = api.account(self.directory)
        self.key = api.api_key(self.account)
        self.tokens = password_grant(api, self.application).ok
        self.access, self.refresh = self.tokens["access_token"], self.tokens["refresh_token"]
        self.hrefs = live(api, self.account)


@pytest.fixture
def mine(api: Api) -> World:
    return World(api)


@pytest.fixture
def theirs(stranger: Api) -> World:
    """The same of another tenant, with equal names and passwords."""
    return World(stranger)


def test_the_endpoints_of_a_foreign_application_do_not_exist(service: Service, stranger: Api, mine: World):
    before = dump(service, mine.api.tenant_id)
    application = mine.application

    answers = [
        password_grant(stranger, application),
        refresh(stranger, application, mine.refresh),
        client_credentials(stranger, application, mine.key),
        grant(stranger, application, "stormpath_token", token=mine.access),
        grant(stranger, application, "unknown"),
        revoke(stranger, application, mine.refresh),
        revoke(stranger, application, "x"),
    ]

    assert {oauth_error(each) for each in answers} == {(404, "invalid_request", 404)}
    assert validate(stranger, application, mine.access).status in (400, 404)
    assert dump(service, mine.api.tenant_id) == before


def test_foreign_credentials_are_worth_nothing_at_ones_own_application(
    service: Service, stranger: Api, mine: World, theirs: World
):
    before = dump(service, mine.api.tenant_id)
    own = theirs.application
    assertion = assembled(*assertion_of(mine.api, mine.application, mine.account), mine.api.secret)

    assert oauth_error(refresh(stranger, own, mine.refresh)) == (400, "invalid_grant", 10017)
    assert oauth_error(grant(stranger, own, "stormpath_token", token=assertion)) == (
        400,
        "invalid_grant",
        10017,
    )
    assert oauth_error(client_credentials(stranger, own, mine.key)) == (401, "invalid_client", 401)
    assert validate(stranger, own, mine.access).error == (400, 10017)
    for token in (mine.access, mine.refresh):
        assert revoke(stranger, own, token).status == 200

    assert dump(service, mine.api.tenant_id) == before


def test_an_assertion_of_ones_own_key_is_about_no_foreign_account_or_application(
    stranger: Api, mine: World, theirs: World
):
    def exchanged(**changes: str) -> tuple[int, str, int]:
        header, claims = assertion_of(stranger, theirs.application, theirs.account)
        token = assembled(header, claims | changes, stranger.secret)
        return oauth_error(grant(stranger, theirs.application, "stormpath_token", token=token))

    assert exchanged(sub=mine.account["href"]) == (400, "invalid_grant", 10010)
    assert exchanged(iss=mine.application["href"]) == (400, "invalid_grant", 10014)
    # The first of them has spent its id.
    assert exchanged(sub=stranger.tenant, jti="another") == (400, "invalid_grant", 10010)


def test_a_foreign_store_is_none(stranger: Api, mine: World, theirs: World):
    mine.api.organization("Theirs")
    store, name = {"accountStore": mine.directory["href"]}, {"organizationNameKey": "theirs"}

    for more, code in ((store, 2016), (name, 2014)):
        password = {"username": "ada", "password": "Changeme1!"}
        key = {"client_id": id_of(theirs.key), "client_secret": theirs.key["secret"]}
        for grant_type, fields in (("password", password), ("client_credentials", key)):
            answer = grant(stranger, theirs.application, grant_type, **fields, **more)
            assert oauth_error(answer) == (400, "invalid_request", code)


def test_foreign_tokens_are_no_resources(service: Service, stranger: Api, mine: World, theirs: World):
    before = dump(service, mine.api.tenant_id)
    account = mine.account["href"]

    for href in mine.hrefs:
        assert stranger.get(href).error == (404, 10013)
        assert stranger.get(href, expand="account,application,tenant").error == (404, 10013)
        assert stranger.delete(href).status == 404
    for href in (f"{account}/accessTokens", f"{account}/refreshTokens"):
        assert stranger.get(href).error == (404, 404)
    by_application = {"application.href": mine.application["href"]}
    for kind in ("accessTokens", "refreshTokens"):
        answer = stranger.get(f"{theirs.account['href']}/{kind}", by_application)
        assert answer.status in (200, 400), answer.raw
        assert answer.status == 400 or answer.items == []

    assert dump(service, mine.api.tenant_id) == before


class TestInOneTenant:
    """What holds between tenants holds between the applications and the accounts of one, too."""

    @pytest.fixture
    def other(self, api: Api) -> Json:
        """Another application, with an account of the same name and password."""
        application, directory = api.application_with_directory("Other")
        api.account(directory)
        return application

    def test_the_tokens_and_keys_of_one_application_are_none_at_another(
        self, api: Api, mine: World, other: Json
    ):
        assert oauth_error(refresh(api, other, mine.refresh)) == (400, "invalid_grant", 10014)
        assert oauth_error(client_credentials(api, other, mine.key)) == (401, "invalid_client", 401)
        assert validate(api, other, mine.access).error == (400, 10014)
        for token in (mine.access, mine.refresh):
            assert revoke(api, other, token).status == 200

        assert live(api, mine.account) == mine.hrefs

    def test_the_end_of_one_accounts_tokens_leaves_those_of_others(self, api: Api, mine: World):
        grace = api.account(mine.directory, "grace")
        password_grant(api, mine.application, "grace")
        of_grace = live(api, grace)

        api.post(mine.account["href"], {"password": "An0ther one"})
        api.delete(mine.account["href"])

        assert live(api, grace) == of_grace
        assert len(of_grace) == 2

    def test_an_account_that_leaves_an_application_leaves_its_tokens_useless(self, api: Api, mine: World):
        mapping = api.get(mine.application["defaultAccountStoreMapping"]["href"]).ok
        api.delete(mapping["href"])

        assert validate(api, mine.application, mine.access).error == (400, 10016)
        assert oauth_error(refresh(api, mine.application, mine.refresh)) == (400, "invalid_grant", 10016)
        assert oauth_error(client_credentials(api, mine.application, mine.key)) == (
            401,
            "invalid_client",
            401,
        )


#: What a token is, in every spelling that a careless service might take out of a form.
OTHERS = {
    **{"sub": "x", "iss": "x", "jti": "x", "exp": "9999999999", "iat": "1", "kid": "x", "stt": "refresh"},
    **{"expires_in": "9999999", "accessTokenTtl": "P10Y", "ttl": "P10Y", "id": "x", "scope": "admin"},
    **{"account": "x", "account_id": "x", "accountId": "x", "tenant_id": "x", "grant_id": "x", "rti": "x"},
    **{"application": "x", "application_id": "x", "api_key_id": "x", "jwt": "x", "expires_at": "9999999"},
    **{"org": "x", "organization_id": "x", "directory_id": "x", "href": "x", "created_at": "1"},
    **{"__proto__": "x", "__class__": "x", "password_of": "x", "token_type": "x", "status": "AUTHENTICATED"},
}


def test_a_form_decides_nothing_but_its_own_fields(api: Api, mine: World):
    password = {"username": "ada", "password": "Changeme1!"}
    key = {"client_id": id_of(mine.key), "client_secret": mine.key["secret"]}
    grants = {
        "password": password,
        "client_credentials": key,
        "refresh_token": {"refresh_token": mine.refresh},
    }
    for grant_type, fields in grants.items():
        plain, sent = (grant(api, mine.application, grant_type, **fields, **more).ok for more in ({}, OTHERS))

        (header, claims), (other_header, others) = (parts_of(each["access_token"]) for each in (plain, sent))
        assert sent.keys() == plain.keys()
        assert (other_header, others.keys()) == (header, claims.keys()), grant
        assert {others[name] for name in ("iss", "sub")} == {claims[name] for name in ("iss", "sub")}
        assert others["exp"] - others["iat"] == sent["expires_in"] == 3600
        assert "x" not in others.values()
    in_query = urlencode({"grant_type": "password", **password, **OTHERS})
    answer = api.request("POST", f"{mine.application['href']}/oauth/token", query=in_query)
    assert parts_of(answer.ok["access_token"])[1].keys() == {"jti", "iat", "iss", "sub", "exp", "rti"}


def test_a_token_is_issued_and_revoked_and_never_written(service: Service, api: Api, mine: World):
    before = dump(service, api.tenant_id)
    for href in mine.hrefs:
        for body in ({"status": "DISABLED"}, {"expiresAt": 1}, {}):
            assert api.post(href, body).error == (405, 1100)
        assert api.request("PUT", href).error == (405, 1100)
    for kind in ("accessTokens", "refreshTokens"):
        for place in (f"/{kind}", f"{mine.account['href']}/{kind}"):
            assert api.post(place, {"jwt": mine.access}).status in (404, 405), place
    for name in ("accessTokens", "refreshTokens"):
        more: Json = {name: {"items": []}}
        assert api.post(mine.account["href"], more).status in (200, 400)

    assert dump(service, api.tenant_id) == before


@pytest.mark.parametrize("path", ["token", "revoke"])
def test_without_credentials_of_the_tenant_no_endpoint_answers(api: Api, mine: World, path: str):
    """Those of an account's own key are none: it authenticates to the application, not to the service."""
    place = f"{mine.application['href']}/oauth/{path}"
    body = urlencode({"grant_type": "refresh_token", "refresh_token": mine.refresh, "token": mine.refresh})
    of_account = Api(api.wsgi, api.base_url, api.tenant_id, id_of(mine.key), mine.key["secret"])

    anonymous = api.request("POST", place, body.encode(), headers={"Content-Type": FORM}, credentials={})
    by_account = of_account.request("POST", place, body.encode(), headers={"Content-Type": FORM})

    for answer in (anonymous, by_account):
        assert answer.error == (401, 401)
        assert "www-authenticate" in answer.headers
    assert live(api, mine.account) == mine.hrefs
