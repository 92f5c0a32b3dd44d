"""Logins through other providers."""

from __future__ import annotations

from typing import Any


def providers() -> list[Any]:
    """Return the providers with a button on the login page, in order."""
    return []


def with_provider_data(data: Any) -> Any:
    """Return the answer to a login by JSON with a provider's code or token."""
    raise NotImplementedError
