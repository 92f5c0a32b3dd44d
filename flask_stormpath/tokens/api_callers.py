"""Callers of the app's own API: who sends a request, by its ``Authorization`` header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from flask import request

from flask_stormpath.state import application
from flask_stormpath.tokens.access_tokens import active, bearer_of

if TYPE_CHECKING:
    from flask_stormpath.models import User

HEADER: Final = "Authorization"
BASIC: Final = "basic"
BEARER: Final = "bearer"


class Caller(NamedTuple):
    """A user, and the scopes of the access token; None for an API key, which has no scopes and may do all."""

    user: User
    scopes: frozenset[str] | None

    def has(self, wanted: frozenset[str]) -> bool:
        """Whether the caller has all of some scopes."""
        return self.scopes is None or wanted <= self.scopes


def names_itself() -> bool:
    """Whether the request has credentials of its own, and not only those that a browser sends by itself."""
    return HEADER in request.headers


def caller() -> Caller | None:
    """Return who sends the request: the account of an API key, or of an access token; None for anything else.

    HTTP Basic with an API key of an account of the application costs one request; a bearer token one, and
    none while it is remembered (`bearer_of`). `Error` where the service cannot be reached.
    """
    scheme, _, credentials = request.headers.get(HEADER, "").strip().partition(" ")
    if scheme.lower() == BEARER:
        found = bearer_of(credentials.strip())
        return None if found is None else Caller(found.user, found.scopes)
    if scheme.lower() == BASIC:
        user = _of_api_key()
        return None if user is None else Caller(user, None)
    return None


def bearer_text() -> str | None:
    """Return the bearer token of the request as it was sent; None without one."""
    scheme, _, credentials = request.headers.get(HEADER, "").strip().partition(" ")
    return credentials.strip() if scheme.lower() == BEARER else None


def _of_api_key() -> User | None:
    # Loaded here: it brings libraries of cryptography, which apps without an API need not load.
    from stormpath.api_auth import BasicRequestAuthenticator

    found = BasicRequestAuthenticator(application()).authenticate(request.headers)
    if found is None or found.account is None:
        return None
    return active(found.account.href)
