"""Directories of providers, and logins through them, as tests make them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

from service.calls import Answer, Api, Json
from service.token_calls import grant
from support.providers.generic import Generic
from support.providers.stand_in import CLIENT_ID, CLIENT_SECRET, StandIn, running


@dataclass
class Place:
    """An application with a directory of its own, and one of a generic provider."""

    api: Api
    application: Json
    people: Json
    directory: Json
    provider: Generic

    def log_in(self, token: str = "the-token-of-ada", **also: Any) -> Answer:
        return log_in(self.api, self.application, self.provider.kind, accessToken=token, **also)

    def grant(self, token: str = "the-token-of-ada", **also: Any) -> Answer:
        return grant(
            self.api,
            self.application,
            "stormpath_social",
            providerId=self.provider.kind,
            accessToken=token,
            **also,
        )

    def map_rules(self, *rules: tuple[str, str]) -> None:
        """Let the directory copy what the provider has under a name to an attribute."""
        items = [{"name": name, "accountAttributes": [target]} for name, target in rules]
        provider = self.api.get(self.directory["provider"]["href"]).ok
        href = provider["userInfoMappingRules"]["href"]
        assert self.api.post(href, {"items": items}).status == 200

    def accounts(self) -> list[Json]:
        return self.api.get(self.directory["accounts"]["href"]).items


def log_in(api: Api, owner: Json, provider_id: str, /, **provider_data: Any) -> Answer:
    """Log in at a provider through an application or an organization."""
    return api.post(owner["accounts"]["href"], {"providerData": {"providerId": provider_id, **provider_data}})


def provider_directory(api: Api, provider: Generic, name: str = "Amazon", **attributes: Any) -> Json:
    """Create a directory of a generic provider."""
    body = {
        "providerId": provider.kind,
        "clientId": CLIENT_ID,
        "clientSecret": CLIENT_SECRET,
        **provider.body,
        **attributes,
    }
    return api.directory(name, provider=body)


def place_of(api: Api, provider: Generic) -> Place:
    application, people = api.application_with_directory()
    directory = provider_directory(api, provider)
    api.mapping(application, directory)
    return Place(api, application, people, directory, provider)


@contextmanager
def asking(api: Api, provider: StandIn) -> Iterator[None]:
    """Let the service ask a stand-in instead of the provider's public endpoints."""
    service: Any = api.wsgi
    before, service._provider_urls = service._provider_urls, provider.provider_urls
    try:
        yield
    finally:
        service._provider_urls = before


def account_of(api: Api, application: Json, kind: type[StandIn]) -> Json:
    """Return a new account of a person at a provider of that kind."""
    with running(kind) as provider, asking(api, provider):
        place = getattr(provider, "body", {})
        body = {"providerId": kind.kind, "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET, **place}
        api.mapping(application, api.directory(f"People of {kind.kind}", provider=body))
        person = provider.add()
        secret = {"accessTokenSecret": person.token_secret}
        return log_in(api, application, kind.kind, accessToken=person.token, **secret).made


@cache
def lasting_provider() -> Generic:
    """Return a provider that runs until the process ends, for walks over the whole API."""
    provider = Generic()
    threading.Thread(target=provider.serve_forever, args=(0.05,), daemon=True).start()
    provider.add()
    return provider
