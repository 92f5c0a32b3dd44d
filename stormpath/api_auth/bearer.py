"""Access tokens of API keys and accounts: issued and checked here, with the client's own secret."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from stormpath.api_auth import lookups
from stormpath.api_auth.jwts import MAX_TOKEN_LENGTH, Claims, signed, verified_claims
from stormpath.api_auth.tokens import AccessToken

if TYPE_CHECKING:
    from stormpath.resources.api_key import ApiKey
    from stormpath.resources.application import Application

#: The longest scope text that is granted, in characters: the token around it stays short enough to be read.
MAX_SCOPE_LENGTH: Final = MAX_TOKEN_LENGTH // 4


def scope_names(scopes: str | Iterable[str] | None) -> list[str]:
    """Return scopes as a list; a text is split at its blanks."""
    return scopes.split() if isinstance(scopes, str) else list(scopes or ())


def issued_token(
    app: Application, key: ApiKey, requested: str | None, allowed: Iterable[str] | str | None, ttl: float
) -> AccessToken | None:
    """Return a token of an API key, valid for ``ttl`` seconds; None if a scope is not allowed. No request.

    The service does not know it: it is valid until it expires, or until the key or its account is disabled.
    """
    if requested is not None and (
        len(requested) > MAX_SCOPE_LENGTH or not set(requested.split()) <= set(scope_names(allowed))
    ):
        return None
    now = int(time.time())
    claims = {
        "iss": app._absolute_href(),
        "sub": key.id,
        "iat": now,
        "exp": now + int(ttl),
        "scope": requested,
    }
    token = signed(claims, app._client.auth.secret)
    return AccessToken._verified(app, token, claims, account=None, api_key=key)


def verified_token(
    app: Application, token: Any, required: Iterable[str] | str | None = None
) -> AccessToken | None:
    """Return an application's access token whose subject may use it; None for any other.

    The subject is an enabled account, or an enabled API key of the application whose account is enabled. The
    token has all the scopes that are required. One request; none for a token that is not valid, and none
    while the subject is cached.
    """
    claims = verified_claims(app, token)
    if claims is None or not set(scope_names(required)) <= set((claims.get("scope") or "").split()):
        return None
    if not lookups.is_account(app, claims["sub"]):
        return _of_api_key(app, token, claims)
    account = lookups.account_of(app, claims["sub"])
    if not lookups.is_usable_account(account):
        return None
    return AccessToken._verified(app, token, claims, account=account, api_key=None)


def locally_valid_token(app: Application, token: Any) -> AccessToken | None:
    """Return an application's access token by what the token itself says; None for one that is not valid.

    No request: its account may be disabled, or gone, and is looked up when it is read. Only the token of an
    API key needs the key, which must be enabled, as its account must; one request, none while it is cached.
    """
    claims = verified_claims(app, token)
    if claims is None:
        return None
    if not lookups.is_account(app, claims["sub"]):
        return _of_api_key(app, token, claims)
    return AccessToken._verified(app, token, claims, api_key=None)


def _of_api_key(app: Application, token: Any, claims: Claims) -> AccessToken | None:
    key = lookups.api_key_of(app, claims["sub"])
    if not lookups.is_usable_key(key):
        return None
    return AccessToken._verified(app, token, claims, account=None, api_key=key)
