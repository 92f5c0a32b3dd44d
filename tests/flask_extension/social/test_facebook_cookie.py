"""The signed cookie of Facebook's SDK for JavaScript, with which pages of 0.4 log people in."""

import base64
import hmac
import json
import time

import pytest

from flask_extension.sites import flashed
from flask_extension.social_fixtures import SocialSite
from flask_stormpath import facebook_cookie
from support.providers.stand_in import CLIENT_ID, CLIENT_SECRET

NAME = f"fbsr_{CLIENT_ID}"


def signed(secret: str = CLIENT_SECRET, **facts: object) -> str:
    told = {"algorithm": "HMAC-SHA256", "issued_at": int(time.time()), "user_id": "1001"} | facts
    payload = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
    signature = hmac.digest(secret.encode(), payload.encode(), "sha256")
    return f"{base64.urlsafe_b64encode(signature).decode().rstrip('=')}.{payload}"


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


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        ".",
        "a",
        "a.b",
        "é.ü",
        signed("another secret", code="c"),
        signed(code="c", algorithm="HMAC-SHA1"),
        signed(code="c", algorithm="none"),
        signed(code="c", algorithm=None),
        signed(code="c", issued_at=int(time.time()) - 601),
        signed(code="c", issued_at=int(time.time()) + 3_600),
        signed(code="c", issued_at="now"),
        signed(code="c", issued_at=None),
        signed(code=None),
        signed(code=["c"]),
        signed(code="c")[:-2],
        "." + signed(code="c").partition(".")[2],
        signed(code="c" * 5_000),
    ],
)
def test_another_cookie_is_not_accepted(cookie: str):
    assert facebook_cookie.read(cookie, CLIENT_SECRET) is None


def test_a_signed_text_that_is_no_object_is_not_accepted():
    for told in (b"[]", b"7", b"{", b"\xff"):
        payload = base64.urlsafe_b64encode(told).decode()
        signature = base64.urlsafe_b64encode(hmac.digest(b"s", payload.encode(), "sha256")).decode()
        assert facebook_cookie.read(f"{signature}.{payload}", "s") is None


def test_what_is_not_signed_is_a_bad_request(social_site: SocialSite, person_at):
    answer = with_cookie(social_site, signed("a guess", oauth_token=person_at("facebook").token))

    assert answer.status_code == 400
    assert not social_site.is_logged_in()
