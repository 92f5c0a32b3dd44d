"""An application with a directory of a provider that answers on loopback."""

import pytest

from service.calls import Api
from service.social_logins import Place, place_of
from support.providers.fixtures import facebook, generic, github, google, linkedin, twitter
from support.providers.generic import Generic

__all__ = ["facebook", "generic", "github", "google", "linkedin", "twitter"]


@pytest.fixture
def place(api: Api, generic: Generic) -> Place:
    return place_of(api, generic)
