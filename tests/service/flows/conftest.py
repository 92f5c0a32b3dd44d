"""The directory and the pending account that tests of registration and verification begin with."""

import pytest

from service.calls import Api, Json
from service.registration import SWITCHES, register, switch


@pytest.fixture
def directory(api: Api) -> Json:
    """A directory that sends verification and welcome e-mails."""
    directory = api.directory()
    switch(api, directory, *SWITCHES)
    return directory


@pytest.fixture
def account(api: Api, directory: Json) -> Json:
    """An account whose address is to be verified."""
    return register(api, directory).made
