"""Logins at a real OpenID provider, through its metadata: PKCE, the nonce, the signature of the ID token."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask

from flask_extension.sites import Site, secret_pages
from flask_extension.social_fixtures import own_database
from flask_stormpath import StormpathManager
from stormpath.resources.directory import Directory
from support.openid_server import GAME, SITE, OpenIdProvider

ORIGIN = "https://site.example.com"
_numbers = count(1)


@pytest.fixture(scope="module")
def openid_database(
    request: pytest.FixtureRequest, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The database of a service that may reach the provider."""
    return own_database(request, database_url, tmp_path_factory)


@pytest.fixture
def new_openid_site(
    openid_database: str, openid_provider: OpenIdProvider, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Site]]:
    """``new_openid_site(**options)`` makes an app with the provider, which is called Keycloak."""
    monkeypatch.setenv("STORMPATH_OUTBOUND_TARGETS", "127.0.0.1")
    monkeypatch.setenv("STORMPATH_OUTBOUND_PORTS", str(openid_provider.port))
    made: list[Site] = []

    def new(**options: object) -> Site:
        described = {
            "client_id": SITE.id,
            "client_secret": SITE.secret,
            "server_metadata_url": f"{openid_provider.issuer}/.well-known/openid-configuration",
        }
        app = Flask("site", template_folder=None)
        app.config.update(
            SECRET_KEY="of the tests",
            STORMPATH_DATABASE=openid_database,
            STORMPATH_APPLICATION=f"Site {next(_numbers)}",
            STORMPATH_SOCIAL={"KEYCLOAK": described | options},
        )
        manager = StormpathManager(app)
        secret_pages(app)
        made.append(Site(app, manager))
        return made[-1]

    yield new
    for each in made:
        each.close()


def begin(site: Site) -> str:
    return site.browser.get("/callbacks/keycloak?start=1&next=/secret", base_url=ORIGIN).location


def come_back(site: Site, query: dict[str, str]):
    return site.browser.get("/callbacks/keycloak", query_string=query, base_url=ORIGIN)


def test_a_person_logs_in_by_openid_connect(new_openid_site, openid_provider: OpenIdProvider):
    site = new_openid_site()
    ann = {"email": "ann@example.com", "email_verified": True, "given_name": "Ann", "family_name": "Lee"}
    openid_provider.add_account("ann-of-flask", **ann)

    for _ in range(2):
        url = begin(site)
        answer = come_back(site, openid_provider.come_back(url, "ann-of-flask"))
        assert (answer.status_code, answer.location) == (302, "/secret")

    asked = dict(parse_qsl(urlsplit(url).query))
    assert asked["scope"] == "openid email profile"
    assert {"nonce", "state", "code_challenge"} <= asked.keys()
    assert site.browser.get("/secret", base_url=ORIGIN).text == "The secret of ann@example.com"
    (account,) = site.application.accounts
    assert (account.given_name, account.surname) == ("Ann", "Lee")
    assert isinstance(account.directory, Directory)
    made = account.directory.provider
    assert (made.id_field, made.resource_endpoint) == ("sub", openid_provider.userinfo_endpoint)
    assert (made.redirect_uri, made.token_endpoint) == (SITE.redirect_uri, openid_provider.token_endpoint)


def test_a_code_of_another_client_or_login_is_refused(new_openid_site, openid_provider: OpenIdProvider):
    site = new_openid_site()
    openid_provider.add_account("eve-of-flask", email="eve@example.com")
    other = begin(new_openid_site())
    for code in (
        openid_provider.code_of("eve-of-flask", GAME),
        # With the challenge of another browser.
        openid_provider.come_back(other, "eve-of-flask")["code"],
    ):
        state = dict(parse_qsl(urlsplit(begin(site)).query))["state"]

        answer = come_back(site, {"code": code, "state": state})

        assert answer.location == "/login?next=/secret"
    assert site.browser.get("/secret", base_url=ORIGIN).status_code == 302


def test_a_provider_whose_metadata_cannot_be_read_is_told_on_the_login_page(new_openid_site, openid_provider):
    site = new_openid_site(server_metadata_url=f"{openid_provider.issuer}/nothing-here")

    assert begin(site) == "/login?next=/secret"
    page = site.browser.get("/login", base_url=ORIGIN).text
    assert "The login with Keycloak did not work. Please try again." in page
