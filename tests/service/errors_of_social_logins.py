"""A real call for each error of logins at social and OAuth 2.0 providers."""

from __future__ import annotations

from typing import Any

from service.calls import Answer, Api
from service.errors_by_resource import Call
from service.provider_bodies import social
from service.social_logins import log_in, place_of
from support.providers.generic import Generic
from support.providers.stand_in import running


def of_person(api: Api, token: str = "the-token-of-ada", **person: Any) -> Answer:
    """Log in with a token at a provider that knows ada's, and tells this of her."""
    with running(Generic) as provider:
        provider.add(**person)
        return place_of(api, provider).log_in(token)


def by_code_of_linkedin(api: Api) -> Answer:
    application = api.application()
    api.mapping(application, api.directory(provider=social("linkedin")))
    return log_in(api, application, "linkedin", code="the-code")


PRODUCED: dict[tuple[str, int], Call] = {
    ("application accounts", 5114): lambda api: log_in(api, api.application(), "github", accessToken="t"),
    ("application accounts", 6203): by_code_of_linkedin,
    ("application accounts", 7200): lambda api: of_person(api, "another-token"),
    ("application accounts", 7201): lambda api: of_person(api, email=None),
}
