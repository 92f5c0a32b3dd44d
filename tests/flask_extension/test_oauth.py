"""The view ``oauth``: tokens for each grant, and its errors."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pyotp
import pytest

from flask_extension.api_calls import (
    account_of,
    api_key,
    bearer,
    claims,
    cookies,
    get,
    log_in,
    oauth_error,
    other_person,
    shared_site,
    tokens,
    with_person,
)
from flask_extension.sites import PASSWORD, Site, Where
from flask_stormpath import ConfigurationError


@pytest.fixture(scope="module")
def shared(where: Where) -> Iterator[Site]:
    on = {"STORMPATH_ENABLE_OAUTH": True, "STORMPATH_ENABLE_ME": True}
    with shared_site(where, **on, WTF_CSRF_ENABLED=True) as site:
        yield site


@pytest.fixture
def oauth(shared: Site) -> Site:
    return with_person(shared)


def test_the_password_grant_takes_a_username_or_an_address(oauth: Site):
    for login in (oauth.address, oauth.address.partition("@")[0]):
        requests = oauth.count()

        answer = tokens(oauth, username=login)

        assert answer.status_code == 200
        assert set(answer.json) == {"access_token", "refresh_token", "token_type", "expires_in"}
        assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 3600)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Pragma"] == "no-cache"
        assert not {"stormpath_token", "access_token"} & set(cookies(answer))
        shown = get(oauth, "/me", **bearer(answer.json["access_token"])).json
        assert shown["account"]["email"] == oauth.address
        # The login, the factors, the tokens, the account; and one when the token is first used.
        assert requests == 5


def test_the_password_grant_works_beside_a_cookie(oauth: Site):
    log_in(oauth)
    form = {"grant_type": "password", "username": oauth.address, "password": PASSWORD}

    assert oauth.browser.post("/oauth/token", data=form).status_code == 200


def test_the_refresh_grant_returns_a_new_access_token_and_the_same_refresh_token(oauth: Site):
    first = tokens(oauth).json
    requests = oauth.count()

    second = tokens(oauth, grant_type="refresh_token", refresh_token=first["refresh_token"]).json

    assert second["refresh_token"] == first["refresh_token"]
    assert claims(second["access_token"])["jti"] != claims(first["access_token"])["jti"]
    assert requests == 1


def test_client_credentials_get_an_access_token_and_no_refresh_token(oauth: Site):
    key = api_key(oauth)
    oauth.application.get_status()
    requests = oauth.count()

    form = {"grant_type": "client_credentials"}
    answer: Any = oauth.browser.post("/oauth/token", data=form, auth=(key.id, key.secret))

    assert set(answer.json) == {"access_token", "token_type", "expires_in"}
    assert requests == 1


def test_client_credentials_without_a_right_secret_are_401(oauth: Site):
    key = api_key(oauth)

    for auth in (None, (key.id, ""), ("", key.secret), (key.id, "wrong"), (key.id, "x" * 5000)):
        answer = oauth.browser.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=auth)

        assert oauth_error(answer) == (401, "invalid_client")
        assert answer.headers["WWW-Authenticate"].startswith("Basic")


PASSWORD_GRANT = {"grant_type": "password", "username": "joe", "password": PASSWORD}
SOCIAL = {"grant_type": "stormpath_social", "providerId": "facebook"}
WRONG = [
    ({}, "invalid_request"),
    ({"grant_type": ""}, "invalid_request"),
    ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
    ({"grant_type": "stormpath_token", "token": "x"}, "unsupported_grant_type"),
    ({"grant_type": ["password", "password"]}, "invalid_request"),
    (PASSWORD_GRANT | {"username": ""}, "invalid_request"),
    (PASSWORD_GRANT | {"password": ""}, "invalid_request"),
    (PASSWORD_GRANT | {"username": "x" * 5_000}, "invalid_request"),
    (PASSWORD_GRANT | {"username": ["joe", "jane"]}, "invalid_request"),
    (PASSWORD_GRANT | {"password": "wrong"}, "invalid_grant"),
    (PASSWORD_GRANT | {"username": "nobody"}, "invalid_grant"),
    ({"grant_type": "refresh_token"}, "invalid_request"),
    ({"grant_type": "refresh_token", "refresh_token": "wrong"}, "invalid_grant"),
    ({"grant_type": "stormpath_social"}, "invalid_request"),
    (SOCIAL, "invalid_request"),
    (SOCIAL | {"code": "a", "accessToken": "b"}, "invalid_request"),
]


def test_errors_have_the_names_of_the_rfc(oauth: Site):
    for form, expected in WRONG:
        answer = oauth.browser.post("/oauth/token", data=form)

        assert (form, oauth_error(answer)) == (form, (400, expected))
        assert answer.headers["Cache-Control"] == "no-store"


def test_wrong_credentials_are_told_in_one_text(oauth: Site):
    off = other_person(oauth, status="DISABLED")

    answers = [
        tokens(oauth, password="wrong").json,
        tokens(oauth, username="nobody@example.com").json,
        tokens(oauth, username=off.email, password="wrong").json,
    ]

    assert {each["message"] for each in answers} == {"Invalid username or password."}


def test_a_json_body_and_an_empty_body_are_invalid_requests(oauth: Site):
    form = {"grant_type": "password", "username": oauth.address, "password": PASSWORD}

    assert oauth_error(oauth.browser.post("/oauth/token", json=form)) == (400, "invalid_request")
    assert oauth_error(oauth.browser.post("/oauth/token")) == (400, "invalid_request")


def test_it_takes_post_alone_and_is_off_by_default(oauth: Site, site: Site):
    assert oauth.browser.get("/oauth/token").status_code == 405
    assert site.browser.post("/oauth/token").status_code == 404


def test_a_grant_can_be_disabled(new_site):
    site = new_site(STORMPATH_ENABLE_OAUTH=True, STORMPATH_OAUTH_GRANTS=["client_credentials"])
    site.add()

    assert oauth_error(tokens(site)) == (400, "unsupported_grant_type")
    with pytest.raises(ConfigurationError, match="STORMPATH_OAUTH_GRANTS"):
        new_site(STORMPATH_OAUTH_GRANTS=["authorization_code"])


def test_the_policy_of_the_application_sets_the_lives_of_tokens(new_site):
    oauth = new_site(STORMPATH_ENABLE_OAUTH=True)
    oauth.add()
    policy = oauth.application.oauth_policy
    policy.access_token_ttl, policy.refresh_token_ttl = timedelta(minutes=5), timedelta()
    policy.save()

    answer = tokens(oauth)

    assert answer.json["expires_in"] == 300
    assert "refresh_token" not in answer.json


def test_an_access_token_is_no_refresh_token(oauth: Site):
    text = tokens(oauth).json["access_token"]

    assert oauth_error(tokens(oauth, grant_type="refresh_token", refresh_token=text)) == (
        400,
        "invalid_grant",
    )


def test_a_second_factor_is_asked_for_before_a_token_is_made(oauth: Site):
    account = account_of(oauth)
    factor = account.factors.create({"type": "google-authenticator"})
    totp = pyotp.TOTP(str(factor.secret))
    now = int(time.time())
    factor.challenge_factor(code=totp.at(now))

    refused = [tokens(oauth), tokens(oauth, code="000000"), tokens(oauth, code="x" * 5000)]

    assert [oauth_error(each)[1] for each in refused] == ["invalid_grant", "invalid_grant", "invalid_request"]
    assert "code" in refused[0].json["message"]
    assert not len(account.refresh_tokens)
    assert not len(account.access_tokens)
    assert tokens(oauth, code=totp.at(now + 30)).status_code == 200


def test_hooks_of_a_login_run_for_the_password_grant(oauth: Site):
    seen = []
    oauth.manager.pre_login(lambda given: seen.append(given["login"]))
    oauth.manager.post_login(lambda user: ("not from there", 403) if seen == [oauth.address] else None)
    account = account_of(oauth)

    refused = tokens(oauth)

    assert (refused.status_code, refused.text) == (403, "not from there")
    assert not len(account.refresh_tokens)
    assert tokens(oauth).status_code == 200


def test_a_service_that_cannot_be_reached_is_temporarily_unavailable(new_site):
    oauth = new_site(STORMPATH_ENABLE_OAUTH=True)
    oauth.application.get_status()
    oauth.manager.client.close()

    answer = tokens(oauth)

    assert oauth_error(answer) == (503, "temporarily_unavailable")
    assert "closed" not in answer.text
