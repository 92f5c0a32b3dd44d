"""Fixtures for logins at providers: apps on a service that knows the providers on loopback."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_extension.sites import Site, Where, secret_pages
from flask_stormpath import StormpathManager
from stormpath import Client
from stormpath.resources.directory import Directory
from support.providers.consent import CONSENTING, ConsentingGoogle, WithConsent, settings_of
from support.providers.stand_in import CLIENT_ID, CLIENT_SECRET, Person, running
from support.serving import serving

Providers = dict[str, WithConsent]

#: The mark of tests of what the extension does itself, wherever the service is.
EMBEDDED = pytest.mark.parametrize("social_where", ["embedded"], indirect=True)

_numbers = itertools.count(1)


class SocialSite(Site):
    """An app with one person's browser, and the providers."""

    def __init__(self, app: Flask, manager: StormpathManager, providers: Providers) -> None:
        super().__init__(app, manager)
        self.providers = providers

    def path(self, name: str) -> str:
        """Return the path of a provider."""
        return f"/{name}" if name in ("google", "facebook") else f"/callbacks/{name}"

    def start(self, name: str, browser: FlaskClient | None = None, **query: str) -> TestResponse:
        """Press the button of a provider."""
        return (browser or self.browser).get(self.path(name), query_string={"start": "1", **query})

    def sent_back(self, name: str, person: Person, **query: str) -> dict[str, str]:
        """Begin a login, agree at the provider, and return the query with which the person comes back."""
        begun = self.start(name, None, **query)
        assert begun.status_code == 302, begun.text
        return self.providers[name].agree(begun.location, person)

    def come_back(self, name: str, query: Any, browser: FlaskClient | None = None) -> TestResponse:
        """Come back to the app from a provider."""
        return (browser or self.browser).get(self.path(name), query_string=query)

    def enter(self, name: str, person: Person, **query: str) -> TestResponse:
        """Log in at a provider, from the button to the last answer of the app."""
        return self.come_back(name, self.sent_back(name, person, **query))

    def log_in_by_json(self, **data: Any) -> TestResponse:
        """Send the ``providerData`` of a login."""
        return self.browser.post(
            "/login", json={"providerData": data}, headers={"Accept": "application/json"}
        )

    def directories(self) -> list[Directory]:
        """Return the directories of the application, but the first one."""
        stores = [each.account_store for each in self.application.account_store_mappings]
        return [each for each in stores if isinstance(each, Directory) and each != self.directory]


@pytest.fixture(scope="session")
def providers() -> Iterator[Providers]:
    """The providers that the tests of this process share, by their ids."""
    with ExitStack() as all_running:
        yield {name: all_running.enter_context(running(kind)) for name, kind in CONSENTING.items()}


def environment_of(providers: Providers) -> dict[str, str]:
    """Return the settings of a service that knows the providers, as variables."""
    return {f"STORMPATH_{name.upper()}": value for name, value in settings_of(providers.values()).items()}


@pytest.fixture(scope="session", params=["embedded", "served"])
def social_where(
    request: pytest.FixtureRequest,
    database_url: str,
    providers: Providers,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Where]:
    """Where the service of the apps is that knows the providers."""
    url = own_database(request, database_url, tmp_path_factory)
    with pytest.MonkeyPatch.context() as environment, ExitStack() as opened:
        for name, value in environment_of(providers).items():
            environment.setenv(name, value)
        local = opened.enter_context(Client(database=url))
        config: dict[str, Any] = {"STORMPATH_DATABASE": url}
        if request.param == "served":
            base_url = opened.enter_context(serving(url, tmp_path_factory.mktemp("served") / "log"))
            config = {
                "STORMPATH_BASE_URL": base_url,
                "STORMPATH_API_KEY_ID": local.auth.id,
                "STORMPATH_API_KEY_SECRET": local.auth.secret,
            }
        environment.undo()
        yield Where(local, config)


def own_database(request: pytest.FixtureRequest, other: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a database of the same kind as another: the service there has other settings."""
    from support import databases

    if other.startswith("sqlite"):
        template = request.getfixturevalue("sqlite_template")
        return databases.sqlite_copy(template, tmp_path_factory.mktemp("social"))
    template = request.getfixturevalue("postgresql_template")
    url: str = request.getfixturevalue("postgresql_server").create_database(template)
    return url


def options_of(providers: Providers) -> dict[str, dict[str, Any]]:
    """Return a value of `STORMPATH_SOCIAL` with all providers, at their addresses on loopback."""
    url = {name: each.url for name, each in providers.items()}
    keys = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    return {
        "GOOGLE": {
            **keys,
            "authorization_endpoint": f"{url['google']}/auth",
            "token_endpoint": f"{url['google']}/token",
            "jwks_uri": f"{url['google']}/certs",
            "issuer": url["google"],
        },
        "FACEBOOK": {
            "app_id": CLIENT_ID,
            "app_secret": CLIENT_SECRET,
            "authorization_endpoint": f"{url['facebook']}/dialog/oauth",
            "token_endpoint": f"{url['facebook']}/oauth/access_token",
        },
        "GITHUB": {
            **keys,
            "authorization_endpoint": f"{url['github']}/login/oauth/authorize",
            "token_endpoint": f"{url['github']}/login/oauth/access_token",
        },
        "LINKEDIN": {**keys, "authorization_endpoint": f"{url['linkedin']}/authorization"},
        "TWITTER": {
            **keys,
            "request_token_endpoint": f"{url['twitter']}/oauth/request_token",
            "authorization_endpoint": f"{url['twitter']}/oauth/authenticate",
            "token_endpoint": f"{url['twitter']}/oauth/access_token",
        },
        "EXAMPLE": {
            **keys,
            "authorization_endpoint": f"{url['example']}/authorize",
            "token_endpoint": f"{url['example']}/token",
            "resource_endpoint": f"{url['example']}/me",
        },
    }


@pytest.fixture
def new_social_site(
    social_where: Where, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., SocialSite]]:
    """``new_social_site(**settings)`` makes an app with all providers, and an application of its own.

    ``options={"GOOGLE": {...}}`` adds options to those of a provider, and None takes a provider away.
    """
    for name, value in environment_of(providers).items():
        monkeypatch.setenv(name, value)
    made: list[SocialSite] = []

    def new(options: dict[str, Any] | None = None, **settings: Any) -> SocialSite:
        name = f"Social {next(_numbers)}"
        social_where.client.applications.create({"name": name}, create_directory=True)
        social: dict[str, Any] = options_of(providers)
        for key, more in (options or {}).items():
            social[key] = more and social.get(key, {}) | more
        app = Flask("site", template_folder=None)
        app.config.update(
            SECRET_KEY="of the tests",
            STORMPATH_APPLICATION=name,
            WTF_CSRF_ENABLED=False,
            STORMPATH_SOCIAL={key: each for key, each in social.items() if each is not None},
            STORMPATH_ENABLE_GOOGLE=True,
            STORMPATH_ENABLE_FACEBOOK=True,
            **social_where.config,
        )
        app.config.update(settings)
        manager = StormpathManager(app)
        secret_pages(app)
        made.append(SocialSite(app, manager, providers))
        return made[-1]

    yield new
    for each in made:
        each.close()


@pytest.fixture
def social_site(new_social_site: Callable[..., SocialSite]) -> SocialSite:
    """An app with all providers."""
    return new_social_site()


@pytest.fixture
def person_at(providers: Providers) -> Iterator[Callable[..., Person]]:
    """``person_at(name)`` is somebody with an account at a provider, and with an address of their own."""
    added: list[tuple[WithConsent, Person]] = []

    def add(name: str, **facts: Any) -> Person:
        id = str(1000 + next(_numbers))
        known = {"email": f"{name}-{id}@example.com", "username": f"user-{id}"}
        person = providers[name].add(id, f"the-token-of-{id}", **known | facts)
        added.append((providers[name], person))
        return person

    yield add
    for provider, person in added:
        provider.people.remove(person)
        provider.sent.clear()
    google = providers["google"]
    assert isinstance(google, ConsentingGoogle)
    google.claims.clear()


def host_of(url: str) -> str:
    """Return the host and port of a URL."""
    return urlsplit(url).netloc
