"""HTML or JSON: what a request gets for its ``Accept`` header, and bodies of JSON.

None of it asks the service.
"""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from flask_extension.api_calls import error, get, post
from flask_extension.sites import JSON, Site, secret_pages
from flask_stormpath import ConfigurationError, StormpathManager

HTML_TYPE, JSON_TYPE = "text/html", "application/json"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.fixture
def new_site() -> Iterator[Callable[..., Site]]:
    """As the fixture of the other tests, without a service."""
    made: list[Site] = []

    def new(**settings: Any) -> Site:
        app = Flask("site", template_folder=None)
        app.config.update(SECRET_KEY="of the tests", WTF_CSRF_ENABLED=False)
        app.config.update(STORMPATH_APPLICATION="Shop", STORMPATH_DATABASE="sqlite://", **settings)
        made.append(Site(app, StormpathManager(app)))
        secret_pages(app)
        return made[-1]

    yield new
    assert all(each.app.stormpath_client is None for each in made)  # type: ignore[attr-defined]


@pytest.fixture
def site(new_site) -> Site:
    made: Site = new_site()
    return made


ACCEPTED = [
    (None, None, HTML_TYPE),
    ("", None, HTML_TYPE),
    ("*/*", None, HTML_TYPE),
    (None, [JSON_TYPE, HTML_TYPE], JSON_TYPE),
    ("", [JSON_TYPE, HTML_TYPE], JSON_TYPE),
    ("*/*", [JSON_TYPE, HTML_TYPE], JSON_TYPE),
    (BROWSER, [JSON_TYPE, HTML_TYPE], HTML_TYPE),
    ("application/json, text/plain, */*", None, JSON_TYPE),
    ("text/html;q=0.5, application/json;q=0.6", None, JSON_TYPE),
    ("application/json;q=0.4, text/html;q=0.6", [JSON_TYPE, HTML_TYPE], HTML_TYPE),
    ("application/json, text/html", None, HTML_TYPE),
    ("text/*", [JSON_TYPE, HTML_TYPE], HTML_TYPE),
    ("text/html;q=0, */*", None, JSON_TYPE),
    ("application/json", [HTML_TYPE], None),
    ("text/html", [JSON_TYPE], None),
    ("text/plain", None, None),
    ("application/json;q=0", None, None),
]


def test_the_accept_header_decides(new_site):
    for accept, produces, expected in ACCEPTED:
        site = new_site(**({"STORMPATH_PRODUCES": produces} if produces else {}))
        headers = {} if accept is None else {"Accept": accept}

        answer = site.browser.post("/logout", headers=headers)

        status = {HTML_TYPE: 302, JSON_TYPE: 200, None: 404}[expected]
        assert (accept, produces, answer.status_code) == (accept, produces, status)
        assert ("Accept" in answer.vary) == (expected is not None)


def test_an_app_must_produce_something(new_site):
    with pytest.raises(ConfigurationError, match="STORMPATH_PRODUCES"):
        new_site(STORMPATH_PRODUCES=["text/plain"])


def test_a_missing_endpoint_is_404(site: Site):
    assert site.browser.get("/missing").status_code == 404


def test_a_restricted_endpoint_is_401_with_www_authenticate_for_json(site: Site):
    answer = get(site, "/secret")

    assert (answer.status_code, answer.data) == (401, b"")
    assert answer.headers["WWW-Authenticate"] == "Bearer realm=site"


def test_an_unauthenticated_html_request_goes_to_the_login(site: Site):
    answer = site.browser.get("/secret", headers={"Accept": BROWSER})

    assert (answer.status_code, answer.location) == (302, "/login?next=%2Fsecret")


def test_no_view_takes_put_or_delete(new_site):
    site = new_site(STORMPATH_ENABLE_FORGOT_PASSWORD=True, STORMPATH_ENABLE_VERIFY_EMAIL=True)

    for path, headers, method in itertools.product(
        ("/login", "/register", "/forgot", "/forgot/change", "/verify"),
        ({}, JSON),
        ("PUT", "DELETE", "PATCH"),
    ):
        assert site.browser.open(path, method=method, headers=headers).status_code == 405


NO_LOGINS = [
    (b"[]", 400, "The body must be a JSON object."),
    (b"null", 400, "The body must be a JSON object."),
    (b'"login"', 400, "The body must be a JSON object."),
    (b"{", 400, "The body must be a JSON object."),
    (b"login=joe&password=x", 400, "The body must be a JSON object."),
    (b"\xff\xfe", 400, "The body must be a JSON object."),
    (b"[" * 60_000, 400, "The body must be a JSON object."),
    (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400, "The body must be a JSON object."),
    (b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}", 400, "The body must be a JSON object."),
    (b'{"a": NaN}', 400, "The body must be a JSON object."),
    (b'{"a": ' + b"9" * 5_000 + b"}", 400, "The body must be a JSON object."),
    (b'{"login": "\\ud800", "password": "x"}', 400, "The body must be a JSON object."),
    (b'{"login": "joe", "login": "jane"}', 400, "The body names something twice."),
    (b'{"login": 7, "password": "x"}', 400, "login must be a text."),
    (b'{"login": ["joe"], "password": "x"}', 400, "login must be a text."),
    (b'{"login": "joe", "password": {"$ne": ""}}', 400, "password must be a text."),
    (b'{"login": null, "password": "x"}', 400, "Login identifier required."),
    (b"{}", 400, "Login identifier required."),
    (b"", 400, "Login identifier required."),
    (b'{"login": "' + b"x" * 70_000 + b'"}', 413, None),
    (b'{"login": "' + b"x" * 5_000 + b'", "password": "x"}', 400, "This is too long."),
]


def test_a_body_that_is_no_login_is_refused_and_asks_nothing(site: Site):
    for body, status, message in NO_LOGINS:
        answer = site.browser.post("/login", data=body, content_type=JSON_TYPE, headers=JSON)

        told = error(answer)
        assert (body[:50], *told) == (body[:50], status, told[1] if message is None else message)


def test_a_body_that_is_no_json_object_is_refused_for_html_too(site: Site):
    assert site.browser.post("/login", data=b"[]", content_type=JSON_TYPE).status_code == 400


def test_what_fails_inside_is_told_without_details(new_site, caplog):
    site = new_site(PROPAGATE_EXCEPTIONS=False)
    site.manager.pre_login(lambda given: 1 / 0)

    answer = post(site, "/login", {"login": "joe", "password": "x"})

    assert error(answer) == (500, "Something went wrong! Please try again.")
    assert "ZeroDivisionError" in caplog.text


def test_tests_of_an_app_see_its_exceptions(new_site):
    site = new_site(TESTING=True)
    site.manager.pre_login(lambda given: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        post(site, "/login", {"login": "joe", "password": "x"})
