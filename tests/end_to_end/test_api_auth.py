"""An application's own API, authenticated by the SDK with the real service, embedded and served."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from requests.auth import _basic_auth_str

from stormpath import Client
from stormpath.api_auth import (
    AccessToken,
    ApiRequestAuthenticator,
    BasicRequestAuthenticator,
    JwtAuthenticator,
    OAuthBearerRequestAuthenticator,
    OAuthClientCredentialsRequestAuthenticator,
)
from stormpath.resources.account import Account
from stormpath.resources.api_key import ApiKey
from stormpath.resources.application import Application
from stormpath.saml import SamlIdpUrlBuilder
from support.accounts import PASSWORD
from support.request_counts import count_requests

Headers = dict[str, str]
GRANT = {"grant_type": "client_credentials", "scope": "read"}


@pytest.fixture
def account(new_account: Callable[..., Account]) -> Account:
    return new_account("robot")


@pytest.fixture
def key(account: Account) -> ApiKey:
    return account.api_keys.create()


@pytest.fixture
def basic(key: ApiKey) -> Headers:
    return {"Authorization": _basic_auth_str(key.id, key.secret or "")}


@pytest.fixture
def token(app: Application, basic: Headers) -> AccessToken:
    authenticator = OAuthClientCredentialsRequestAuthenticator(app)
    result = authenticator.authenticate(basic, "POST", "/token", GRANT, scopes=["read", "write"])
    assert result is not None
    assert result.token is not None
    return result.token


def bearer(token: Any) -> Headers:
    return {"Authorization": f"Bearer {token}"}


def test_a_key_authenticates_its_account(
    app: Application, account: Account, key: ApiKey, basic: Headers
) -> None:
    result = BasicRequestAuthenticator(app).authenticate(basic)

    assert result is not None
    assert (result.account, result.api_key, result.token) == (account, key, None)


def test_a_wrong_secret_and_an_unknown_key_are_refused(app: Application, key: ApiKey) -> None:
    for key_id, secret in ((key.id, "wrong"), (key.id[::-1], key.secret), ("*", key.secret)):
        headers = {"Authorization": _basic_auth_str(key_id, secret or "")}
        assert ApiRequestAuthenticator(app).authenticate(headers) is None


def test_a_key_is_exchanged_for_a_token(
    app: Application, account: Account, key: ApiKey, token: AccessToken
) -> None:
    authenticate = OAuthBearerRequestAuthenticator(app).authenticate
    result = authenticate(bearer(token), scopes=["read"])

    assert result is not None
    assert (result.account, result.api_key, result.token.client_id) == (account, key, key.id)
    assert authenticate(bearer(token), scopes=["write"]) is None


def test_the_token_of_a_login_is_accepted(app: Application, account: Account) -> None:
    token = app.authenticate_account("robot", PASSWORD).get_access_token()

    for found in (
        ApiRequestAuthenticator(app).authenticate(bearer(token)),
        JwtAuthenticator(app).authenticate(token, local_validation=True),
    ):
        assert found is not None
        assert found.account == account


@pytest.mark.parametrize("change", ["disable the key", "delete the key", "disable the account"])
def test_a_change_of_the_key_or_account_is_noticed(
    app: Application, account: Account, key: ApiKey, basic: Headers, token: AccessToken, change: str
) -> None:
    authenticate = ApiRequestAuthenticator(app).authenticate
    assert authenticate(bearer(token))
    if change == "delete the key":
        key.delete()
    else:
        changed = key if change == "disable the key" else account
        changed.status = "DISABLED"
        changed.save()

    assert authenticate(basic) is None
    assert authenticate(bearer(token)) is None
    assert JwtAuthenticator(app).authenticate(token, local_validation=True) is None


def test_a_disabled_or_deleted_account_has_no_valid_token(app: Application, account: Account) -> None:
    token = app.authenticate_account("robot", PASSWORD).get_jwt()
    authenticate = ApiRequestAuthenticator(app).authenticate
    assert authenticate(bearer(token))
    account.status = "DISABLED"
    account.save()
    assert authenticate(bearer(token)) is None

    account.delete()
    assert authenticate(bearer(token)) is None


def test_another_application_accepts_neither_the_key_nor_the_tokens(
    client: Client, app: Application, basic: Headers, token: AccessToken, unique: Callable[[str], str]
) -> None:
    other = client.applications.create({"name": unique("Other")}, create_directory=True)
    of_login = app.authenticate_account("robot", PASSWORD).get_jwt()
    authenticate = ApiRequestAuthenticator(other).authenticate

    for headers in (basic, bearer(token), bearer(of_login)):
        assert ApiRequestAuthenticator(app).authenticate(headers)
        assert authenticate(headers) is None
    # The issuer is right, and the key is not the other application's.
    forged = {"iss": other.href, "sub": token.client_id, "exp": int(time.time()) + 60}
    assert authenticate(bearer(jwt.encode(forged, client.auth.secret))) is None


def test_requests_cost_what_they_must(
    new_client: Callable[..., Client], app: Application, key: ApiKey, basic: Headers, token: AccessToken
) -> None:
    client = new_client(cache_options={})
    fresh = client.applications.get(app.href)
    sent = count_requests(client)
    costs = []
    of_login = app.authenticate_account("robot", PASSWORD).get_jwt()
    unknown = {"Authorization": _basic_auth_str("UNKNOWN", "x")}
    for headers in (bearer(token), bearer(token), unknown, unknown, basic, bearer(of_login), bearer("e.y.j")):
        sent.reset()
        ApiRequestAuthenticator(fresh).authenticate(headers, "POST", "/", GRANT, ["read"])
        costs.append(len(sent.sent))

    # The account came with its key.
    assert costs == [1, 0, 1, 0, 1, 0, 0]


def test_the_address_of_a_saml_login_is_built(client: Client, app: Application) -> None:
    url = SamlIdpUrlBuilder(app).build({"cb_uri": "https://app.example.com/cb"})

    endpoint, _, token = url.partition("?accessToken=")
    assert endpoint == f"{app.href}/saml/sso/idpRedirect"
    claims = jwt.decode(token, client.auth.secret, algorithms=["HS256"])
    assert (claims["iss"], claims["cb_uri"]) == (client.auth.id, "https://app.example.com/cb")
