"""Logins by tokens in cookies."""

import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pyotp
import pytest

from flask_extension.api_calls import (
    account_of,
    claims,
    cookies,
    get,
    held,
    log_in,
    post,
    shared_site,
    with_person,
)
from flask_extension.sites import PASSWORD, Site, Where
from flask_stormpath import User

BOTH = {"access_token", "refresh_token"}


@pytest.fixture(scope="module")
def shared(where: Where) -> Iterator[Site]:
    on = {"STORMPATH_ENABLE_TOKEN_COOKIES": True, "STORMPATH_ENABLE_ME": True}
    with shared_site(where, **on, WTF_CSRF_ENABLED=False) as site:
        yield site


@pytest.fixture
def tokens(shared: Site) -> Site:
    return with_person(shared)


def has_no_login_in_its_session(site: Site) -> bool:
    with site.browser.session_transaction() as session:
        return "_user_id" not in session and site.browser.get_cookie("stormpath_token") is None


@pytest.mark.parametrize("way", ["form", "json"])
def test_a_login_sets_both_cookies_and_no_session(tokens: Site, way):
    requests = tokens.count()

    answer = tokens.log_in(next="/secret") if way == "form" else log_in(tokens)

    assert answer.status_code == (302 if way == "form" else 200)
    found = cookies(answer)
    assert set(found) >= BOTH
    for name in BOTH:
        assert "httponly" in found[name]
        assert (found[name]["samesite"], found[name]["path"]) == ("Lax", "/")
        assert "secure" not in found[name]
    assert has_no_login_in_its_session(tokens)
    # The login, the factors, the tokens, and the account after them.
    assert requests == 4


def test_a_page_of_a_person_who_is_logged_in_costs_no_request(tokens: Site):
    tokens.log_in()
    requests = tokens.count()

    assert tokens.browser.get("/secret").text == f"The secret of {tokens.address}"
    assert get(tokens, "/me").json["account"]["email"] == tokens.address
    assert requests == 0


def test_the_expiry_of_the_cookies_matches_the_tokens(tokens: Site):
    found = cookies(log_in(tokens))

    for name in BOTH:
        ends = claims(str(found[name]["value"]))["exp"]
        assert parsedate_to_datetime(str(found[name]["expires"])).timestamp() == ends
        assert abs(int(str(found[name]["max-age"])) - (ends - time.time())) < 5


def test_on_https_the_cookies_are_secure(tokens: Site):
    form = {"login": tokens.address, "password": PASSWORD}

    answer = tokens.browser.post("/login", data=form, base_url="https://localhost")

    assert all("secure" in cookies(answer)[name] for name in BOTH)


def test_a_missing_access_token_is_renewed(tokens: Site):
    tokens.log_in()
    before = held(tokens, "access_token")
    tokens.browser.delete_cookie("access_token")
    requests = tokens.count()

    answer = tokens.browser.get("/secret")

    assert answer.text == f"The secret of {tokens.address}"
    assert set(cookies(answer)) & BOTH == {"access_token"}
    assert held(tokens, "access_token") not in (None, before)
    assert requests == 1
    assert not BOTH & set(cookies(tokens.browser.get("/secret")))


def test_an_expired_access_token_is_renewed(new_site):
    tokens = new_site(STORMPATH_ENABLE_TOKEN_COOKIES=True)
    tokens.add()
    policy = tokens.application.oauth_policy
    policy.access_token_ttl = timedelta(seconds=1)
    policy.save()
    tokens.log_in()
    before = str(held(tokens, "access_token"))
    time.sleep(max(0, claims(before)["exp"] + 0.01 - time.time()))
    tokens.browser.set_cookie("access_token", before)

    assert tokens.is_logged_in()
    assert held(tokens, "access_token") != before


def test_tokens_that_are_wrong_are_deleted_without_a_request(tokens: Site):
    requests = tokens.count()

    for text in ("wrong", "a.b.c", "x" * 4_000):
        tokens.browser.set_cookie("access_token", text)
        tokens.browser.set_cookie("refresh_token", text)
        answer = tokens.browser.get("/secret")

        assert answer.location == "/login?next=%2Fsecret"
        assert {held(tokens, name) for name in BOTH} == {None}
    assert requests == 0


def test_cookies_are_deleted_when_the_refresh_token_is_revoked(tokens: Site):
    tokens.log_in()
    account = account_of(tokens)
    for each in account.refresh_tokens:
        each.delete()
    tokens.browser.delete_cookie("access_token")

    answer = get(tokens, "/me")

    assert (answer.status_code, answer.data) == (401, b"")
    assert {held(tokens, name) for name in BOTH} == {None}


def test_a_refresh_token_in_the_access_cookie_fails(tokens: Site):
    tokens.log_in()
    text = str(held(tokens, "refresh_token"))
    browser = tokens.other_browser()
    browser.set_cookie("access_token", text)

    assert not tokens.is_logged_in(browser)


def test_logout_deletes_the_cookies_and_revokes_their_tokens(tokens: Site):
    log_in(tokens)
    access, refresh = str(held(tokens, "access_token")), str(held(tokens, "refresh_token"))
    assert tokens.is_logged_in()

    post(tokens, "/logout")

    assert {held(tokens, name) for name in BOTH} == {None}
    copy = tokens.other_browser()
    copy.set_cookie("access_token", access)
    copy.set_cookie("refresh_token", refresh)
    assert not tokens.is_logged_in(copy)


def test_logout_sets_no_token_that_it_has_just_renewed(tokens: Site):
    log_in(tokens)
    account = account_of(tokens)
    tokens.browser.delete_cookie("access_token")

    tokens.browser.post("/logout")

    assert {held(tokens, name) for name in BOTH} == {None}
    assert not len(account.refresh_tokens)
    assert not tokens.is_logged_in()


def test_another_password_ends_the_tokens(new_site):
    site = new_site(STORMPATH_ENABLE_TOKEN_COOKIES=True, STORMPATH_ACCOUNT_MAX_AGE=None)
    account = site.add()
    site.log_in()
    assert site.is_logged_in()

    account.password = "Another-Long-1-Password"
    account.save()

    assert not site.is_logged_in()


def test_a_disabled_account_is_not_logged_in(tokens: Site):
    tokens.log_in()
    account = account_of(tokens)
    account.status = "DISABLED"
    account.save()

    assert not tokens.is_logged_in()


def test_a_password_that_changes_while_tokens_are_made_ends_them(tokens: Site, monkeypatch):
    from flask_stormpath.tokens import access_tokens

    account = account_of(tokens)
    ask = access_tokens.exchange

    def slowly(form):
        granted = ask(form)
        account.password = "Another-Long-1-Password"
        account.save()
        # What the service revoked meanwhile, as if it were made a moment later.
        return granted if form["grant_type"] != "stormpath_token" else ask(form | again(tokens))

    def again(site):
        return {"token": access_tokens._assertion(User(site.manager.client, href=account.href))}

    monkeypatch.setattr(access_tokens, "exchange", slowly)

    tokens.log_in()

    assert held(tokens, "access_token") is None
    assert not len(account.refresh_tokens)


def test_a_registration_sets_the_cookies(tokens: Site):
    answer = tokens.register(email=f"new.{tokens.address}")

    assert set(cookies(answer)) >= BOTH
    assert tokens.browser.get("/").text == f"Welcome new.{tokens.address}"


def test_a_second_factor_comes_before_the_tokens(tokens: Site):
    account = account_of(tokens)
    factor = account.factors.create({"type": "google-authenticator"})
    totp = pyotp.TOTP(str(factor.secret))
    now = int(time.time())
    factor.challenge_factor(code=totp.at(now))

    refused = log_in(tokens)

    assert refused.status_code == 401
    assert not BOTH & set(cookies(refused))
    assert not len(account.refresh_tokens)
    assert set(cookies(log_in(tokens, code=totp.at(now + 30)))) >= BOTH


def test_a_login_ends_one_by_a_session_from_before_the_switch(tokens: Site):
    tokens.app.config["STORMPATH_ENABLE_TOKEN_COOKIES"] = False
    tokens.log_in()
    assert not has_no_login_in_its_session(tokens)
    tokens.app.config["STORMPATH_ENABLE_TOKEN_COOKIES"] = True

    assert tokens.is_logged_in(), "by the session"
    tokens.log_in()

    assert has_no_login_in_its_session(tokens)
    assert tokens.is_logged_in()


def test_tokens_are_read_beside_a_stale_cookie_of_a_session(tokens: Site):
    tokens.log_in()
    tokens.browser.set_cookie("stormpath_token", "stale|0123")

    assert tokens.is_logged_in()


def test_an_app_without_token_cookies_ignores_them(new_site, tokens: Site):
    tokens.log_in()
    other = new_site(STORMPATH_APPLICATION=tokens.application.name)
    other.browser.set_cookie("access_token", str(held(tokens, "access_token")))

    assert not other.is_logged_in()
    other.browser.get("/logout")
    assert held(other, "access_token") is not None


def test_a_service_that_cannot_be_reached_leaves_the_cookies(new_site):
    site = new_site(STORMPATH_ENABLE_TOKEN_COOKIES=True, STORMPATH_ACCOUNT_MAX_AGE=None)
    site.add()
    site.log_in()
    site.manager.client.close()

    assert not site.is_logged_in()
    assert {held(site, name) for name in BOTH} & {None} == set()


def test_a_link_for_a_new_password_and_one_that_verifies_set_the_cookies(new_site):
    site = new_site(
        STORMPATH_ENABLE_TOKEN_COOKIES=True,
        STORMPATH_ENABLE_FORGOT_PASSWORD=True,
        STORMPATH_ENABLE_VERIFY_EMAIL=True,
    )
    site.add("jane@cookies.example.com")
    reset = site.application.password_reset_tokens.create({"email": "jane@cookies.example.com"}).token
    new = {"password": "Different2!", "password_again": "Different2!"}
    policy = site.directory.account_creation_policy
    policy.verification_email_status = policy.EMAIL_STATUS_ENABLED
    policy.save()
    site.register(email="joe@cookies.example.com")
    (joe,) = site.application.accounts.search({"email": "joe@cookies.example.com"})
    verify = joe.email_verification_token.href.rpartition("/")[2]
    assert not site.is_logged_in()

    assert set(cookies(site.browser.get(f"/verify?sptoken={verify}"))) >= BOTH
    assert site.browser.get("/").text == "Welcome joe@cookies.example.com"
    other = site.other_browser()
    assert set(cookies(other.post(f"/forgot/change?sptoken={reset}", data=new))) >= BOTH
    assert other.get("/").text == "Welcome jane@cookies.example.com"
