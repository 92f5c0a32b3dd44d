"""Second factors under attack. The attacker knows the password, or has stolen a session."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import cachelib
import pytest
from flask import request
from flask.testing import FlaskClient
from flask_session import Session

from flask_extension.pages import contexts_of
from flask_extension.second_factors import (
    FACTOR_LOGIN,
    WRONG_CODE,
    Phone,
    answer,
    change,
    id_of,
    last_message,
    with_app,
    with_phone,
    with_recovery_codes,
)
from flask_extension.sites import ADDRESS, JSON, PASSWORD, NewSite, Site, Where
from flask_stormpath import StormpathError, User, completion
from flask_stormpath.factors.shown import NewFactor
from service.concurrency import at_once
from stormpath.resources.account import Account
from stormpath.testing import text_messages

# The extension decides here, wherever the service is.
pytestmark = pytest.mark.parametrize("where", ["embedded"], indirect=True)

EVE = "eve@example.com"
#: As many as begin with one code at the same moment.
THREADS = 50
#: Wrong codes that the service compares for an account, in five minutes.
GUESSES = 10


@pytest.fixture
def site(new_site: NewSite) -> Site:
    return new_site(STORMPATH_ENABLE_FACTORS=True, STORMPATH_ENABLE_FORGOT_PASSWORD=True)


@pytest.fixture
def joe(site: Site) -> Account:
    return site.add()


def prove_password(site: Site, browser: FlaskClient, login: str = ADDRESS) -> None:
    """Send the right password from a browser."""
    assert browser.post("/login", data={"login": login, "password": PASSWORD}).location == FACTOR_LOGIN


def cookie_of(browser: FlaskClient) -> str:
    found = browser.get_cookie("session")
    assert found is not None
    return found.value


# Codes.


def test_a_code_is_good_for_one_login(site: Site, joe: Account):
    phone = with_app(joe)
    eve = site.other_browser()
    prove_password(site, site.browser)
    prove_password(site, eve)
    code = phone.code()
    assert answer(site, code).location == "/"

    assert "The code is wrong." in answer(site, code, eve).text
    assert not site.is_logged_in(eve)


@pytest.mark.both_databases
def test_of_many_browsers_with_one_code_one_is_logged_in(site: Site, joe: Account):
    phone = with_app(joe)
    prove_password(site, site.browser)
    browsers = [site.other_browser() for _ in range(THREADS)]
    for each in browsers:
        each.set_cookie("session", cookie_of(site.browser))
    code = phone.code()

    tasks: list[Any] = [partial(answer, site, code, each) for each in browsers]
    answers: list[Any] = at_once(tasks)

    assert Counter(each.status_code for each in answers) == {302: 1, 200: THREADS - 1}
    assert [site.is_logged_in(each) for each in browsers].count(True) == 1


def test_guesses_are_counted_over_all_browsers_pages_and_logins(site: Site, joe: Account):
    phone, codes = with_app(joe), with_recovery_codes(joe)
    for number in range(GUESSES):
        browser = site.other_browser()
        if number % 2:
            prove_password(site, browser)
            assert "The code is wrong." in answer(site, WRONG_CODE, browser).text
        else:
            form = {"login": ADDRESS, "password": PASSWORD, "code": WRONG_CODE}
            assert browser.post("/login", json=form, headers=JSON).status_code == 401

    prove_password(site, site.browser)

    ids = {each.type: id_of(each) for each in joe.factors}
    assert "Too many login attempts." in answer(site, phone.code()).text
    assert "Too many login attempts." in answer(site, codes[0], factor=ids["recovery-codes"]).text
    assert not site.is_logged_in()


def test_a_phone_cannot_be_flooded(site: Site, where: Where, joe: Account):
    with_phone(where.client, joe)
    prove_password(site, site.browser)
    before = len(text_messages(where.client))

    pages = [site.browser.post(FACTOR_LOGIN, data={"send": "1"}).text for _ in range(12)]

    assert "Too many text messages were sent." in pages[-1]
    assert len(text_messages(where.client)) - before < len(pages)


# A login that waits.


def test_a_login_that_waits_opens_nothing(site: Site, joe: Account):
    with_app(joe)
    site.log_in()

    assert site.browser.get("/").text == "Welcome"
    for path in ("/secret", "/admins", "/factors"):
        assert site.browser.get(path).location.partition("?")[0] == "/login"
        assert site.browser.get(path, headers=JSON).status_code == 401
    assert change(site, "add-app").location.partition("?")[0] == "/login"
    assert site.browser.get_cookie("stormpath_token") is None
    with site.browser.session_transaction() as session:
        assert set(session["stormpath_pending"]) == {"application", "href", "password_set", "proved"}
        assert not {"_user_id", "_remember"} & set(session)


def test_an_app_with_the_same_key_for_its_cookies_does_not_take_it_over(
    site: Site, new_site: NewSite, joe: Account
):
    other = new_site()
    code = with_app(joe).code()
    prove_password(site, site.browser)
    stolen = cookie_of(site.browser)

    other.browser.set_cookie("session", stolen)
    answer(other, code)

    assert not other.is_logged_in()
    assert not site.is_logged_in()


def test_the_code_must_be_posted(site: Site, joe: Account):
    phone = with_app(joe)
    site.log_in()

    site.browser.get(FACTOR_LOGIN, query_string={"code": phone.code(), "send": "1"})
    site.browser.post(FACTOR_LOGIN, query_string={"code": phone.code()})

    assert not site.is_logged_in()


def test_another_account_has_no_use_for_a_login_that_waits(site: Site, joe: Account):
    phone = with_app(joe)
    site.add(EVE)
    site.log_in()

    assert site.log_in(EVE).location == "/"

    assert answer(site, phone.code()).location == "/login"
    assert site.browser.get("/").text == f"Welcome {EVE}"


def test_a_factor_of_another_account_proves_nothing(site: Site, joe: Account):
    with_app(joe)
    eve = site.add(EVE)
    hers, codes = with_app(eve), with_recovery_codes(eve)
    site.log_in()

    for each in eve.factors:
        for code in (hers.code(), codes[0]):
            assert "The code is wrong." in answer(site, code, factor=id_of(each)).text
    assert not site.is_logged_in()


def test_the_last_account_whose_password_was_proved_is_logged_in(site: Site, joe: Account):
    with_app(joe)
    hers = with_app(site.add(EVE))
    site.log_in()
    site.log_in(EVE)

    answer(site, hers.code())

    assert site.browser.get("/").text == f"Welcome {EVE}"


def test_a_logout_ends_a_login_that_waits(site: Site, joe: Account):
    phone = with_app(joe)
    site.log_in()

    site.browser.get("/logout")

    assert answer(site, phone.code()).location == "/login"


def test_a_session_that_a_stranger_has_planted_gets_no_login(site: Site, joe: Account):
    site.app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=cachelib.SimpleCache())
    Session(site.app)
    phone = with_app(joe)
    eve = site.other_browser()
    eve.get("/login")
    with eve.session_transaction() as session:
        session["csrf_token"] = "hers"
    planted = cookie_of(eve)
    site.browser.set_cookie("session", planted)

    site.log_in()
    waiting = cookie_of(site.browser)
    answer(site, phone.code())

    assert len({planted, waiting, cookie_of(site.browser)}) == 3
    assert site.is_logged_in()
    eve.set_cookie("session", waiting)
    assert not site.is_logged_in(eve)
    assert answer(site, phone.code(), eve).location == "/login"


def test_the_code_leads_to_no_other_site(site: Site, joe: Account):
    phone = with_app(joe)
    pages = contexts_of(site)

    for target in ("https://eve.example.com/", "//eve.example.com", "javascript:alert(1)"):
        assert site.log_in(next=target).location == FACTOR_LOGIN
        site.browser.get(FACTOR_LOGIN, query_string={"next": target})
        assert "next" not in pages[-1]["action"]

    assert answer(site, phone.code(), next="https://eve.example.com/").location == "/"


def test_a_form_of_another_site_is_refused(new_site: NewSite, where: Where):
    site = new_site(WTF_CSRF_ENABLED=True)
    joe = site.add()
    with_phone(where.client, joe)
    with site.app.test_request_context():
        user = User(site.manager.client, href=joe.href)
    site.app.add_url_rule("/proved", view_func=lambda: completion.complete(user))
    assert site.browser.get("/proved").location == FACTOR_LOGIN
    before = len(text_messages(where.client))

    for form in ({"code": last_message(where.client)}, {"send": "1"}):
        assert "Please try again." in site.browser.post(FACTOR_LOGIN, data=form).text

    assert len(text_messages(where.client)) == before
    assert not site.is_logged_in()


def test_a_large_code_is_not_read(site: Site, joe: Account):
    with_app(joe)
    site.log_in()
    requests = site.count()

    assert answer(site, "1" * 100_000).status_code == 413
    assert "This is too long." in answer(site, "1" * 5_000).text
    assert "The code is wrong." in answer(site, "1" * 3_000).text

    assert [path for method, path in requests.sent if method == "POST"] == []


# Ways around.


def test_a_new_password_by_mail_does_not_replace_the_code(site: Site, joe: Account):
    phone = with_app(joe)
    token = str(site.application.password_reset_tokens.create({"email": ADDRESS}).token)
    form = {"password": "Different2!", "password_again": "Different2!"}

    answered = site.browser.post("/forgot/change", query_string={"sptoken": token}, data=form)

    assert answered.location == FACTOR_LOGIN
    assert not site.is_logged_in()
    assert answer(site, phone.code()).location == "/"


def test_a_new_password_by_json_logs_nobody_in(site: Site, joe: Account):
    with_app(joe)
    token = str(site.application.password_reset_tokens.create({"email": ADDRESS}).token)

    answered = site.browser.post(
        "/forgot/change", json={"sptoken": token, "password": "Different2!"}, headers=JSON
    )

    assert (answered.status_code, answered.text) == (200, "")
    assert not site.is_logged_in()


def test_another_first_factor_does_not_replace_the_code(site: Site, joe: Account):
    phone = with_app(joe)

    @site.app.route("/callback-of-a-provider")
    def callback() -> Any:
        return completion.complete(User(site.manager.client, href=joe.href), request.args.get("state"))

    for target, asked in {
        "": FACTOR_LOGIN,
        "https://eve.example.com": FACTOR_LOGIN,
        "/secret": f"{FACTOR_LOGIN}?next=/secret",
    }.items():
        found = site.browser.get("/callback-of-a-provider", query_string={"state": target})
        assert (found.location, site.is_logged_in()) == (asked, False)

    assert site.browser.post(asked, data={"code": phone.code()}).location == "/secret"


def test_no_login_without_an_answer_of_the_service(site: Site, joe: Account, monkeypatch: pytest.MonkeyPatch):
    with_app(joe)
    executor = site.manager.client.data_store.executor

    def fail(url: str, *args: Any, **options: Any) -> Any:
        if "/factors" in url:
            raise StormpathError("It cannot be reached.")
        return get(url, *args, **options)

    get = executor.get
    monkeypatch.setattr(executor, "get", fail)

    assert "Something went wrong! Please try again." in site.log_in().text
    assert not site.is_logged_in()


# A session that was stolen.


def test_a_stolen_session_adds_and_removes_no_factor(site: Site, joe: Account):
    site.log_in()
    with_app(joe)
    with_recovery_codes(joe)
    before = [each.href for each in joe.factors]

    for href in before:
        id = href.rpartition("/")[2]
        for action in ("remove", "new-codes", "add-app", "confirm"):
            for password in ("", "Another1!"):
                change(site, action, password, factor=id, code=WRONG_CODE)
                if password == "Another1!" and action == "add-app":
                    break

    assert [each.href for each in joe.factors] == before


def test_a_stolen_session_does_not_see_what_the_owner_has_begun(site: Site, joe: Account):
    site.log_in()
    pages = contexts_of(site)
    change(site, "add-app")
    new = pages.pop()["new"]

    seen = [
        site.browser.get("/factors").text,
        change(site, "confirm", password="", factor=new.id, code=WRONG_CODE).text,
        change(site, "add-app", password="").text,
    ]

    assert not any(new.secret in each.replace(" ", "") or "data:image" in each for each in seen)
    assert [each["new"] for each in pages] == [None, NewFactor(new.id, "app"), None]
    with site.browser.session_transaction() as session:
        assert new.secret not in str(dict(session))


def test_a_stolen_session_confirms_no_factor_of_another_account(site: Site, joe: Account):
    site.log_in()
    eve = site.add(EVE)
    factor = eve.factors.create({"type": "google-authenticator"})
    assert factor.secret is not None

    answered = change(site, "confirm", factor=id_of(factor), code=Phone(factor.secret).code())

    assert "begin again" in answered.text
    assert [each.verification_status for each in eve.factors] == ["UNVERIFIED"]


def test_the_password_cannot_be_guessed_on_the_page(site: Site, joe: Account):
    site.log_in()

    pages = [change(site, "add-app", f"Wrong{number}!").text for number in range(GUESSES + 1)]

    assert "The password is wrong." in pages[0]
    assert "Too many login attempts." in pages[-1]
    assert "Too many login attempts." in change(site, "add-app").text
    assert len(joe.factors) == 0


def test_the_password_of_another_account_is_wrong(site: Site, joe: Account):
    site.add(EVE, password="Different2!")
    site.log_in()

    assert "The password is wrong." in change(site, "add-app", "Different2!").text
