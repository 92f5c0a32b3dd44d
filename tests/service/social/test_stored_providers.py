"""Profiles by the providers of directories as they are stored, and endpoints as the settings name them."""

from contextlib import closing
from dataclasses import replace

import pytest

from service.calls import Api, id_of
from service.provider_bodies import social
from service.tenant_setup import context_of
from stormpath.server.app import Service, open_service
from stormpath.server.settings import SETTINGS, variable_of
from stormpath.server.social import endpoints, providers
from stormpath.server.social.profile import Credentials
from support.providers.plain_fetch import PlainFetch
from support.providers.stand_in import StandIn


@pytest.mark.parametrize("kind", ["google", "facebook", "github", "linkedin", "twitter", "generic"])
def test_the_provider_of_a_directory_leads_to_profiles(api: Api, kind: str, request: pytest.FixtureRequest):
    stand_in: StandIn = request.getfixturevalue(kind)
    stand_in.add()
    body = social(stand_in.kind) | getattr(stand_in, "body", {})
    directory = api.directory(provider=body)
    assert isinstance(api.wsgi, Service)
    context = replace(
        context_of(api.wsgi, api.tenant_id), fetch=PlainFetch(), provider_urls=stand_in.provider_urls
    )
    with context.read() as unit:
        row = unit.get("provider", id_of(directory))
    assert row is not None

    credentials = Credentials(access_token="the-token-of-ada", access_token_secret="the-secret-of-adas-token")

    assert providers.profile_of(context, row, credentials).user_id == "1001"


def test_the_endpoints_are_settings(monkeypatch: pytest.MonkeyPatch):
    urls = {name: f"http://127.0.0.1:9/{name}" for name in endpoints.PUBLIC}
    assert list(urls) == [name for name, setting in SETTINGS.items() if setting.is_endpoint]
    for name, url in urls.items():
        monkeypatch.setenv(variable_of(name), url)

    with closing(open_service("sqlite://")) as service:
        assert service._context("tenant", service._box).provider_urls == urls


def test_an_endpoint_that_is_not_set_is_the_public_one(sqlite_service: Service):
    context = context_of(sqlite_service, "tenant")

    assert context.provider_urls == {}
    assert endpoints.endpoint(context, endpoints.GITHUB_API, "/user") == "https://api.github.com/user"
    assert all(url.startswith("https://") for url in endpoints.PUBLIC.values())


def test_a_path_below_an_endpoint_has_one_slash(sqlite_service: Service):
    urls = {endpoints.GITHUB_API: "https://github.example.com/api/v3/"}
    context = replace(context_of(sqlite_service, "tenant"), provider_urls=urls)

    found = endpoints.endpoint(context, endpoints.GITHUB_API, "/user")

    assert found == "https://github.example.com/api/v3/user"
