"""The cookies of a login: their attributes, when they are written, how long they last, which are refused."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import session
from flask.testing import FlaskClient
from flask_login import encode_cookie
from werkzeug.test import TestResponse

from flask_extension.sites import ADDRESS, PASSWORD, NewSite, Site
from flask_stormpath import User, login_user
from flask_stormpath.logins.sessions import LoginId

#: Where a login is served makes no difference to its cookies.
pytestmark = pytest.mark.parametrize("where", ["embedded"], indirect=True)

NAMES = ("session", "stormpath_token")
DAY = timedelta(days=1)


class Clock:
    """A clock for the age of logins, and for the signatures of cookies."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._now = time.time()
        monkeypatch.setattr(time, "time", lambda: self._now)

    def advance(self, by: timedelta) -> None:
        self._now += by.total_seconds()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def written(answer: TestResponse) -> dict[str, str]:
    """Return the cookies that an answer sets, by their names."""
    return {each.partition("=")[0]: each for each in answer.headers.getlist("Set-Cookie")}


def held(browser: FlaskClient, name: str) -> str:
    cookie = browser.get_cookie(name)
    assert cookie is not None
    return cookie.value


def browser_with(site: Site, *cookies: tuple[str, str]) -> FlaskClient:
    browser = site.other_browser()
    for name, value in cookies:
        browser.set_cookie(name, value)
    return browser


def expiry(cookie: str) -> datetime:
    (text,) = (each.partition("=")[2] for each in cookie.split("; ") if each.startswith("Expires="))
    return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)


def login_id_of(site: Site, browser: FlaskClient | None = None) -> LoginId:
    with (browser or site.browser).session_transaction() as held_session:
        found = LoginId.parse(held_session["_user_id"])
    assert found is not None
    return found


def test_a_login_sets_the_two_documented_cookies(site: Site):
    site.add()

    cookies = written(site.log_in())

    assert set(cookies) == set(NAMES)
    for each in cookies.values():
        assert "HttpOnly" in each
        assert "Path=/" in each
        assert "Domain" not in each
        assert "Secure" not in each
        assert abs(expiry(each) - datetime.now(UTC) - timedelta(days=365)) < timedelta(minutes=1)
    assert "SameSite=Lax" in cookies["stormpath_token"]


def test_the_cookies_follow_the_settings(new_site: NewSite):
    site = new_site(
        REMEMBER_COOKIE_NAME="mine",
        SESSION_COOKIE_NAME="own",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Strict",
        REMEMBER_COOKIE_SAMESITE="Strict",
        STORMPATH_COOKIE_DOMAIN="shop.example",
        STORMPATH_COOKIE_DURATION=timedelta(minutes=30),
    )
    site.add()

    cookies = written(site.log_in())

    assert set(cookies) == {"mine", "own"}
    assert "Domain=shop.example" in cookies["mine"]
    for each in cookies.values():
        assert "Secure" in each
        assert "SameSite=Strict" in each
        assert abs(expiry(each) - datetime.now(UTC) - timedelta(minutes=30)) < timedelta(minutes=1)


def test_a_page_writes_no_cookie_while_the_login_is_young(site: Site):
    site.register()

    first, second = site.browser.get("/secret"), site.browser.get("/")

    assert written(first) == written(second) == {}
    assert "Cookie" in first.headers["Vary"]


def test_a_page_without_a_login_writes_no_cookie(site: Site):
    @site.app.get("/plain")
    def plain() -> str:
        return "plain"

    for path in ("/plain", "/", "/flask_stormpath/static/stormpath.css"):
        answer = site.browser.get(path)
        answer.close()
        assert answer.status_code == 200
        assert written(answer) == {}


def test_what_an_app_keeps_in_the_session_is_written_beside_the_login(site: Site):
    @site.app.get("/count")
    def count() -> str:
        session["count"] = session.get("count", 0) + 1
        return str(session["count"])

    site.register()

    assert [site.browser.get("/count").text for _ in range(3)] == ["1", "2", "3"]
    assert site.is_logged_in()


def test_a_page_that_was_on_its_way_during_the_logout_does_not_bring_the_login_back(site: Site):
    site.register()
    slow = browser_with(site, *((each, held(site.browser, each)) for each in NAMES))

    site.browser.get("/logout")
    late = slow.get("/secret")

    assert late.status_code == 200
    assert written(late) == {}
    assert not site.is_logged_in()


@pytest.mark.parametrize("duration", [timedelta(minutes=30), timedelta(days=365)], ids=["minutes", "a year"])
def test_a_login_lasts_as_long_as_it_is_used(new_site: NewSite, clock: Clock, duration: timedelta):
    site = new_site(STORMPATH_COOKIE_DURATION=duration, STORMPATH_ACCOUNT_MAX_AGE=None)
    site.register()
    began = login_id_of(site).used

    for _ in range(4):
        clock.advance(duration * 0.9)
        answer = site.browser.get("/secret")
        assert answer.status_code == 200
        assert set(written(answer)) == set(NAMES)
        assert set(written(site.browser.get("/secret"))) == set()

    assert login_id_of(site).used == int(began + 4 * duration.total_seconds() * 0.9)


def test_the_cookies_are_written_again_each_hour_or_twentieth(new_site: NewSite, clock: Clock):
    for duration, due in (
        (timedelta(minutes=30), timedelta(seconds=90)),
        (timedelta(days=365), timedelta(hours=1)),
    ):
        site = new_site(STORMPATH_COOKIE_DURATION=duration)
        site.register()

        clock.advance(due - timedelta(seconds=2))
        assert written(site.browser.get("/secret")) == {}
        clock.advance(timedelta(seconds=4))
        assert set(written(site.browser.get("/secret"))) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_login_that_was_not_used_has_ended_also_for_a_copy_of_its_cookie(
    new_site: NewSite, clock: Clock, name: str
):
    site = new_site(STORMPATH_COOKIE_DURATION=DAY)
    site.register()
    copy = browser_with(site, (name, held(site.browser, name)))
    assert site.is_logged_in(copy)
    copy = browser_with(site, (name, held(site.browser, name)))

    clock.advance(DAY + timedelta(seconds=5))

    assert not site.is_logged_in(copy)


def test_a_copy_that_another_browser_uses_does_not_outlive_the_duration_by_an_old_cookie(
    new_site: NewSite, clock: Clock
):
    site = new_site(STORMPATH_COOKIE_DURATION=DAY)
    site.register()
    first = [(each, held(site.browser, each)) for each in NAMES]

    for _ in range(3):
        clock.advance(DAY * 0.6)
        assert site.is_logged_in()

    assert not site.is_logged_in(browser_with(site, *first))
    assert site.is_logged_in()


@pytest.mark.parametrize("name", NAMES)
def test_one_of_the_cookies_is_enough(site: Site, name: str):
    site.register()

    assert site.is_logged_in(browser_with(site, (name, held(site.browser, name))))


@pytest.mark.parametrize("refreshed", [True, False])
def test_the_app_decides_whether_the_cookie_that_remembers_slides(
    new_site: NewSite, clock: Clock, refreshed: bool
):
    site = new_site(STORMPATH_COOKIE_DURATION=DAY, REMEMBER_COOKIE_REFRESH_EACH_REQUEST=refreshed)
    site.register()

    clock.advance(DAY / 2)

    assert ("stormpath_token" in written(site.browser.get("/secret"))) is refreshed


def test_a_login_that_is_not_to_be_remembered_is_not(new_site: NewSite, clock: Clock):
    site = new_site(STORMPATH_COOKIE_DURATION=DAY)
    site.add()

    @site.app.post("/own-login")
    def own_login() -> str:
        login_user(User.from_login(ADDRESS, PASSWORD))
        return "done"

    cookies = written(site.browser.post("/own-login"))
    clock.advance(DAY / 2)
    later = written(site.browser.get("/secret"))

    assert set(cookies) == set(later) == {"session"}
    assert "Expires" not in cookies["session"]  # It ends with the browser.


def _forms_of(site: Site) -> dict[str, Any]:
    login = login_id_of(site)
    with site.app.app_context():
        sign = encode_cookie
        return {
            "of 0.4": sign(login.href),
            "without a date": sign(f"{login.href}#{login.password_set}"),
            "with another date": sign(str(login._replace(password_set="0"))),
            "with a word for a time": sign(str(login).replace(str(login.used), "soon")),
            "with a part more": sign(f"{login}#more"),
            "of nobody": sign(str(login._replace(href=f"{login.href[:-4]}0000"))),
            "of another service": sign(str(login._replace(href="https://other.example/v1/accounts/1"))),
            "of another application": sign(str(login._replace(application="0" * 16))),
            "of no account": sign(str(login._replace(href=login.href.replace("accounts", "directories")))),
            "a path": sign(str(login._replace(href="/accounts/../tenants/current"))),
            "very long": sign(str(login._replace(entry="x" * 3000))),
            "with a huge number": sign(str(login).replace(str(login.used), "9" * 400)),
            "with digits of another script": sign(str(login).replace(str(login.used), "\u0661\u0662")),
            "empty": sign(""),
        }


@pytest.mark.parametrize(
    "form",
    [
        "of 0.4",
        "without a date",
        "with another date",
        "with a word for a time",
        "with a part more",
        "of nobody",
        "of another service",
        "of another application",
        "of no account",
        "a path",
        "very long",
        "with a huge number",
        "with digits of another script",
        "empty",
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_a_signed_cookie_with_something_else_in_it_is_no_login_and_no_error(site: Site, form: str, name: str):
    site.register()
    signed = _forms_of(site)[form]
    browser = site.other_browser()
    if name == "session":
        with browser.session_transaction() as forged:
            forged["_user_id"] = signed.rpartition("|")[0]
    else:
        browser.set_cookie(name, signed)

    assert browser.get("/secret").status_code == 302
    assert browser.get("/").text == "Welcome"
    assert browser.get("/logout").status_code == 302


@pytest.mark.parametrize("name", NAMES)
def test_a_cookie_that_was_tampered_with_or_cut_is_no_login_and_no_error(site: Site, name: str):
    site.register()
    value = held(site.browser, name)

    spoiled = [value[:each] for each in (0, 1, len(value) // 2, len(value) - 1)]
    spoiled += [value + "x", value[::-1], "\u00fc", "x" * 3000, "|", "..", "%00"]
    spoiled += [value[:-2] + ("A" if value[-2] != "A" else "B") + value[-1]]

    for each in spoiled:
        assert browser_with(site, (name, each)).get("/secret").status_code == 302, each


def test_a_login_outlasts_another_key_where_the_app_names_the_former_one(site: Site, clock: Clock):
    site.register()
    site.app.config.update(SECRET_KEY="of today", SECRET_KEY_FALLBACKS=["of the tests"])
    before = {each: held(site.browser, each) for each in NAMES}

    assert site.is_logged_in()
    clock.advance(timedelta(hours=2))
    assert site.is_logged_in()
    site.app.config["SECRET_KEY_FALLBACKS"] = None

    assert site.is_logged_in()
    for name in NAMES:
        assert site.is_logged_in(browser_with(site, (name, held(site.browser, name))))
        assert not site.is_logged_in(browser_with(site, (name, before[name])))


def test_a_login_ends_with_another_key(site: Site):
    site.register()

    site.app.config["SECRET_KEY"] = "of today"

    assert not site.is_logged_in()
    assert site.log_in().status_code == 302
    assert site.is_logged_in()


def test_the_logout_deletes_the_cookies_where_they_were_set(new_site: NewSite):
    site = new_site(STORMPATH_COOKIE_DOMAIN="localhost")
    site.register()

    answer = site.browser.get("/logout")
    cookies = written(answer)

    # Nor may the back button show a page that the browser has kept.
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    assert set(cookies) == set(NAMES)
    for each in cookies.values():
        assert expiry(each) < datetime.now(UTC)
    assert "Domain=localhost" in cookies["stormpath_token"]
    assert not site.is_logged_in()
