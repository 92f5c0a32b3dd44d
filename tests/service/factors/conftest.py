"""A service whose clock tests move, with an account that an application reaches."""

import pytest

from service import factor_calls
from service.calls import Api, Json
from service.clock import clock, shared_service

__all__ = ["clock", "shared_service"]


@pytest.fixture
def ada(api: Api) -> Json:
    """An account; its application is under ``application``."""
    return factor_calls.account(api)
