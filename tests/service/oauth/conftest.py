"""A service whose clock tests move, with an application and an account."""

import pytest

from service.calls import Api, Json
from service.clock import Clock, clock, shared_service

__all__ = ["clock", "shared_service"]


@pytest.fixture(autouse=True)
def _clock_is_put_back(clock: Clock) -> None:
    """Each test of these may move it."""


@pytest.fixture
def shop(api: Api) -> tuple[Json, Json]:
    """An application and its directory."""
    return api.application_with_directory()


@pytest.fixture
def application(shop: tuple[Json, Json]) -> Json:
    return shop[0]


@pytest.fixture
def directory(shop: tuple[Json, Json]) -> Json:
    return shop[1]


@pytest.fixture
def ada(api: Api, directory: Json) -> Json:
    """The account whose credentials are ``ADA``."""
    return api.account(directory)
