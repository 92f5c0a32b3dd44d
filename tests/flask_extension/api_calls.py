"""What programs send to an app, and what its tokens say."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import jwt
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_extension.sites import JSON, PASSWORD, Site, Where, secret_pages
from flask_stormpath import StormpathManager
from flask_stormpath.hooks import KINDS
from stormpath.resources.account import Account
from stormpath.resources.api_key import ApiKey

_numbers = itertools.count(1)

PLAIN = {
    *("href", "username", "email", "givenName", "middleName", "surname", "fullName"),
    *("status", "createdAt", "modifiedAt"),
}


@contextmanager
def shared_site(where: Where, **settings: Any) -> Iterator[Site]:
    """Open an app that the tests of a module share, each with a person of its own: see `with_person`."""
    name = f"Shared {next(_numbers)}"
    where.client.applications.create({"name": name}, create_directory=True)
    app = Flask("site", template_folder=None)
    app.config.update(SECRET_KEY="of the tests", STORMPATH_APPLICATION=name, **where.config)
    app.config.update(settings)
    site = Site(app, StormpathManager(app))
    secret_pages(app)
    yield site
    site.close()


def with_person(site: Site) -> Site:
    """Return a shared app with a new person, who has a username, a new browser, and no hooks."""
    number = next(_numbers)
    site.move()
    site.address = f"joe{number}@example.com"
    site.manager.hooks = {kind: [] for kind in KINDS}
    site.add(username=f"joe{number}")
    return site


def other_person(site: Site, **more: Any) -> Account:
    """Make the account of one more person."""
    return site.add(f"jane{next(_numbers)}@example.com", **more)


def account_of(site: Site) -> Account:
    """Return the account of the site's person."""
    (account,) = site.application.accounts.search({"email": site.address})
    return account


def post(site: Site, path: str, body: Any = None, browser: FlaskClient | None = None) -> Any:
    """POST a JSON body, and ask for JSON."""
    return (browser or site.browser).post(path, json=body, headers=JSON)


def get(site: Site, path: str, **headers: str) -> Any:
    """GET as JSON."""
    return site.browser.get(path, headers=JSON | headers)


def log_in(site: Site, **more: Any) -> Any:
    """Log in by JSON."""
    return post(site, "/login", {"login": site.address, "password": PASSWORD} | more)


def tokens(site: Site, **form: str) -> Any:
    """Ask for tokens; by the password of the site's person, unless the form says otherwise."""
    given = {"grant_type": "password", "username": site.address, "password": PASSWORD}
    return site.other_browser().post("/oauth/token", data=form if "grant_type" in form else given | form)


def bearer(text: str) -> dict[str, str]:
    """Return the header of a bearer token."""
    return {"Authorization": f"Bearer {text}"}


def error(answer: TestResponse) -> tuple[int, str]:
    """Return status and message of a JSON error, which has nothing else."""
    assert answer.json is not None
    assert set(answer.json) == {"status", "message"}
    assert answer.json["status"] == answer.status_code
    return answer.status_code, answer.json["message"]


def oauth_error(answer: TestResponse) -> tuple[int, str]:
    """Return status and name of an error of the token endpoint, which has a message and nothing else."""
    assert answer.json is not None
    assert set(answer.json) == {"error", "message"}
    assert answer.json["message"]
    return answer.status_code, answer.json["error"]


def cookies(answer: TestResponse) -> dict[str, dict[str, str | None]]:
    """Return the cookies that a response sets, by name: the attributes in lower case, and ``value``."""
    found: dict[str, dict[str, str | None]] = {}
    for header in answer.headers.getlist("Set-Cookie"):
        pair, *attributes = header.split("; ")
        name, _, value = pair.partition("=")
        parts = (each.partition("=") for each in attributes)
        found[name] = {"value": value, **{each[0].lower(): each[2] for each in parts}}
    return found


def claims(text: str) -> dict[str, Any]:
    """Return what a token says."""
    found: dict[str, Any] = jwt.decode(text, options={"verify_signature": False})
    return found


def api_key(site: Site) -> ApiKey:
    """Return a new API key of the site's person."""
    key: ApiKey = account_of(site).api_keys.create()
    return key


def held(site: Site, name: str) -> str | None:
    """Return a cookie of the site's browser."""
    found = site.browser.get_cookie(name)
    return None if found is None else found.value


def is_iso_8601(text: str) -> bool:
    """Whether a text is a time in UTC."""
    return text.endswith("Z") and datetime.fromisoformat(text).tzinfo is not None
