"""Tokens of the service: obtained, validated, listed, refreshed and revoked by the SDK."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest

from stormpath import Client
from stormpath.api_auth import (
    AccessToken,
    ApiRequestAuthenticator,
    ClientCredentialsGrantAuthenticator,
    IdSiteTokenAuthenticator,
    JwtAuthenticator,
    PasswordAuthenticationResult,
    PasswordGrantAuthenticator,
    RefreshGrantAuthenticator,
    RefreshToken,
    StormpathSocialGrantAuthenticator,
    StormpathTokenGrantAuthenticator,
)
from stormpath.error import Error
from stormpath.resources import AuthToken, Expansion
from stormpath.resources.account import Account
from stormpath.resources.api_key import ApiKey
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from support.accounts import PASSWORD
from support.request_counts import RequestCount

# What happened to a valid token, and which ways of validation see it: the table of docs/your-own-api.rst.
WHO_SEES = {
    "nothing": "",
    "the token is revoked": "service",
    "the account is disabled": "service authenticator",
    "the account is deleted": "service authenticator",
    "the account has left the stores": "service",
    "the application is disabled": "service",
    "the password has changed": "service",
}
ASSERTION_GRANTS = [StormpathTokenGrantAuthenticator, IdSiteTokenAuthenticator]


@pytest.fixture
def account(new_account: Callable[..., Account]) -> Account:
    return new_account("visitor")


@pytest.fixture
def key(account: Account) -> ApiKey:
    return account.api_keys.create()


@pytest.fixture
def tokens(app: Application, account: Account) -> PasswordAuthenticationResult:
    """The tokens of a login by password."""
    return log_in(app)


def log_in(app: Application, **options: Any) -> PasswordAuthenticationResult:
    found = PasswordGrantAuthenticator(app).authenticate("visitor", PASSWORD, **options)
    assert found is not None
    return found


def assertion(app: Application, account: Account, **claims: Any) -> str:
    """Return a token by which the service reports a login at an identity provider of SAML."""
    auth = app._client.auth
    now = int(time.time())
    given = {
        "iss": app.href, "sub": account.href, "aud": auth.id, "iat": now, "exp": now + 60,
        "jti": uuid4().hex, "irt": uuid4().hex, "status": "AUTHENTICATED", "isNewSub": False, "state": None,
        **claims,
    }  # fmt: skip
    return jwt.encode(given, auth.secret, headers={"kid": auth.id, "stt": "assertion"})


def is_valid(app: Application, token: Any) -> bool:
    """Return whether the service finds a token valid."""
    return JwtAuthenticator(app).authenticate(token) is not None


def unverified(token: Any) -> dict[str, Any]:
    return jwt.decode_complete(str(token), options={"verify_signature": False})


class TestPassword:
    @pytest.mark.parametrize("login", ["visitor", "VISITOR@example.com"])
    def test_a_password_gives_an_access_and_a_refresh_token(
        self, client: Client, app: Application, account: Account, login: str
    ) -> None:
        before = int(time.time())
        found = PasswordGrantAuthenticator(app).authenticate(login, PASSWORD)

        assert type(found) is PasswordAuthenticationResult
        assert (found.account, found.token_type, found.expires_in) == (account, "Bearer", 3600)
        access, refresh = unverified(found.access_token), unverified(found.refresh_token)
        assert access["header"] == {"alg": "HS256", "kid": client.auth.id, "stt": "access"}
        assert refresh["header"] == {"alg": "HS256", "kid": client.auth.id, "stt": "refresh"}
        for claims, lifetime in ((access["payload"], 3600), (refresh["payload"], 60 * 24 * 3600)):
            assert (claims["iss"], claims["sub"]) == (app.href, account.href)
            assert before <= claims["iat"] <= time.time()
            assert claims["exp"] - claims["iat"] == lifetime
        assert access["payload"]["rti"] == refresh["payload"]["jti"]
        assert (
            found.stormpath_access_token.href == f"{client.BASE_URL}/accessTokens/{access['payload']['jti']}"
        )
        assert found.stormpath_access_token.jwt == str(found.access_token)

    def test_what_is_wrong_is_none(self, app: Application, account: Account) -> None:
        authenticate = PasswordGrantAuthenticator(app).authenticate

        for login, password in (("visitor", "wrong"), ("unknown", PASSWORD), ("visitor", "")):
            assert authenticate(login, password) is None
        account.status = "DISABLED"
        account.save()
        assert authenticate("visitor", PASSWORD) is None

    def test_it_can_be_limited_to_a_store(
        self, client: Client, app: Application, account: Account, directory: Directory,
        unique: Callable[[str], str],
    ) -> None:  # fmt: skip
        other = client.directories.create({"name": unique("Other")})
        app.account_store_mappings.create({"application": app, "account_store": other})

        for store in (directory, directory.href):
            assert log_in(app, account_store=store).account == account
        assert PasswordGrantAuthenticator(app).authenticate("visitor", PASSWORD, account_store=other) is None

    def test_the_policy_says_how_long_tokens_live(self, app: Application, account: Account) -> None:
        policy = app.oauth_policy
        policy.access_token_ttl = timedelta(minutes=15)
        policy.refresh_token_ttl = "P7D"
        policy.save()
        found = log_in(app)
        claims = unverified(found.refresh_token)["payload"]
        assert found.expires_in == 900
        assert claims["exp"] - claims["iat"] == 7 * 24 * 3600

        policy.refresh_token_ttl = timedelta(0)
        policy.save()
        assert log_in(app).refresh_token.token is None


class TestOtherGrants:
    def test_an_api_key_gives_an_access_token_of_its_account(
        self, app: Application, account: Account, key: ApiKey
    ) -> None:
        found = ClientCredentialsGrantAuthenticator(app).authenticate(key.id, key.secret or "")

        assert (found.account, found.refresh_token.token) == (account, None)
        assert unverified(found.access_token)["payload"]["sub"] == account.href
        assert is_valid(app, found.access_token)

    def test_a_wrong_or_disabled_api_key_gives_none(self, app: Application, key: ApiKey) -> None:
        authenticate = ClientCredentialsGrantAuthenticator(app).authenticate

        assert authenticate(key.id, "wrong") is None
        assert authenticate(key.id[::-1], key.secret or "") is None
        key.status = "DISABLED"
        key.save()
        assert authenticate(key.id, key.secret or "") is None

    @pytest.mark.parametrize("grant", ASSERTION_GRANTS)
    def test_an_assertion_gives_tokens_once(self, app: Application, account: Account, grant: Any) -> None:
        text = assertion(app, account)
        found = grant(app).authenticate(text)

        assert found.account == account
        assert is_valid(app, found.access_token)
        assert RefreshGrantAuthenticator(app).authenticate(found.refresh_token)
        assert grant(app).authenticate(text) is None

    @pytest.mark.parametrize("grant", ASSERTION_GRANTS)
    def test_a_wrong_assertion_gives_none(self, app: Application, account: Account, grant: Any) -> None:
        now = int(time.time())
        for claims in (
            {"status": "REGISTERED"}, {"exp": now - 1}, {"aud": "another"}, {"iss": f"{app.href}x"},
            {"sub": f"{account.href}x"}, {"sub": None},
        ):  # fmt: skip
            assert grant(app).authenticate(assertion(app, account, **claims)) is None, claims
        assert grant(app).authenticate(log_in(app).access_token.token) is None

    def test_social_logins_are_none_until_there_are_providers(self, app: Application) -> None:
        authenticate = StormpathSocialGrantAuthenticator(app).authenticate
        assert authenticate("google", code="c") is None
        assert authenticate("facebook", access_token="t") is None


class TestRefreshing:
    def test_a_refresh_token_gives_another_access_token(
        self, app: Application, account: Account, tokens: PasswordAuthenticationResult
    ) -> None:
        for form in (tokens.refresh_token, tokens.refresh_token.token):
            again = RefreshGrantAuthenticator(app).authenticate(form)

            assert again.account == account
            assert str(again.refresh_token) == str(tokens.refresh_token)
            assert str(again.access_token) != str(tokens.access_token)
            assert is_valid(app, again.access_token)
        assert is_valid(app, tokens.access_token)

    def test_a_rotation_replaces_the_refresh_token(
        self, app: Application, tokens: PasswordAuthenticationResult
    ) -> None:
        policy = app.oauth_policy
        assert policy.refresh_token_rotation == "DISABLED"
        policy.refresh_token_rotation = "ENABLED"
        policy.save()
        refresh = RefreshGrantAuthenticator(app).authenticate

        second = refresh(tokens.refresh_token).refresh_token
        assert str(second) != str(tokens.refresh_token)
        # A client that has lost the answer asks again.
        assert str(refresh(tokens.refresh_token).refresh_token) == str(second)
        assert str(refresh(second).refresh_token) not in (str(second), str(tokens.refresh_token))

    def test_an_access_token_refreshes_nothing(
        self, app: Application, tokens: PasswordAuthenticationResult
    ) -> None:
        authenticate = RefreshGrantAuthenticator(app).authenticate
        assert authenticate(str(tokens.access_token)) is None
        assert authenticate(f"{tokens.refresh_token}x") is None

    def test_a_refresh_token_gives_no_access(
        self, app: Application, tokens: PasswordAuthenticationResult
    ) -> None:
        refresh = tokens.refresh_token
        for is_local in (False, True):
            assert JwtAuthenticator(app).authenticate(refresh, local_validation=is_local) is None
        headers = {"Authorization": f"Bearer {refresh}"}
        assert ApiRequestAuthenticator(app).authenticate(headers) is None


class TestValidation:
    def test_the_service_validates_a_token(
        self, app: Application, account: Account, tokens: PasswordAuthenticationResult
    ) -> None:
        found = JwtAuthenticator(app).authenticate(tokens.access_token)

        assert type(found) is AuthToken
        assert (found.account, found.application) == (account, app)
        assert found.href == tokens.stormpath_access_token.href
        assert found.jwt == str(tokens.access_token)
        decoded = unverified(tokens.access_token)
        assert (found.expanded_jwt["header"], found.expanded_jwt["claims"]) == (
            decoded["header"],
            decoded["payload"],
        )

    def test_the_account_may_come_with_it(
        self, app: Application, tokens: PasswordAuthenticationResult, requests_made: RequestCount
    ) -> None:
        found = JwtAuthenticator(app).authenticate(tokens.access_token, expand=Expansion("account"))
        requests_made.reset()

        assert found.account.username == "visitor"
        assert requests_made == 0

    def test_a_token_is_validated_here(
        self, app: Application, account: Account, tokens: PasswordAuthenticationResult,
        requests_made: RequestCount,
    ) -> None:  # fmt: skip
        requests_made.reset()
        found = JwtAuthenticator(app).authenticate(tokens.access_token, local_validation=True)

        assert requests_made == 0
        assert type(found) is AccessToken
        assert (found.token, found.client_id) == (str(tokens.access_token), account.href)
        assert found.account == account

    def test_a_token_is_accepted_in_a_request(
        self, app: Application, account: Account, tokens: PasswordAuthenticationResult
    ) -> None:
        found = ApiRequestAuthenticator(app).authenticate({"Authorization": f"Bearer {tokens.access_token}"})

        assert (found.account, found.api_key) == (account, None)

    def test_another_application_accepts_none(
        self, client: Client, tokens: PasswordAuthenticationResult, unique: Callable[[str], str]
    ) -> None:
        other = client.applications.create({"name": unique("Other")}, create_directory=True)

        for is_local in (False, True):
            assert JwtAuthenticator(other).authenticate(tokens.access_token, is_local) is None
        assert RefreshGrantAuthenticator(other).authenticate(tokens.refresh_token) is None

    @pytest.mark.parametrize(("change", "seen_by"), WHO_SEES.items())
    def test_each_way_sees_what_the_documentation_says(
        self, app: Application, account: Account, tokens: PasswordAuthenticationResult,
        change: str, seen_by: str,
    ) -> None:  # fmt: skip
        text = str(tokens.access_token)
        changed = app if change == "the application is disabled" else account
        if "disabled" in change:
            changed.status = "DISABLED"
            changed.save()
        elif change == "the account is deleted":
            account.delete()
        elif change == "the account has left the stores":
            app.default_account_store_mapping.delete()
        elif change == "the password has changed":
            account.password = "Otherwise2!"
            account.save()
        elif change == "the token is revoked":
            tokens.stormpath_access_token.delete()

        bearer = {"Authorization": f"Bearer {text}"}
        answers = {
            "service": JwtAuthenticator(app).authenticate(text),
            "local": JwtAuthenticator(app).authenticate(text, local_validation=True),
            "authenticator": ApiRequestAuthenticator(app).authenticate(bearer),
        }
        assert {way for way, answer in answers.items() if answer is None} == set(seen_by.split())
        if "disabled" in change:
            changed.status = "ENABLED"
            changed.save()
            assert is_valid(app, text)

    def test_the_token_of_another_key_of_the_tenant_is_valid_for_the_service_alone(
        self, new_client: Callable[..., Client], client: Client, app: Application, account: Account
    ) -> None:
        other = client.api_keys.get(client.auth.id).account.api_keys.create()
        key = {"id": other.id, "secret": other.secret}
        text = str(log_in(new_client(**key).applications.get(app.href)).access_token)

        assert JwtAuthenticator(app).authenticate(text).account == account
        assert JwtAuthenticator(app).authenticate(text, local_validation=True) is None
        assert ApiRequestAuthenticator(app).authenticate({"Authorization": f"Bearer {text}"}) is None
        other.delete()
        assert not is_valid(app, text)


class TestRevoking:
    def test_an_account_lists_and_revokes_its_tokens(
        self, app: Application, account: Account, tokens: PasswordAuthenticationResult
    ) -> None:
        (access,), (refresh,) = account.access_tokens, account.refresh_tokens
        assert (access.jwt, refresh.jwt) == (str(tokens.access_token), str(tokens.refresh_token))
        assert (access.account, access.application) == (account, app)
        assert account.access_tokens.get(access.href).jwt == access.jwt

        access.delete()

        assert not is_valid(app, tokens.access_token)
        assert JwtAuthenticator(app).authenticate(tokens.access_token, local_validation=True)
        assert list(account.access_tokens) == []
        again = RefreshGrantAuthenticator(app).authenticate(tokens.refresh_token)
        assert is_valid(app, again.access_token)

    def test_a_refresh_token_takes_its_access_tokens_along(
        self, app: Application, account: Account, tokens: PasswordAuthenticationResult
    ) -> None:
        again = RefreshGrantAuthenticator(app).authenticate(tokens.refresh_token)
        of_other_login = log_in(app)
        first = next(each for each in account.refresh_tokens if each.jwt == str(tokens.refresh_token))

        first.delete()

        assert not is_valid(app, tokens.access_token)
        assert not is_valid(app, again.access_token)
        assert RefreshGrantAuthenticator(app).authenticate(tokens.refresh_token) is None
        assert is_valid(app, of_other_login.access_token)
        assert [each.jwt for each in account.refresh_tokens] == [str(of_other_login.refresh_token)]

    def test_the_result_of_a_grant_can_be_revoked(
        self, app: Application, tokens: PasswordAuthenticationResult
    ) -> None:
        tokens.stormpath_access_token.delete()
        assert not is_valid(app, tokens.access_token)

    def test_a_token_is_revoked_by_its_text(
        self, app: Application, tokens: PasswordAuthenticationResult
    ) -> None:
        app.auth_tokens.get(str(tokens.access_token)).delete()

        assert not is_valid(app, tokens.access_token)
        with pytest.raises(Error) as caught:
            app.auth_tokens.get(str(tokens.access_token)).delete()
        assert (caught.value.status, caught.value.code) == (404, 10013)

    def test_another_password_ends_all_logins_unless_the_policy_says_otherwise(
        self, app: Application, account: Account, tokens: PasswordAuthenticationResult
    ) -> None:
        policy = app.oauth_policy
        assert policy.revoke_tokens_on_password_change == "ENABLED"
        account.password = "Otherwise2!"
        account.save()
        assert RefreshGrantAuthenticator(app).authenticate(tokens.refresh_token) is None

        policy.revoke_tokens_on_password_change = "DISABLED"
        policy.save()
        account.password = PASSWORD
        account.save()
        lasting = log_in(app)
        account.password = "Otherwise2!"
        account.save()
        assert RefreshGrantAuthenticator(app).authenticate(lasting.refresh_token)


class TestCosts:
    def test_each_grant_and_its_tokens_cost_one_request(
        self, app: Application, account: Account, key: ApiKey, tokens: PasswordAuthenticationResult,
        requests_made: RequestCount,
    ) -> None:  # fmt: skip
        key_id, secret = key.id, key.secret or ""
        first, second = assertion(app, account), assertion(app, account)
        fresh = app._client.applications.get(app.href)
        grants: list[Callable[[], Any]] = [
            lambda: PasswordGrantAuthenticator(fresh).authenticate("visitor", PASSWORD),
            lambda: ClientCredentialsGrantAuthenticator(fresh).authenticate(key_id, secret),
            lambda: StormpathTokenGrantAuthenticator(fresh).authenticate(first),
            lambda: IdSiteTokenAuthenticator(fresh).authenticate(second),
            lambda: RefreshGrantAuthenticator(fresh).authenticate(tokens.refresh_token),
        ]
        path = app.href.removeprefix(app._client.BASE_URL) + "/oauth/token"
        for grant in grants:
            requests_made.reset()
            found = grant()
            # All that an answer to a login needs.
            assert found.access_token.token
            assert (found.token_type, found.expires_in) == ("Bearer", 3600)
            assert isinstance(found.refresh_token, RefreshToken)
            assert found.access_token.client_id == account.href
            assert requests_made.sent == [("POST", path)]

    def test_a_validation_costs_one_request_or_none(
        self, app: Application, tokens: PasswordAuthenticationResult, requests_made: RequestCount
    ) -> None:
        authenticator = JwtAuthenticator(app)
        costs = []
        for is_local in (False, False, True, True):
            requests_made.reset()
            assert authenticator.authenticate(tokens.access_token, local_validation=is_local)
            costs.append(len(requests_made.sent))

        assert costs == [1, 1, 0, 0]
