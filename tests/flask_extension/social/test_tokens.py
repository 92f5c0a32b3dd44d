"""Tokens for the token of a provider: the grant ``stormpath_social``."""

from typing import Any

from flask_extension.api_calls import bearer, cookies, get, oauth_error
from flask_extension.social_fixtures import EMBEDDED, SocialSite

pytestmark = EMBEDDED


def ask(site: SocialSite, **form: str) -> Any:
    return site.browser.post("/oauth/token", data={"grant_type": "stormpath_social", **form})


def test_the_grant_succeeds_with_a_token_and_fails_with_an_invalid_one(new_social_site, person_at):
    site = new_social_site(STORMPATH_ENABLE_OAUTH=True, STORMPATH_ENABLE_ME=True)
    ada = person_at("facebook")

    granted = ask(site, providerId="facebook", accessToken=ada.token)
    refused = ask(site, providerId="facebook", accessToken="invalid")

    assert sorted(granted.json) == ["access_token", "expires_in", "refresh_token", "token_type"]
    shown = get(site, "/me", **bearer(granted.json["access_token"]))
    assert shown.json["account"]["email"] == ada.email
    assert oauth_error(refused) == (400, "invalid_grant")


def test_it_takes_the_providers_and_proofs_that_the_login_takes(new_social_site, person_at):
    site = new_social_site(STORMPATH_ENABLE_OAUTH=True, STORMPATH_ENABLE_FACEBOOK=False)
    ada = person_at("facebook")

    switched_off = ask(site, providerId="facebook", accessToken=ada.token)
    # The service cannot know to which site such a token was issued.
    of_a_generic_one = ask(site, providerId="example", accessToken="token")

    assert oauth_error(switched_off) == (400, "invalid_grant")
    assert oauth_error(of_a_generic_one) == (400, "invalid_grant")
    assert not len(site.application.accounts)


def test_a_login_at_a_provider_sets_the_cookies_of_tokens(new_social_site, person_at):
    site = new_social_site(STORMPATH_ENABLE_TOKEN_COOKIES=True)
    ada = person_at("google")

    answer = site.enter("google", ada)

    assert {"access_token", "refresh_token"} <= set(cookies(answer))
    assert site.browser.get("/").text == f"Welcome {ada.email}"
