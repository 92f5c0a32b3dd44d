"""Callbacks of logins on pages, with accounts of the real service; the suite signs the tokens."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import jwt
import pytest

from stormpath import Client
from stormpath.error import Error
from stormpath.resources.account import Account
from stormpath.resources.application import Application
from support.request_counts import RequestCount


@pytest.fixture
def account(new_account: Callable[..., Account]) -> Account:
    return new_account("visitor")


def callback(app: Application, subject: str | None, **claims: Any) -> str:
    """Return the URL that a browser comes back to after a login."""
    auth = app._client.auth
    now = int(time.time())
    given = {
        "iss": "https://acme.id.example.com", "aud": auth.id, "sub": subject, "iat": now, "exp": now + 60,
        "jti": uuid4().hex, "irt": uuid4().hex, "isNewSub": False, "state": "s", "status": "AUTHENTICATED",
        "cb_uri": "https://app.example.com/callback", **claims,
    }  # fmt: skip
    token = jwt.encode(given, auth.secret, headers={"kid": auth.id, "stt": "assertion"})
    return f"https://app.example.com/callback?jwtResponse={token}"


def test_a_login_has_the_account_of_the_application(
    app: Application, account: Account, requests_made: RequestCount
) -> None:
    url = callback(app, account.href, isNewSub=True, status="REGISTERED")
    requests_made.reset()
    result = app.handle_stormpath_callback(url)

    assert (result.account, result.state, result.status) == (account, "s", "REGISTERED")
    assert result.account.is_new_account
    assert result.account.email == account.email
    assert len(requests_made.sent) <= 2
    with pytest.raises(ValueError, match="JWT has already been used"):
        app.handle_stormpath_callback(url)


def test_the_account_of_another_application_is_none(
    client: Client, app: Application, account: Account, unique: Callable[[str], str]
) -> None:
    other = client.applications.create({"name": unique("Other")}, create_directory=True)
    url = callback(other, account.href)

    assert other.handle_stormpath_callback(url).account is None
    # The URL is used up all the same.
    with pytest.raises(ValueError, match="JWT has already been used"):
        other.handle_stormpath_callback(url)
    assert app.handle_stormpath_callback(callback(app, account.href)).account == account


def test_an_account_that_is_gone_is_an_error(app: Application, account: Account) -> None:
    url = callback(app, account.href)
    account.delete()

    with pytest.raises(Error) as caught:
        app.handle_stormpath_callback(url)
    assert caught.value.status == 404


def test_a_logout_has_no_account(app: Application) -> None:
    result = app.handle_stormpath_callback(callback(app, None, status="LOGOUT"))

    assert (result.account, result.status) == (None, "LOGOUT")


def test_the_way_to_the_pages_begins_at_the_service(client: Client, app: Application) -> None:
    for logout, path in ((False, "/sso"), (True, "/sso/logout")):
        url = app.build_id_site_redirect_url("https://app.example.com/callback", logout=logout)

        endpoint, _, token = url.partition("?jwtRequest=")
        assert endpoint == client.BASE_URL.removesuffix("/v1") + path
        claims = jwt.decode(token, client.auth.secret, algorithms=["HS256"])
        assert (claims["iss"], claims["sub"]) == (client.auth.id, app.href)
