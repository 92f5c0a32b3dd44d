"""The OpenID provider of the tests behaves as those that people log in at."""

import base64
import hashlib

import pytest
import requests

from support.openid_server import GAME, SHOP, OpenIdProvider

ANN = {"email": "ann@example.com", "email_verified": True, "name": "Ann Li", "given_name": "Ann"}


@pytest.fixture
def provider(openid_provider: OpenIdProvider) -> OpenIdProvider:
    openid_provider.add_account("ann-of-support", **ANN)
    return openid_provider


def user_info(provider: OpenIdProvider, token: str) -> requests.Response:
    return requests.get(provider.userinfo_endpoint, headers={"Authorization": f"Bearer {token}"}, timeout=10)


def token_info(provider: OpenIdProvider, token: str) -> requests.Response:
    return requests.get(provider.tokeninfo_endpoint, params={"access_token": token}, timeout=10)


def test_a_code_is_exchanged_for_a_token_which_tells_who_has_logged_in(provider):
    answer = provider.tokens_for(provider.code_of("ann-of-support")).json()

    assert answer["token_type"] == "Bearer"
    assert user_info(provider, answer["access_token"]).json() == {"sub": "ann-of-support", **ANN}


def test_scopes_bound_what_a_token_tells(provider):
    token = provider.access_token_of("ann-of-support", scope="openid profile")

    assert user_info(provider, token).json() == {
        "sub": "ann-of-support",
        "name": "Ann Li",
        "given_name": "Ann",
    }


def test_claims_are_those_of_the_moment(provider):
    provider.add_account("moving", email="old@example.com", email_verified=True)
    token = provider.access_token_of("moving")

    provider.add_account("moving", email="new@example.com", email_verified=False)

    told = user_info(provider, token).json()
    assert (told["email"], told["email_verified"]) == ("new@example.com", False)


@pytest.mark.parametrize("client", [SHOP, GAME], ids=["shop", "game"])
def test_token_info_tells_to_whom_a_token_was_issued(provider, client):
    told = token_info(provider, provider.access_token_of("ann-of-support", client)).json()

    assert (told["aud"], told["sub"]) == (client.id, "ann-of-support")
    assert (told["email"], told["email_verified"]) == ("ann@example.com", "true")
    assert 0 < int(told["expires_in"]) <= 600


def test_a_code_is_exchanged_once(provider):
    code = provider.code_of("ann-of-support")

    answers = [provider.tokens_for(code).status_code for _ in range(2)]

    assert answers == [200, 400]


def test_a_code_is_of_no_use_to_another_client(provider):
    answer = provider.tokens_for(provider.code_of("ann-of-support", SHOP), GAME)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_secret_has_to_be_right(provider):
    form = {"grant_type": "authorization_code", "code": provider.code_of("ann-of-support")}
    form |= {"client_id": SHOP.id, "client_secret": "a guess", "redirect_uri": SHOP.redirect_uri}

    answer = requests.post(provider.token_endpoint, data=form, timeout=10)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_an_unknown_token_tells_nothing(provider):
    assert user_info(provider, "a-guess").status_code == 401
    assert (token_info(provider, "a-guess").status_code, token_info(provider, "").status_code) == (400, 400)


def test_offline_access_brings_a_refresh_token(provider):
    code = provider.code_of("ann-of-support", scope="openid email offline_access", prompt="consent")

    assert provider.tokens_for(code).json()["refresh_token"]


def test_a_challenge_binds_a_code_to_its_verifier(provider):
    verifier = "a verifier of more than forty-three characters".replace(" ", "-")
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def answer(**sent):
        code = provider.code_of("ann-of-support", code_challenge=challenge, code_challenge_method="S256")
        return provider.tokens_for(code, **sent).status_code

    assert (answer(), answer(code_verifier=verifier)) == (400, 200)


def test_a_login_of_an_account_that_is_not_there_fails(provider):
    with pytest.raises(AssertionError, match="'nemo'"):
        provider.code_of("nemo")
