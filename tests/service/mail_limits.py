"""Fixtures of the limits on e-mails: their settings, and an account that e-mails are asked for."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from service.calls import Api, Json
from stormpath.server.app import Service


@pytest.fixture
def limits(service: Service, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the rate limits of the service; those that are not named are lifted."""

    def set_limits(*, address: int = 0, account: int = 0, directory: int = 0) -> None:
        settings = replace(
            service.settings,
            mails_per_address=address,
            mails_per_account=account,
            mails_per_directory=directory,
        )
        monkeypatch.setattr(service, "settings", settings)

    return set_limits


@pytest.fixture
def world(api: Api) -> Json:
    application, directory = api.application_with_directory()
    return {"application": application, "directory": directory, "account": api.account(directory)}
