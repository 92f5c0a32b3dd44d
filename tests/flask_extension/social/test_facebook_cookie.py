"""The signed cookie of Facebook's SDK for JavaScript, with which pages of 0.4 log people in."""

from flask_extension.signed_requests import signed
from flask_extension.sites import flashed
from flask_extension.social_fixtures import EMBEDDED, SocialSite
from support.providers.stand_in import CLIENT_ID

NAME = f"fbsr_{CLIENT_ID}"

pytestmark = EMBEDDED


def with_cookie(site: SocialSite, value: str, **query: str):
    site.browser.set_cookie(NAME, value)
    return site.browser.get("/facebook", query_string=query)


def test_a_code_in_the_cookie_logs_in(social_site: SocialSite, person_at):
    ada = person_at("facebook")
    code = social_site.providers["facebook"].code_for(ada)

    answer = with_cookie(social_site, signed(code=code), next="/secret")

    assert answer.location == "/secret"
    assert social_site.browser.get("/secret").text == f"The secret of {ada.email}"
    assert social_site.browser.get_cookie(NAME) is None


def test_a_token_in_the_cookie_logs_in(social_site: SocialSite, person_at):
    answer = with_cookie(social_site, signed(oauth_token=person_at("facebook").token))

    assert answer.location == "/"
    assert social_site.is_logged_in()


def test_a_code_that_facebook_refuses_is_told_on_the_login_page(social_site: SocialSite):
    answer = with_cookie(social_site, signed(code="used"))

    assert answer.location == "/login"
    assert flashed(social_site) == ["The login with Facebook did not work. Please try again."]


def test_without_the_cookie_the_request_is_a_bad_one(social_site: SocialSite):
    assert social_site.browser.get("/facebook").status_code == 400


def test_what_is_not_signed_is_a_bad_request(social_site: SocialSite, person_at):
    answer = with_cookie(social_site, signed("a guess", oauth_token=person_at("facebook").token))

    assert answer.status_code == 400
    assert not social_site.is_logged_in()
