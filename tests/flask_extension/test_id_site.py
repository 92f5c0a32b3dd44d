"""Logins on the pages of ID Site: the suite signs the answers, as the pages would."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import jwt
import pytest

from flask_extension.sites import ADDRESS, JSON, NewSite, Site, flashed
from flask_stormpath import user_created

#: ``site``, as with every other test, and through ID Site.
SETTINGS = {
    "STORMPATH_ENABLE_ID_SITE": True,
    "STORMPATH_ENABLE_FORGOT_PASSWORD": True,
    "STORMPATH_REGISTRATION_REDIRECT_URL": "/welcome",
}


@pytest.fixture
def site(new_site: NewSite) -> Site:
    return new_site(**SETTINGS)


def claims_of(answer: Any, site: Site) -> dict[str, Any]:
    """Return what a redirect to ID Site asks for."""
    assert answer.status_code == 302
    (token,) = parse_qs(urlsplit(answer.location).query)["jwtRequest"]
    return jwt.decode(token, site.manager.client.auth.secret, algorithms=["HS256"])


def come_back(site: Site, subject: str | None, state: str | None, browser: Any = None, **claims: Any) -> Any:
    """Return the answer to a browser that ID Site sends back."""
    auth = site.manager.client.auth
    now = int(time.time())
    given = {
        "iss": "https://acme.id.example.com", "aud": auth.id, "sub": subject, "iat": now, "exp": now + 60,
        "jti": uuid4().hex, "irt": uuid4().hex, "isNewSub": False, "state": state, "status": "AUTHENTICATED",
        "cb_uri": "http://localhost/stormpathCallback", **claims,
    }  # fmt: skip
    secret = given.pop("signed_with", auth.secret)
    token = jwt.encode(given, secret, headers={"kid": auth.id, "stt": "assertion"})
    return (browser or site.browser).get("/stormpathCallback", query_string={"jwtResponse": token})


def test_a_view_leads_to_its_page_of_id_site(site: Site):
    for path, page in (("/login", None), ("/register", "/#/register"), ("/forgot", "/#/forgot")):
        for method in ("GET", "POST"):
            claims = claims_of(site.browser.open(path, method=method), site)

            assert claims.get("path") == page
            assert claims["sub"] == site.application.href
            assert claims["cb_uri"] == "http://localhost/stormpathCallback"


def test_people_come_back_to_the_address_of_the_site(new_site):
    site = new_site(**SETTINGS, STORMPATH_SITE_URL="https://shop.example.com/")

    claims = claims_of(site.browser.get("/login", headers={"Host": "evil.example.com"}), site)

    assert claims["cb_uri"] == "https://shop.example.com/stormpathCallback"


def test_people_of_an_organization_get_its_pages(new_site):
    site = new_site(
        **SETTINGS, STORMPATH_ENABLE_ORGANIZATIONS=True, STORMPATH_ORGANIZATION_DOMAIN="shop.example.com"
    )

    for host, key in (("acme.shop.example.com", "acme"), ("shop.example.com", None)):
        assert claims_of(site.browser.get("/login", headers={"Host": host}), site).get("onk") == key


def test_a_person_comes_back_logged_in_and_goes_on_to_the_page_that_was_asked_for(site: Site):
    account = site.add()
    state = claims_of(site.browser.get("/login?next=/secret"), site)["state"]

    count = site.count()
    answer = come_back(site, account.href, state)

    assert (answer.status_code, answer.location) == (302, "/secret")
    assert site.is_logged_in()
    # The account, that it is the application's, and a second factor.
    assert len(count.sent) <= 4


def test_a_next_of_another_site_is_dropped_before_the_way_there(site: Site):
    account = site.add()
    state = claims_of(site.browser.get("/login?next=https://evil.example.com/"), site)["state"]

    assert come_back(site, account.href, state).location == "/"


def test_a_person_who_has_registered_there_is_announced_and_logged_in(site: Site):
    account = site.add()
    told = []
    hooked = []
    site.manager.post_registration(lambda user: hooked.append(user.email))
    state = claims_of(site.browser.get("/register"), site)["state"]

    with user_created.connected_to(lambda sender, user: told.append(user["email"])):
        answer = come_back(site, account.href, state, isNewSub=True, status="REGISTERED")

    assert (answer.status_code, answer.location) == (302, "/welcome")
    assert told == hooked == [ADDRESS]
    assert site.is_logged_in()


def test_a_person_who_must_verify_the_address_first_is_told_so(site: Site):
    account = site.add(status="UNVERIFIED")
    state = claims_of(site.browser.get("/register"), site)["state"]

    answer = come_back(site, account.href, state, isNewSub=True, status="REGISTERED")

    assert (answer.status_code, answer.location) == (302, "/welcome")
    assert flashed(site)[0].startswith("You must validate your email address")
    assert not site.is_logged_in()


def test_a_logout_ends_the_login_here_and_there(site: Site):
    account = site.add()
    come_back(site, account.href, claims_of(site.browser.get("/login"), site)["state"])
    assert site.is_logged_in()

    answer = site.browser.get("/logout?next=/goodbye")

    assert urlsplit(answer.location).path == "/sso/logout"
    assert not site.is_logged_in()
    back = come_back(site, None, claims_of(answer, site)["state"], status="LOGOUT")
    assert (back.status_code, back.location) == (302, "/goodbye")
    assert not site.is_logged_in()


WRONG: list[dict[str, Any]] = [
    {"signed_with": "another secret, which is just as long as it has to be"},
    {"aud": "another key"},
    {"exp": 1_000_000_000},
    {"status": "SOMETHING"},
    {"sub": None},
]


def test_an_invalid_answer_is_401(site: Site):
    account = site.add()
    for claims in WRONG:
        state = claims_of(site.browser.get("/login"), site)["state"]

        assert come_back(site, account.href, state, **claims).status_code == 401, claims
        assert not site.is_logged_in()


def test_a_query_without_a_token_is_401_and_makes_no_request(site: Site):
    site.browser.get("/login")
    count = site.count()

    for query in ("", "?jwtResponse=", "?jwtResponse=a.b.c", "?jwtResponse=" + 9_000 * "a"):
        assert site.browser.get("/stormpathCallback" + query).status_code == 401
        assert site.browser.get("/stormpathCallback" + query, headers=JSON).status_code == 401

    assert count == 0


def test_an_account_of_another_application_is_401(new_site):
    site, other = new_site(**SETTINGS), new_site()
    state = claims_of(site.browser.get("/login"), site)["state"]

    assert come_back(site, other.add().href, state).status_code == 401
    assert not site.is_logged_in()


def test_a_disabled_account_is_401(site: Site):
    account = site.add(status="DISABLED")
    state = claims_of(site.browser.get("/login"), site)["state"]

    assert come_back(site, account.href, state).status_code == 401
    assert not site.is_logged_in()


def test_the_views_and_the_callback_are_the_ordinary_ones_where_id_site_is_off(new_site):
    site = new_site()

    assert site.browser.get("/stormpathCallback").status_code == 404
    assert site.browser.get("/login").status_code == 200
