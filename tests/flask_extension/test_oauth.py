"""The view ``oauth``: tokens for each grant, and its errors."""

import time
from datetime import timedelta

import pyotp
import pytest

from flask_extension.api_calls import api_key, bearer, claims, cookies, get, log_in, oauth_error, tokens
from flask_extension.sites import ADDRESS, PASSWORD, Site
from flask_stormpath import ConfigurationError


@pytest.fixture
def oauth(new_site) -> Site:
    site: Site = new_site(STORMPATH_ENABLE_OAUTH=True, STORMPATH_ENABLE_ME=True, WTF_CSRF_ENABLED=True)
    site.add(username="joe")
    return site


@pytest.mark.parametrize("login", ["joe", ADDRESS])
def test_the_password_grant_takes_a_username_or_an_address(oauth: Site, login):
    requests = oauth.count()

    answer = tokens(oauth, username=login)

    assert answer.status_code == 200
    assert set(answer.json) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 3600)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    assert not {"stormpath_token", "access_token"} & set(cookies(answer))
    assert get(oauth, "/me", **bearer(answer.json["access_token"])).json["account"]["email"] == ADDRESS
    # The login, the factors, the tokens, the account; and one when the token is first used.
    assert requests == 5


def test_the_password_grant_works_beside_a_cookie(oauth: Site):
    log_in(oauth)
    form = {"grant_type": "password", "username": ADDRESS, "password": PASSWORD}

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
    answer = oauth.browser.post("/oauth/token", data=form, auth=(key.id, key.secret))

    assert set(answer.json) == {"access_token", "token_type", "expires_in"}
    assert requests == 1


@pytest.mark.parametrize(
    "auth", [None, ("{id}", ""), ("", "{secret}"), ("{id}", "wrong"), ("{id}", "x" * 5000)]
)
def test_client_credentials_without_a_right_secret_are_401(oauth: Site, auth):
    key = api_key(oauth)
    sent = auth and tuple(each.format(id=key.id, secret=key.secret) for each in auth)

    answer = oauth.browser.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=sent)

    assert oauth_error(answer) == (401, "invalid_client")
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"grant_type": "stormpath_token", "token": "x"}, "unsupported_grant_type"),
        ({"grant_type": ["password", "password"]}, "invalid_request"),
        ({"grant_type": "password", "username": ADDRESS}, "invalid_request"),
        ({"grant_type": "password", "password": PASSWORD}, "invalid_request"),
        ({"grant_type": "password", "username": "x" * 5_000, "password": PASSWORD}, "invalid_request"),
        ({"grant_type": "password", "username": [ADDRESS, "joe"], "password": PASSWORD}, "invalid_request"),
        ({"grant_type": "password", "username": ADDRESS, "password": "wrong"}, "invalid_grant"),
        ({"grant_type": "password", "username": "nobody", "password": PASSWORD}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "wrong"}, "invalid_grant"),
        ({"grant_type": "stormpath_social"}, "invalid_request"),
        ({"grant_type": "stormpath_social", "providerId": "facebook"}, "invalid_request"),
        (
            {
                "grant_type": "stormpath_social",
                "providerId": "facebook",
                "code": "a",
                "accessToken": "b",
            },
            "invalid_request",
        ),
    ],
)
def test_errors_have_the_names_of_the_rfc(oauth: Site, form, expected):
    answer = oauth.browser.post("/oauth/token", data=form)

    assert oauth_error(answer) == (400, expected)
    assert answer.headers["Cache-Control"] == "no-store"


def test_wrong_credentials_are_told_in_one_text(oauth: Site):
    off = oauth.add("off@example.com", status="DISABLED")

    answers = [
        tokens(oauth, password="wrong").json,
        tokens(oauth, username="nobody@example.com").json,
        tokens(oauth, username=off.email, password="wrong").json,
    ]

    assert {each["message"] for each in answers} == {"Invalid username or password."}


def test_a_json_body_and_an_empty_body_are_invalid_requests(oauth: Site):
    form = {"grant_type": "password", "username": ADDRESS, "password": PASSWORD}

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


def test_the_policy_of_the_application_sets_the_lives_of_tokens(oauth: Site):
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
    (account,) = oauth.application.accounts
    factor = account.factors.create({"type": "google-authenticator"})
    totp = pyotp.TOTP(factor.secret)
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
    oauth.manager.post_login(lambda user: ("not from there", 403) if seen == [ADDRESS] else None)
    (account,) = oauth.application.accounts

    refused = tokens(oauth)

    assert (refused.status_code, refused.text) == (403, "not from there")
    assert not len(account.refresh_tokens)
    assert tokens(oauth).status_code == 200


def test_a_service_that_cannot_be_reached_is_temporarily_unavailable(oauth: Site):
    oauth.manager.client.close()

    answer = tokens(oauth)

    assert oauth_error(answer) == (503, "temporarily_unavailable")
    assert "closed" not in answer.text
