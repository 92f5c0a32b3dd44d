"""Apps for the tests, and what a browser does with them, without a browser."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_stormpath import StormpathManager, groups_required, login_required, user
from stormpath import Client
from stormpath.resources.account import Account
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from support.accounts import PASSWORD
from support.request_counts import RequestCount, count_requests

#: ``new_site(**settings)`` makes an app of its own.
NewSite = Callable[..., "Site"]

ADDRESS = "joe@example.com"
#: The cookies of a login.
NAMES_OF_COOKIES = ("session", "stormpath_token")
JSON = {"Accept": "application/json"}


_numbers = itertools.count(1)


def address_of(number: int) -> str:
    """Return an address of its own: the service counts wrong passwords by it, over all tests of a process."""
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


@dataclass(frozen=True)
class Where:
    """A client of the service, and the settings with which an app reaches it."""

    client: Client
    config: dict[str, Any]


def secret_pages(app: Flask) -> None:
    """Add the views that only some people may see."""

    @app.route("/")
    def home() -> str:
        return f"Welcome {user.email}" if user else "Welcome"

    @app.route("/secret")
    @login_required
    def secret() -> str:
        return f"The secret of {user.email}"

    @app.route("/admins")
    @groups_required(["admins"])
    def admins() -> str:
        return "The secret of admins"


class Site:
    """An app with one person's browser."""

    def __init__(self, app: Flask, manager: StormpathManager) -> None:
        self.app = app
        self.manager = manager
        self.move()
        #: Of the account that the methods make and log in to, unless they are given another.
        self.address = ADDRESS

    def close(self) -> None:
        """Close the client of the app, if it was made."""
        made: Client | None = self.app.stormpath_client  # type: ignore[attr-defined]
        if made is not None:
            made.close()

    @property
    def application(self) -> Application:
        """The application of the app."""
        return self.manager.application

    @property
    def directory(self) -> Directory:
        """The directory of new accounts."""
        mapping = self.application.default_account_store_mapping
        assert mapping is not None
        assert isinstance(mapping.account_store, Directory)
        return mapping.account_store

    def move(self) -> None:
        """Give the person another browser, at another network address."""
        self.network_address = address_of(next(_numbers))
        self.browser = self.other_browser()

    def other_browser(self) -> FlaskClient:
        """Return another person's browser, at the same address."""
        browser = self.app.test_client()
        browser.environ_base = {**browser.environ_base, "REMOTE_ADDR": self.network_address}
        return browser

    def count(self) -> RequestCount:
        """Count the requests that the app sends from now on."""
        self.manager.application  # It is looked up once.
        return count_requests(self.manager.client)

    def add(self, email: str | None = None, **more: Any) -> Account:
        """Make an account, without the app."""
        return self.application.accounts.create(
            {
                "email": email or self.address,
                "password": PASSWORD,
                "given_name": "Joe",
                "surname": "Doe",
                **more,
            }
        )

    def register(self, **more: Any) -> TestResponse:
        """Send the form of the registration."""
        form = {"given_name": "Joe", "surname": "Doe", "email": self.address, "password": PASSWORD}
        return self.browser.post("/register", data=form | more)

    def log_in(self, login: str | None = None, password: str = PASSWORD, **query: str) -> TestResponse:
        """Send the form of the login."""
        form = {"login": login or self.address, "password": password}
        return self.browser.post("/login", data=form, query_string=query)

    def is_logged_in(self, browser: FlaskClient | None = None) -> bool:
        """Whether the browser sees the secret page."""
        return (browser or self.browser).get("/secret").status_code == 200


def flashed(site: Site) -> list[str]:
    """Return what was flashed and not shown so far, without showing it."""
    with site.browser.session_transaction() as session:
        return [text for _, text in session.get("_flashes", [])]


__all__ = [
    "ADDRESS",
    "JSON",
    "NAMES_OF_COOKIES",
    "PASSWORD",
    "NewSite",
    "Site",
    "Where",
    "flashed",
    "secret_pages",
]
