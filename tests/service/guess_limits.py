"""Fixtures of the limits on guesses: the limits, and an account whose password is guessed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from service.calls import Api, Json
from stormpath.server.app import Service
from stormpath.server.domain.guesses import GuessLimits
from stormpath.server.rest.end_user_addresses import HEADER

#: The error beyond a limit.
REFUSED = (429, 429)

WRONG = (400, 7100)
UNKNOWN = (400, 7104)


@pytest.fixture
def limits(service: Service, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the limits of the service; those that are not named are lifted."""
    return lambda **numbers: monkeypatch.setattr(service, "guess_limits", GuessLimits(**numbers))


@pytest.fixture
def application(api: Api) -> Json:
    """An application with the account ``ada``."""
    application, directory = api.application_with_directory()
    api.account(directory, "ada")
    return application | {"directory": directory}


def at(api: Api, address: str) -> Api:
    """Return the same caller, whose requests name the address of an end user."""

    def wsgi(environ, start_response):
        return api.wsgi({**environ, f"HTTP_{HEADER.upper().replace('-', '_')}": address}, start_response)

    return Api(wsgi, api.base_url, api.tenant_id, api.key_id, api.secret)


def wrong(api: Api, application: Json, number: int, login: str = "ada") -> list[tuple[int, int]]:
    """Log in with a wrong password, so many times; return the errors."""
    return [api.log_in(application, login, f"wrong{each}").error for each in range(number)]


def log_in(api: Api, application: Json, login: str = "ada", password: str = "Changeme1!") -> int:
    """Log in with the right password; return the status."""
    return api.log_in(application, login, password).status
