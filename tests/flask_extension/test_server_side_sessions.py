"""Flask-Session: the server keeps the session, and the browser an id, which each login and logout changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cachelib import FileSystemCache
from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from flask_session import Session

from flask_extension.sites import ADDRESS, PASSWORD, NewSite, Site, flashed
from flask_stormpath import StormpathManager, User, login_user
from support.redis_server import RedisServer

pytestmark = pytest.mark.parametrize("where", ["embedded"], indirect=True)


@pytest.fixture(params=["files", "redis"])
def site(request: pytest.FixtureRequest, new_site: NewSite, tmp_path: Path) -> Iterator[Site]:
    """A site whose sessions are kept in files, or in a Redis."""
    if request.param == "files":
        files = FileSystemCache(str(tmp_path))
        yield with_sessions(new_site(SESSION_TYPE="cachelib", SESSION_CACHELIB=files))
        return
    server: RedisServer = request.getfixturevalue("redis_server")
    with server.connect() as client:
        yield with_sessions(new_site(SESSION_TYPE="redis", SESSION_REDIS=client))


def with_sessions(site: Site) -> Site:
    Session(site.app)

    @site.app.get("/basket")
    def fill() -> str:
        session["basket"] = [*session.get("basket", ()), "book"]
        return str(len(session["basket"]))

    @site.app.get("/look")
    def look() -> str:
        return str(len(session.get("basket", ())))

    return site


def session_id(site: Site) -> str:
    cookie = site.browser.get_cookie("session")
    assert cookie is not None
    return cookie.value


def with_id(site: Site, value: str) -> bool:
    """Tell whether a browser that has this session id, and nothing else, is logged in."""
    other = site.other_browser()
    other.set_cookie("session", value)
    return site.is_logged_in(other)


def test_a_login_and_a_logout_change_the_id_of_the_session(site: Site):
    site.add()
    site.browser.get("/basket")
    before = session_id(site)

    site.log_in()
    during = session_id(site)
    assert site.is_logged_in()
    assert with_id(site, during)
    assert not with_id(site, before)

    site.browser.get("/logout")

    assert not site.is_logged_in()
    assert not with_id(site, during)
    assert len({before, during}) == 2


def test_what_was_in_the_session_before_the_login_stays_in_it(site: Site):
    site.add()
    site.browser.get("/basket")

    site.log_in()

    assert site.browser.get("/look").text == "1"


def test_the_logout_changes_the_id_also_where_the_app_keeps_the_session(site: Site):
    site.add()
    site.log_in()
    site.browser.get("/basket")
    during = session_id(site)

    site.browser.get("/logout")

    assert site.browser.get("/look").text == "1"
    assert session_id(site) != during
    assert not with_id(site, during)


def _registers(site: Site) -> None:
    assert site.register().status_code == 302


def _logs_in(site: Site) -> None:
    site.add()
    assert site.log_in().status_code == 302


def _uses_an_own_view(site: Site) -> None:
    site.add()

    @site.app.post("/own-login")
    def own_login() -> str:
        login_user(User.from_login(ADDRESS, PASSWORD))
        return "done"

    assert site.browser.post("/own-login").text == "done"


@pytest.mark.parametrize("person", [_registers, _logs_in, _uses_an_own_view])
def test_an_id_that_a_stranger_has_planted_is_never_that_of_a_login(
    site: Site, person: Callable[[Site], None]
):
    site.browser.set_cookie("session", "planted-by-a-stranger")

    person(site)

    assert site.is_logged_in()
    assert session_id(site) != "planted-by-a-stranger"
    assert not with_id(site, "planted-by-a-stranger")


def test_an_id_of_a_session_that_a_stranger_has_filled_is_never_that_of_a_login(site: Site):
    site.add()
    stranger = site.other_browser()
    stranger.get("/basket")
    planted = stranger.get_cookie("session")
    assert planted is not None
    site.browser.set_cookie("session", planted.value)

    site.log_in()

    assert site.is_logged_in()
    assert not site.is_logged_in(stranger)


def test_refusals_are_shown_once(site: Site):
    site.add()

    answer = site.log_in(password="wrong")

    assert answer.text.count("Invalid username or password.") == 1
    assert flashed(site) == []


@pytest.mark.parametrize("first", ["sessions", "manager"])
def test_the_order_of_the_two_extensions_does_not_matter(new_site: NewSite, tmp_path: Path, first: str):
    app = Flask("order")
    app.config.update(new_site().app.config)
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache(str(tmp_path)))

    binds = [lambda: Session(app), lambda: StormpathManager(app)]
    for bind in binds if first == "sessions" else reversed(binds):
        bind()

    assert not isinstance(app.session_interface, SecureCookieSessionInterface)
    form = {"given_name": "Joe", "surname": "Doe", "email": ADDRESS, "password": PASSWORD}
    browser = app.test_client()
    assert browser.post("/register", data=form).status_code == 302
    cookie = browser.get_cookie("session")
    assert cookie is not None
    assert cookie.value.count(".") == 0  # An id, and no signed content.
    app.stormpath_client.close()
