"""What each grant answers with: its members, and the claims of its tokens (rest-auth 3.3, 3.5)."""

import pytest

from service.calls import Api, Json, id_of, link
from service.clock import Clock
from service.tenant_setup import new_api_key
from service.token_calls import (
    ADA,
    claims_of,
    client_credentials,
    exchange,
    grant,
    header_of,
    is_valid,
    log_in,
    oauth_error,
    refresh,
    resigned,
    validate,
)
from stormpath.server.app import Service

ANSWER = {"access_token", "token_type", "expires_in", "stormpath_access_token_href"}


@pytest.fixture
def organization(api: Api, application: Json, directory: Json) -> Json:
    """An organization of the application, in whose directory ada is too."""
    organization = api.organization()
    api.organization_mapping(organization, directory)
    api.mapping(application, organization)
    return organization


@pytest.fixture
def administrator(api: Api, service: Service) -> Api:
    """The same caller with another API key."""
    directory = next(each for each in api.get("/directories").items if "Administrators" in each["name"])
    (owner,) = api.get(directory["accounts"]["href"]).items
    key = new_api_key(service, api.tenant_id, id_of(owner))
    return Api(api.wsgi, api.base_url, api.tenant_id, key.id, key.secret)


class TestPassword:
    def test_both_tokens_say_who_issued_them_about_whom(
        self, api: Api, application: Json, ada: Json, clock: Clock
    ):
        answer = log_in(api, application)
        access, refreshing = answer["access_token"], answer["refresh_token"]

        now = clock.now // 1000
        about = {"iss": application["href"], "sub": ada["href"], "iat": now}
        assert set(answer) == {*ANSWER, "refresh_token"}
        assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 3600)
        assert header_of(access) == {"kid": api.key_id, "stt": "access", "alg": "HS256"}
        assert header_of(refreshing) == {"kid": api.key_id, "stt": "refresh", "alg": "HS256"}
        refresh_id = claims_of(refreshing)["jti"]
        assert claims_of(refreshing) == {**about, "jti": refresh_id, "exp": now + 60 * 86_400}
        access_id = answer["stormpath_access_token_href"].removeprefix(f"{api.base_url}/accessTokens/")
        assert claims_of(access) == {**about, "jti": access_id, "exp": now + 3600, "rti": refresh_id}
        assert all(len(each) == 22 and each.isalnum() for each in (access_id, refresh_id))
        assert access_id != refresh_id

    def test_the_signature_is_by_the_secret_of_the_caller(self, api: Api, application: Json, ada: Json):
        token = log_in(api, application)["access_token"]

        # Signed once more by the key as it is shown, in UTF-8, the same text comes out.
        assert sorted(resigned(api, token).split(".")[1]) == sorted(token.split(".")[1])
        signed_here = resigned(api, token)
        assert is_valid(api, application, signed_here)
        tampered = f"{token[:-2]}{'A' if token[-2] != 'A' else 'B'}{token[-1]}"
        assert validate(api, application, tampered).error == (400, 10017)

    def test_a_token_is_signed_by_the_key_that_asked_for_it(
        self, api: Api, application: Json, ada: Json, administrator: Api
    ):
        mine, others = log_in(api, application), log_in(administrator, application)

        assert header_of(mine["access_token"])["kid"] == api.key_id
        assert header_of(others["access_token"])["kid"] == administrator.key_id
        assert is_valid(api, application, others["access_token"])
        refreshed = refresh(administrator, application, mine["refresh_token"]).ok
        assert header_of(refreshed["access_token"])["kid"] == administrator.key_id
        assert refreshed["refresh_token"] == mine["refresh_token"]

    def test_a_login_is_by_name_or_address_in_any_case(self, api: Api, application: Json, ada: Json):
        for name in ("ada", "ADA", "Ada@Example.com"):
            tokens = log_in(api, application, username=name)
            assert claims_of(tokens["access_token"])["sub"] == ada["href"]

    def test_a_password_may_contain_anything_a_form_can(self, api: Api, application: Json, directory: Json):
        password = "Plus+And&=%41 Grün:1!"
        api.account(directory, "grace", password=password)

        assert log_in(api, application, username="grace", password=password)["access_token"]

    def test_the_account_is_the_linked_one(self, api: Api, application: Json, directory: Json):
        elsewhere = api.directory("Elsewhere")
        api.mapping(application, elsewhere, listIndex=0)
        linked, other = api.account(elsewhere), api.account(directory, "countess")
        api.account_link(linked, other)
        assert claims_of(log_in(api, application)["access_token"])["sub"] == linked["href"]
        api.post(application["accountLinkingPolicy"]["href"], {"status": "ENABLED"}).ok

        tokens = log_in(api, application)

        assert claims_of(tokens["access_token"])["sub"] == other["href"]
        assert claims_of(tokens["refresh_token"])["sub"] == other["href"]
        assert is_valid(api, application, tokens["access_token"])
        assert api.get(other["accessTokens"]["href"])["size"] == 1
        assert api.get(linked["accessTokens"]["href"])["size"] == 1

    def test_an_account_store_may_be_named(self, api: Api, application: Json, directory: Json, ada: Json):
        other, group = api.directory("Other"), api.group(directory)
        api.mapping(application, other)
        api.membership(ada, group)

        for store in (directory, group):
            tokens = log_in(api, application, accountStore=store["href"])
            assert claims_of(tokens["access_token"])["sub"] == ada["href"]
            assert "org" not in claims_of(tokens["access_token"])
        refused = grant(api, application, "password", **ADA, accountStore=other["href"])
        assert oauth_error(refused) == (400, "invalid_grant", 7104)

    @pytest.mark.usefixtures("ada")
    def test_the_organization_that_a_request_names_is_in_both_tokens(
        self, api: Api, application: Json, organization: Json
    ):
        for fields in (
            {"organizationNameKey": "acme"},
            {"organizationNameKey": "ACME"},
            {"nameKey": "acme"},
            {"accountStore": organization["href"]},
            {"accountStore": organization["href"], "organizationNameKey": "acme"},
        ):
            tokens = log_in(api, application, **fields)
            assert claims_of(tokens["access_token"])["org"] == organization["href"], fields
            assert claims_of(tokens["refresh_token"])["org"] == organization["href"], fields
        assert "org" not in claims_of(log_in(api, application)["access_token"])

    @pytest.mark.usefixtures("ada")
    def test_two_account_stores_must_be_the_same(
        self, api: Api, application: Json, directory: Json, organization: Json
    ):
        other = api.organization("Other")
        for store in (directory, other):
            fields = {"accountStore": store["href"], "organizationNameKey": "acme"}
            refused = grant(api, application, "password", **ADA, **fields)
            assert oauth_error(refused) == (400, "invalid_request", 2002)


class TestRefresh:
    def test_the_refresh_token_stays_and_its_access_tokens_too(
        self, api: Api, application: Json, ada: Json, clock: Clock
    ):
        first = log_in(api, application)
        clock.moves(600)

        second = refresh(api, application, first["refresh_token"]).ok

        assert set(second) == {*ANSWER, "refresh_token"}
        assert second["refresh_token"] == first["refresh_token"]
        assert (second["token_type"], second["expires_in"]) == ("Bearer", 3600)
        claims = claims_of(second["access_token"])
        assert claims == {
            **claims_of(first["access_token"]),
            "jti": id_of({"href": second["stormpath_access_token_href"]}),
            "iat": clock.now // 1000,
            "exp": clock.now // 1000 + 3600,
        }
        assert claims["rti"] == claims_of(first["refresh_token"])["jti"]
        assert header_of(second["access_token"]) == {"kid": api.key_id, "stt": "access", "alg": "HS256"}
        assert is_valid(api, application, first["access_token"])
        assert is_valid(api, application, second["access_token"])
        assert api.get(ada["accessTokens"]["href"])["size"] == 2
        assert api.get(ada["refreshTokens"]["href"])["size"] == 1

    @pytest.mark.usefixtures("ada")
    def test_the_organization_is_kept(self, api: Api, application: Json, organization: Json):
        first = log_in(api, application, organizationNameKey="acme")

        second = refresh(api, application, first["refresh_token"]).ok

        assert claims_of(second["access_token"])["org"] == organization["href"]

    @pytest.mark.usefixtures("ada")
    def test_a_refresh_names_no_store_or_organization(self, api: Api, application: Json, organization: Json):
        first = log_in(api, application)

        second = grant(
            api,
            application,
            "refresh_token",
            refresh_token=first["refresh_token"],
            organizationNameKey="no such organization",
            accountStore="nonsense",
        ).ok

        assert "org" not in claims_of(second["access_token"])


class TestClientCredentials:
    def test_an_api_key_gets_an_access_token_for_its_account(
        self, api: Api, application: Json, ada: Json, clock: Clock
    ):
        key = api.api_key(ada)

        answer = client_credentials(api, application, key).ok

        assert set(answer) == ANSWER
        now = clock.now // 1000
        assert claims_of(answer["access_token"]) == {
            "jti": id_of({"href": answer["stormpath_access_token_href"]}),
            "iat": now,
            "iss": application["href"],
            "sub": ada["href"],
            "exp": now + 3600,
        }
        # The key of the caller, not that of the account.
        assert header_of(answer["access_token"])["kid"] == api.key_id
        assert is_valid(api, application, answer["access_token"])
        assert api.get(ada["refreshTokens"]["href"])["size"] == 0

    def test_the_fields_have_synonyms(self, api: Api, application: Json, ada: Json):
        key = api.api_key(ada)

        for id, secret in (("apiKeyId", "apiKeySecret"), ("client_id", "apiKeySecret")):
            fields = {id: key["id"], secret: key["secret"]}
            assert grant(api, application, "client_credentials", **fields).status == 200

    def test_account_links_make_no_difference(self, api: Api, application: Json, directory: Json):
        elsewhere = api.directory("Elsewhere")
        api.mapping(application, elsewhere)
        linked = api.account(elsewhere)
        api.account_link(linked, api.account(directory, "countess"))
        api.post(application["accountLinkingPolicy"]["href"], {"status": "ENABLED"})

        answer = client_credentials(api, application, api.api_key(linked)).ok

        assert claims_of(answer["access_token"])["sub"] == linked["href"]

    def test_a_store_may_be_named_that_contains_the_account(
        self, api: Api, application: Json, directory: Json, ada: Json, organization: Json
    ):
        key, other, group = api.api_key(ada), api.directory("Other"), api.group(directory)
        api.mapping(application, other)
        outside = client_credentials(api, application, key, accountStore=group["href"])
        assert oauth_error(outside) == (401, "invalid_client", 401)
        api.membership(ada, group)

        for store in (directory, group, organization):
            tokens = client_credentials(api, application, key, accountStore=store["href"]).ok
            org = organization["href"] if store is organization else None
            assert claims_of(tokens["access_token"]).get("org") == org
        named = client_credentials(api, application, key, organizationNameKey="acme").ok
        assert claims_of(named["access_token"])["org"] == organization["href"]
        refused = client_credentials(api, application, key, accountStore=other["href"])
        assert oauth_error(refused) == (401, "invalid_client", 401)

    def test_the_key_of_an_account_in_no_store_gets_nothing(self, api: Api, application: Json):
        key = api.api_key(api.account(api.directory("Elsewhere")))

        assert oauth_error(client_credentials(api, application, key)) == (401, "invalid_client", 401)


class TestGrantTypes:
    @pytest.mark.usefixtures("ada")
    def test_a_grant_type_is_written_exactly(self, api: Api, application: Json):
        for name in ("Password", "PASSWORD", " password", "passwords", "implicit", "authorization_code"):
            refused = grant(api, application, name, **ADA)
            assert oauth_error(refused) == (400, "invalid_request", 2003)
            assert name.strip() in refused["developerMessage"]

    def test_a_token_of_another_kind_is_no_assertion(self, api: Api, application: Json, ada: Json):
        tokens = log_in(api, application)

        for each in ("access_token", "refresh_token"):
            assert oauth_error(exchange(api, application, tokens[each])) == (400, "invalid_grant", 10017)


def test_a_token_shows_what_it_is_about(api: Api, application: Json, ada: Json):
    tokens = log_in(api, application)
    shown = api.get(tokens["stormpath_access_token_href"]).ok

    assert (shown["account"], shown["application"]) == (link(ada), link(application))
