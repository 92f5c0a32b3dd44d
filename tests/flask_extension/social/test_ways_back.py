"""The way back from a provider: who exchanges the code, and what is told when a login does not work."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import request

from flask_extension.sites import flashed
from flask_extension.social_fixtures import EMBEDDED, SocialSite
from support.providers.stand_in import CLIENT_SECRET, Answer

pytestmark = EMBEDDED

FAILED = "The login with Google did not work. Please try again."


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def test_the_service_exchanges_the_codes_of_linkedin(social_site: SocialSite, person_at):
    site, ada = social_site, person_at("linkedin")

    site.enter("linkedin", ada)

    (exchange,) = [each for each in site.providers["linkedin"].sent if each.path == "/oauth/v2/accessToken"]
    assert exchange.headers["user-agent"] == "stormpath"
    assert exchange.form["redirect_uri"] == "http://localhost/callbacks/linkedin"


def test_the_extension_exchanges_the_codes_of_google_with_the_verifier(social_site: SocialSite, person_at):
    social_site.enter("google", person_at("google"))

    (exchange,) = [each for each in social_site.providers["google"].sent if each.path == "/token"]
    assert len(exchange.form["code_verifier"]) >= 43
    assert exchange.form["client_secret"] == CLIENT_SECRET


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("access_denied", "The login with Google was cancelled."),
        ("server_error", FAILED),
        ("<script>", FAILED),
    ],
)
def test_an_error_of_the_provider_leads_to_the_login_page(social_site: SocialSite, error: str, message: str):
    state = query_of(social_site.start("google", next="/secret").location)["state"]

    answer = social_site.come_back("google", {"error": error, "error_description": "x", "state": state})

    assert (answer.status_code, answer.location) == (302, "/login?next=/secret")
    assert flashed(social_site) == [message]


def test_a_person_who_declines_at_x_comes_back_to_the_login_page(social_site: SocialSite):
    token = query_of(social_site.start("twitter").location)["oauth_token"]

    answer = social_site.come_back("twitter", {"denied": token})

    assert answer.location == "/login"
    assert flashed(social_site) == ["The login with X was cancelled."]


BROKEN = {
    "silent": lambda provider: None,
    "error": lambda provider: Answer(500, {"error": "server_error"}),
    "page": lambda provider: Answer(200, body=b"<html>"),
    "list": lambda provider: Answer(200, ["token"]),
    "null": lambda provider: Answer(200, {"access_token": None}),
    "number": lambda provider: Answer(200, {"access_token": 7, "id_token": 7}),
    "redirect": lambda provider: Answer(307, {}, headers={"Location": f"{provider.url}/elsewhere"}),
    "busy": lambda provider: Answer(429, body=b"later"),
}


def test_a_provider_that_breaks_is_told_on_the_login_page(social_site: SocialSite, person_at):
    google = social_site.providers["google"]
    ada = person_at("google")
    for number, (name, broken) in enumerate(BROKEN.items(), 1):
        query = social_site.sent_back("google", ada)
        google.breaks("/token", broken)

        answer = social_site.come_back("google", query)

        google.mends("/token")
        assert answer.location == "/login", name
        assert flashed(social_site) == [FAILED] * number, name
    # The secret goes nowhere else.
    assert "/elsewhere" not in google.paths()


def test_a_provider_that_gives_no_request_token_is_told_on_the_login_page(social_site: SocialSite):
    twitter = social_site.providers["twitter"]
    twitter.breaks("/oauth/request_token", lambda provider: Answer(503, body=b"Over capacity"))

    answer = social_site.start("twitter")

    twitter.mends("/oauth/request_token")
    assert answer.location == "/login"
    assert flashed(social_site) == ["The login with X did not work. Please try again."]


def test_a_disabled_account_is_not_logged_in(social_site: SocialSite, person_at):
    ada = person_at("google")
    social_site.enter("google", ada)
    social_site.browser.get("/logout")
    (directory,) = social_site.directories()
    (account,) = directory.accounts
    account.status = "DISABLED"
    account.save()

    answer = social_site.enter("google", ada)

    assert answer.location == "/login"
    assert len(flashed(social_site)) == 1
    assert not social_site.is_logged_in()


def test_what_the_service_refuses_is_told_without_what_is_for_developers(social_site: SocialSite, person_at):
    answer = social_site.enter("google", person_at("google", email=None))

    assert answer.location == "/login"
    (told,) = flashed(social_site)
    assert "google" not in told


def test_hooks_run_after_a_login_at_a_provider(social_site: SocialSite, person_at):
    social_site.manager.post_login(lambda user: f"Hello {user.email} of {request.path}")
    ada = person_at("google")

    assert social_site.enter("google", ada).text == f"Hello {ada.email} of /google"


def test_an_app_without_a_login_page_answers_too(new_social_site, person_at):
    site = new_social_site(STORMPATH_ENABLE_LOGIN=False, STORMPATH_REDIRECT_URL="/home")

    assert site.start("google").status_code == 302
    assert site.come_back("google", {"code": "c", "state": "s"}).status_code == 400
    state = query_of(site.start("google").location)["state"]
    assert site.come_back("google", {"error": "access_denied", "state": state}).location == "/home"


def test_a_login_that_does_not_continue_one_shows_the_login_page(social_site: SocialSite):
    answer = social_site.come_back("google", {"code": "c", "state": "s"})

    assert answer.status_code == 400
    assert "did not begin in this browser" in answer.text
    assert 'action="/login"' in answer.text
