"""Access tokens: they are checked, issued to people who have proved who they are, and revoked."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from flask import current_app

from flask_stormpath.logins.validity import stamp
from flask_stormpath.state import application, client, for_end_user, state
from flask_stormpath.web.negotiation import is_outage
from stormpath.error import Error
from stormpath.resources.expansion import Expansion

if TYPE_CHECKING:
    from flask_stormpath.models import User
    from stormpath.api_auth import AccessToken, PasswordAuthenticationResult

# ``stormpath.api_auth`` brings libraries of cryptography, which apps without tokens need not load.

#: How far the clocks of this machine and of the service may differ, in seconds.
CLOCKS: Final = 60


class Bearer(NamedTuple):
    """Who has an access token, and what it allows."""

    user: User
    scopes: frozenset[str]


def bearer_of(text: str) -> Bearer | None:
    """Return the active user of an access token of this application; None for any other text.

    What the token says is checked here, so that one that was made up costs no request. Whether it was revoked
    is asked of the service, and asked again after `STORMPATH_ACCOUNT_MAX_AGE`: one request, and none
    meanwhile. The token of an API key that the SDK has issued costs one, and none while the key is cached.
    `Error` where the service cannot be reached.
    """
    from stormpath.api_auth import JwtAuthenticator

    token = JwtAuthenticator(application()).authenticate(text, local_validation=True)
    if token is None:
        return None
    key = token.api_key
    href = key.account.href if key else _href_of(text)
    user = active(href)
    return None if user is None else Bearer(user, frozenset(filter(None, token.scopes)))


def active(href: str | None) -> User | None:
    """Return the user with an href, if there is one that is active; no request while it is cached."""
    from flask_stormpath.models import User

    if href is None:
        return None
    user = User(client(), href=href)
    try:
        return user if user.is_active else None
    except Error as refused:
        if is_outage(refused):
            raise
        return None


def issue(user: User) -> PasswordAuthenticationResult:
    """Return the tokens of a person who has proved who that is, by all factors; two requests.

    The proof may be any: the app vouches for the person with an assertion that its own API key signs, which
    the service exchanges as it exchanges those of ID Site and SAML. `Error` for an account that may not log
    in any more, and for one whose password has changed since it was proved.
    """
    proved = stamp(user)
    tokens = exchange({"grant_type": "stormpath_token", "token": _assertion(user)})
    # Another password ends all tokens, but not those that were asked for while it was set.
    user.refresh()
    if stamp(user) != proved:
        revoke(tokens.refresh_token.token or tokens.access_token.token)
        raise Error(
            {"status": 400, "error": "invalid_grant", "message": "The password has changed: log in again."}
        )
    return tokens


def refreshed(text: str) -> PasswordAuthenticationResult:
    """Return a new access token for a refresh token; one request. `Error` for a token that is not valid."""
    return exchange({"grant_type": "refresh_token", "refresh_token": text})


def exchange(form: dict[str, str]) -> PasswordAuthenticationResult:
    """Return the tokens that the service gives for credentials; one request. `Error` where it refuses."""
    from stormpath.api_auth import request_tokens

    with for_end_user():
        return request_tokens(application(), form)


def revoke(text: str | None) -> None:
    """Revoke a token; with a refresh token, the access tokens that it has made. One request.

    None for what says itself that it is no token, or has expired: such a text of a stranger costs nothing.
    """
    from stormpath.api_auth import revoke_token

    if may_be_valid(text):
        state().tokens.forget(str(text))
        revoke_token(application(), text)


def may_be_valid(text: str | None) -> bool:
    """Whether a text is a token that has not expired, by what it says itself. No request."""
    from stormpath.api_auth import RefreshToken

    token = RefreshToken(application(), text)
    return getattr(token, "exp", 0) > time.time()


def remember(token: AccessToken) -> None:
    """Remember a token that the service has just issued as one that it calls valid."""
    age: timedelta | None = current_app.config["STORMPATH_ACCOUNT_MAX_AGE"]
    if age and token.token and token.client_id:
        state().tokens.add(token.token, token.client_id, age.total_seconds())


def _href_of(text: str) -> str | None:
    """Return the href of a token's account, if the service calls the token valid."""
    checked = state().tokens
    href = checked.href_of(text)
    if href is not None:
        return href
    try:
        # With the account, which is read next.
        found = application().auth_tokens.get(text, Expansion("account"))
        href = found.account.href if found.jwt else None
    except Error as refused:
        if is_outage(refused):
            raise
        return None
    age: timedelta | None = current_app.config["STORMPATH_ACCOUNT_MAX_AGE"]
    if age and href:
        checked.add(text, href, age.total_seconds())
    return href


def _assertion(user: User) -> str:
    import jwt

    now = int(time.time())
    key = client().auth
    claims: dict[str, Any] = {
        "iss": application().href,
        "sub": user.href,
        "aud": key.id,
        "iat": now - CLOCKS,
        "exp": now + CLOCKS,
        "jti": uuid.uuid4().hex,
        "status": "AUTHENTICATED",
    }
    return jwt.encode(claims, key.secret, "HS256", headers={"kid": key.id, "stt": "assertion"})
