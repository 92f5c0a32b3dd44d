"""The page of logins, and the browsers of a person that are on it."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_extension.pages import contexts_of
from flask_extension.sites import ADDRESS, PASSWORD, Site
from flask_stormpath.logins.login_list import Login

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)


def log_in(site: Site, browser: FlaskClient | None = None, user_agent: str = FIREFOX) -> FlaskClient:
    """Log in from a browser, by default another one, and return it."""
    browser = browser or site.other_browser()
    form = {"login": ADDRESS, "password": PASSWORD}
    assert browser.post("/login", data=form, headers={"User-Agent": user_agent}).location == "/"
    return browser


def listed(site: Site, browser: FlaskClient | None = None) -> list[Login]:
    """Return the logins of the page."""
    pages = contexts_of(site)
    page = (browser or site.browser).get("/sessions")
    assert page.headers["Cache-Control"] == "no-store"
    found: list[Login] = pages[-1]["logins"]
    assert all(each.name in page.text for each in found)
    return found


def ids(site: Site) -> list[str]:
    """Return the ids of the logins of the page."""
    return [each.id for each in listed(site)]


def end(browser: FlaskClient, **form: str) -> TestResponse:
    """Press the button that ends a login."""
    return browser.post("/sessions", data={"action": "end", **form})


def forget(site: Site) -> None:
    """Let the app read accounts anew, as it does after their age."""
    with site.app.app_context():
        for account in site.application.accounts:
            store = site.manager.client.data_store
            store.uncache_resource(account.href)
            store.uncache_resource(account.custom_data.href)
