"""Access and refresh tokens."""

import pytest

from stormpath.error import Error
from stormpath.resources import AuthToken
from unit.resources.exchange import BASE, Exchange, StubClient, link

JWT = "eyJh.eyJq.c2ln"


@pytest.fixture(autouse=True)
def token(exchange: Exchange) -> None:
    token = {
        **link("/accessTokens/t1"),
        "jwt": JWT,
        "expandedJwt": {
            "header": {"alg": "HS256"},
            "claims": {"iss": "x", "sub_scope": 1},
            "signature": "c2ln",
        },
        "account": link("/accounts/a1"),
        "application": link("/applications/p1"),
    }
    exchange.answers("GET", f"/applications/p1/authTokens/{JWT}", token)
    exchange.lists("/accounts/a1/accessTokens", [token])
    exchange.answers("DELETE", "/accessTokens/t1", {})


def test_validating_a_token_is_one_request(client: StubClient, exchange: Exchange) -> None:
    found = client.applications.get("p1").auth_tokens.get(JWT)
    assert exchange.count == 0

    assert found.account.href == f"{BASE}/accounts/a1"
    assert found.href == f"{BASE}/accessTokens/t1"
    assert found.expanded_jwt["claims"] == {"iss": "x", "sub_scope": 1}
    assert exchange.lines == [f"GET /applications/p1/authTokens/{JWT}"]


def test_an_invalid_token_is_an_error(client: StubClient) -> None:
    with pytest.raises(Error):
        _ = client.applications.get("p1").auth_tokens.get("e.y.j").account


@pytest.mark.parametrize(
    "made_up", [f"{BASE}/accessTokens/t1", "../../../accessTokens/t1", "/accessTokens/t1"]
)
def test_a_path_to_another_resource_is_no_token(client: StubClient, exchange: Exchange, made_up: str) -> None:
    exchange.holds("/accessTokens/t1", account=link("/accounts/a1"))

    with pytest.raises(Error):
        _ = client.applications.get("p1").auth_tokens.get(made_up).account

    assert exchange.last[1].startswith("/applications/p1/authTokens/")


def test_an_account_lists_and_revokes_its_tokens(client: StubClient, exchange: Exchange) -> None:
    tokens = client.accounts.get("a1").access_tokens
    (token,) = tokens
    token.delete()

    assert token.jwt == JWT
    assert tokens.get("t1") == token
    assert exchange.lines == ["GET /accounts/a1/accessTokens", "DELETE /accessTokens/t1"]
    assert client.accounts.get("a1").refresh_tokens.get("t2").href == f"{BASE}/refreshTokens/t2"


def test_a_token_that_was_got_by_its_text_is_revoked(client: StubClient, exchange: Exchange) -> None:
    read, unread = (client.applications.get("p1").auth_tokens.get(JWT) for _ in range(2))
    assert read.jwt == JWT
    read.delete()
    assert exchange.lines == [f"GET /applications/p1/authTokens/{JWT}", "DELETE /accessTokens/t1"]

    exchange.clear()
    unread.delete()
    assert exchange.lines == [f"GET /applications/p1/authTokens/{JWT}", "DELETE /accessTokens/t1"]


def test_an_invalid_token_is_not_revoked(client: StubClient, exchange: Exchange) -> None:
    with pytest.raises(Error):
        client.applications.get("p1").auth_tokens.get("e.y.j").delete()
    assert exchange.lines == ["GET /applications/p1/authTokens/e.y.j"]


def test_no_attribute_of_a_token_can_be_set(client: StubClient) -> None:
    token = client.accounts.get("a1").access_tokens.get("t1")
    for name in ("jwt", "expanded_jwt", "account", "application", "tenant"):
        with pytest.raises(AttributeError):
            setattr(token, name, None)


def test_a_token_is_not_printed(client: StubClient) -> None:
    fresh = client.applications.get("p1").auth_tokens.get(JWT)
    listed = AuthToken(client, properties={**link("/accessTokens/t1"), "jwt": JWT})

    assert JWT not in repr(fresh) + repr(listed) + str(listed) + listed.to_json()
