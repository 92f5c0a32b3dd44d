"""The number of requests that each page and each form sends to the service."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from flask_extension.sites import ADDRESS, JSON, PASSWORD, NewSite, Site

EVERYTHING = {
    "STORMPATH_ENABLE_USERNAME": True,
    "STORMPATH_REQUIRE_USERNAME": False,
    "STORMPATH_ENABLE_FORGOT_PASSWORD": True,
    "STORMPATH_ENABLE_VERIFY_EMAIL": True,
    "STORMPATH_ENABLE_FACTORS": True,
    "STORMPATH_ENABLE_ME": True,
    "STORMPATH_ENABLE_OAUTH": True,
}
OTHER_PASSWORD = "Otherwise2!"
NEW = {"given_name": "Ann", "surname": "Lee", "email": "ann@example.com", "password": PASSWORD}

LOGIN = "POST /applications/ID/loginAttempts"
CREATION = "POST /applications/ID/accounts"
FORGOT = "POST /applications/ID/passwordResetTokens"
GET_TOKEN = "GET /applications/ID/passwordResetTokens/ID"
VERIFICATION = "POST /accounts/emailVerificationTokens/ID"
POST_TOKEN = "POST /applications/ID/passwordResetTokens/ID"
ACCOUNT = "GET /accounts/ID"
FACTORS = "GET /accounts/ID/factors"
STORES = ["GET /applications/ID/accountStoreMappings", "GET /directories/ID/provider"]
GROUPS = "GET /accounts/ID/groups"


def sent_by(site: Site, visit: Callable[[], Any]) -> list[str]:
    """Return the requests of a visit, with ``ID`` for the ids."""
    count = site.count()
    visit()
    return [
        re.sub(r"/[0-9A-Za-z]{22}\b|(?<=Tokens/)[\w.-]+", _as_id, f"{method} {path}")
        for method, path in count.sent
    ]


def _as_id(found: re.Match[str]) -> str:
    return "/ID" if found[0].startswith("/") else "ID"


@pytest.fixture
def site(new_site: NewSite) -> Site:
    """A site with every view for passwords, and an account."""
    site = new_site(**EVERYTHING)
    site.add()
    return site


PAGES = ["/", "/secret", "/admins", "/login", "/login?status=created", "/register", "/forgot", "/verify"]


@pytest.mark.parametrize("path", [*PAGES, "/factors", "/me", "/login/factor", "/oauth/token", "/logout"])
def test_a_page_for_strangers_costs_nothing(site: Site, path: str):
    assert sent_by(site, lambda: site.browser.get(path)) == []


@pytest.mark.parametrize("path", ["/login", "/register"])
def test_the_fields_of_a_form_in_json_cost_its_account_stores_once_in_a_while(site: Site, path: str):
    assert sent_by(site, lambda: site.browser.get(path, headers=JSON)) == STORES
    assert sent_by(site, lambda: site.browser.get(path, headers=JSON)) == []


@pytest.mark.parametrize("path", [each for each in PAGES if each != "/admins"])
def test_a_page_for_a_person_who_is_logged_in_costs_nothing_while_the_account_is_cached(
    site: Site, path: str
):
    site.log_in()

    assert sent_by(site, lambda: site.browser.get(path)) == []


@pytest.mark.parametrize(("path", "sent"), [("/me", []), ("/factors", [FACTORS])])
def test_a_page_about_the_person_costs_what_it_shows(site: Site, path: str, sent: list[str]):
    site.log_in()

    assert sent_by(site, lambda: site.browser.get(path)) == sent


def test_a_person_whose_account_is_not_cached_costs_one_request(site: Site):
    site.log_in()
    site.manager.client.data_store.uncache_resource(site.application.accounts[0].href)

    assert sent_by(site, lambda: site.browser.get("/secret")) == [ACCOUNT]
    assert sent_by(site, lambda: site.browser.get("/secret")) == []


def test_the_groups_of_a_person_cost_one_request(site: Site):
    site.directory.groups.create({"name": "admins"}).add_account(site.application.accounts[0])
    site.log_in()

    assert sent_by(site, lambda: site.browser.get("/admins")) == [GROUPS]


def log_in(site: Site) -> Any:
    return site.log_in()


def log_in_by_json(site: Site) -> Any:
    return site.browser.post("/login", json={"login": ADDRESS, "password": PASSWORD}, headers=JSON)


def mistype(site: Site) -> Any:
    return site.log_in(password="wrong")


def leave_out_the_password(site: Site) -> Any:
    return site.log_in(password="")


def register(site: Site) -> Any:
    return site.browser.post("/register", data=NEW)


def register_by_json(site: Site) -> Any:
    given = {"givenName": "Ann", "surname": "Lee", "email": "ann@example.com", "password": PASSWORD}
    return site.browser.post("/register", json=given, headers=JSON)


def register_again(site: Site) -> Any:
    return site.browser.post("/register", data=NEW | {"email": ADDRESS})


def register_without_an_address(site: Site) -> Any:
    return site.browser.post("/register", data=NEW | {"email": ""})


def forget(site: Site) -> Any:
    return site.browser.post("/forgot", data={"email": ADDRESS})


def forget_as_a_stranger(site: Site) -> Any:
    return site.browser.post("/forgot", data={"email": "stranger@example.com"})


def forget_without_an_address(site: Site) -> Any:
    return site.browser.post("/forgot", data={"email": ""})


def open_without_a_token(site: Site) -> Any:
    return site.browser.get("/forgot/change")


def open_with_a_bad_token(site: Site) -> Any:
    return site.browser.get("/forgot/change?sptoken=bad")


def send_without_a_token(site: Site) -> Any:
    return site.browser.post("/forgot/change", data={"password": "x", "password_again": "x"})


def verify_without_an_address(site: Site) -> Any:
    return site.browser.post("/verify", data={"login": ""})


@pytest.mark.parametrize(
    ("visit", "sent"),
    [
        (log_in, [LOGIN, FACTORS]),
        (log_in_by_json, [LOGIN, FACTORS]),
        (mistype, [LOGIN]),
        (leave_out_the_password, []),
        (register, [CREATION]),
        (register_by_json, [CREATION]),
        (register_again, [CREATION]),
        (register_without_an_address, []),
        (forget, [FORGOT]),
        (forget_as_a_stranger, [FORGOT]),
        (forget_without_an_address, []),
        (open_without_a_token, []),
        (open_with_a_bad_token, [GET_TOKEN]),
        (send_without_a_token, []),
        (verify_without_an_address, []),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_each_form_costs_what_it_must(site: Site, visit: Callable[[Site], Any], sent: list[str]):
    assert sent_by(site, lambda: visit(site)) == sent


def test_a_new_password_costs_the_token_twice_and_a_login(site: Site):
    token = site.application.password_reset_tokens.create({"email": ADDRESS}).token
    page = f"/forgot/change?sptoken={token}"
    new = {"password": OTHER_PASSWORD, "password_again": OTHER_PASSWORD}

    assert sent_by(site, lambda: site.browser.get(page)) == [GET_TOKEN]
    assert sent_by(site, lambda: site.browser.post(page, data=new | {"password": "x"})) == [GET_TOKEN]
    assert sent_by(site, lambda: site.browser.post(page, data=new)) == [
        GET_TOKEN,
        POST_TOKEN,
        ACCOUNT,
        FACTORS,
    ]
    assert site.is_logged_in()


def test_a_verified_address_costs_the_token(site: Site):
    assert sent_by(site, lambda: site.browser.get("/verify?sptoken=bad")) == [VERIFICATION]


def test_a_logout_costs_nothing(site: Site):
    site.log_in()

    assert sent_by(site, lambda: site.browser.get("/logout")) == []
    assert sent_by(site, lambda: site.browser.get("/logout")) == []


def test_the_first_login_looks_the_application_up(new_site: NewSite):
    site = new_site()
    site.add()
    count = site.count()
    site.app.stormpath_application = None

    site.log_in()

    assert [path.split("?")[0] for _, path in count.sent][:1] == ["/applications"]
    assert len(count.sent) == 3
