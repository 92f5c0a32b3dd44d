"""The rate limits of text messages, as tests set them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from stormpath.server.app import Service


@pytest.fixture
def sms_limits(service: Service, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set the rate limits of text messages; those that are not named are lifted."""

    def set_limits(*, number: int = 0, account: int = 0, directory: int = 0) -> None:
        values: dict[str, Any] = {
            "sms_per_number": number,
            "sms_per_account": account,
            "sms_per_directory": directory,
        }
        monkeypatch.setattr(service, "settings", replace(service.settings, **values))

    return set_limits
