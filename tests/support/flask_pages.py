"""The names that the pages of docs/flask use: apps, and people with browsers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_stormpath import StormpathManager

#: The name of an app that is in no file: Flask looks for its templates in the current folder.
MODULE = "my_app"
PASSWORD = "Changeme1!"
PERSON = {"given_name": "Joe", "surname": "Doe", "email": "joe@example.com", "password": PASSWORD}


class FlaskPages:
    """What one page uses. ``names`` are for its examples; ``close`` ends what they have opened."""

    def __init__(self) -> None:
        self._apps: list[Flask] = []

    @property
    def names(self) -> dict[str, Any]:
        """The names that the examples find."""
        helpers: tuple[Callable[..., Any], ...] = (
            self.new_app, self.visit, self.manager_of, send, fields, register, log_in, log_in_as,
        )  # fmt: skip
        return {each.__name__: each for each in helpers}

    def new_app(self) -> Flask:
        """Return an app with the settings of the quickstart. No manager is bound to it yet."""
        app = Flask(MODULE)
        app.config.update(
            SECRET_KEY="someprivatestringhere",
            STORMPATH_DATABASE="sqlite:///users.db",
            STORMPATH_APPLICATION="My App",
        )
        return app

    def manager_of(self, app: Flask) -> StormpathManager:
        """Return the manager of an app. The first call binds it."""
        if "stormpath" not in app.extensions:
            StormpathManager(app)
        if app not in self._apps:
            self._apps.append(app)
        found: StormpathManager = app.extensions["stormpath"].manager
        return found

    def visit(self, app: Flask) -> FlaskClient:
        """Return the browser of a person who visits an app, whose settings are complete."""
        self.manager_of(app)
        return app.test_client()

    def close(self) -> None:
        """Close the clients of the apps."""
        for each in self._apps:
            close(each)


def close(app: Flask) -> None:
    """Close the client of an app, if it has made one."""
    if client := getattr(app, "stormpath_client", None):
        client.close()


def send(browser: FlaskClient, path: str, **form: str) -> TestResponse:
    """Fill in the form of a page, and send it with the token that it holds."""
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(path).text)
    assert token, f"no form at {path}"
    return browser.post(path, data=form | {"csrf_token": token[1]})


def fields(browser: FlaskClient, path: str) -> list[str]:
    """Return the names of the fields that a page shows."""
    names = re.findall(r'<input[^>]* name="(\w+)"', browser.get(path).text)
    return [each for each in names if each != "csrf_token"]


def register(browser: FlaskClient) -> TestResponse:
    """Register the person of the examples."""
    return send(browser, "/register", **PERSON)


def log_in(browser: FlaskClient, password: str = PASSWORD) -> TestResponse:
    """Log the person of the examples in."""
    return log_in_as(browser, PERSON["email"], password)


def log_in_as(browser: FlaskClient, login: str, password: str) -> TestResponse:
    """Log a person in."""
    return send(browser, "/login", login=login, password=password)
