"""JSON Web Tokens that this client's own secret signs: HS256 and nothing else.

A token is input of an anonymous user until its signature is verified. Its length is checked before anything
reads it, and nothing in it leads to a request: a token that names a key other than the client's is refused.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from stormpath.resources.hosted_login import LEEWAY

if TYPE_CHECKING:
    from stormpath.resources.application import Application

Claims = dict[str, Any]

ALGORITHM: Final = "HS256"
#: The longest token, in characters: as much as web servers accept in a header.
MAX_TOKEN_LENGTH: Final = 8192

# They name, contain or fetch a key, or change what is signed. None of them is needed for one fixed key.
_REFUSED_HEADERS: Final = frozenset(("crit", "b64", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256"))
# The header ``stt`` says what a token of the service is for. Tokens of the SDK have none.
_ACCESS: Final = (None, "access")


def token_text(token: object) -> str | None:
    """Return a token as text; None for what cannot be one, or is longer than `MAX_TOKEN_LENGTH`."""
    if not isinstance(token, str | bytes) or not 0 < len(token) <= MAX_TOKEN_LENGTH:
        return None
    try:
        return token.decode("ascii") if isinstance(token, bytes) else token.encode("ascii").decode()
    except UnicodeError:
        return None


def signed(claims: Mapping[str, Any], secret: str, headers: Mapping[str, Any] | None = None) -> str:
    """Return the token of some claims. ``exp`` and ``iat`` are whole seconds since 1970."""
    import jwt

    return jwt.encode(dict(claims), secret, algorithm=ALGORITHM, headers=dict(headers or {}))


def verified_claims(app: Application, token: object) -> Claims | None:
    """Return the claims of an application's access token; None unless all of this holds. No request.

    It is signed with the client's secret by HS256 and names no other key; it was issued by the application
    and not for something else, such as refreshing; it has a subject; it has not expired (no leeway), and was
    not issued, nor becomes valid, later than two seconds from now.
    """
    import jwt

    text = token_text(token)
    if text is None:
        return None
    auth = app._client.auth
    try:
        decoded = jwt.decode_complete(
            text, auth.secret, algorithms=[ALGORITHM], leeway=LEEWAY, options={"verify_exp": False}
        )
    except (*_UNREADABLE, jwt.PyJWTError):
        return None
    header = decoded["header"]
    claims: Claims = decoded["payload"]
    if (
        _REFUSED_HEADERS.isdisjoint(header)
        and header.get("kid", auth.id) == auth.id
        and header.get("stt") in _ACCESS
        and _is_issued_by(app, claims.get("iss"))
        and _is_text(claims.get("sub"))
        and _is_text(claims.get("scope"), or_none=True)
        and _is_later_than_now(claims.get("exp"))
    ):
        return claims
    return None


def assertion_claims(token: object, auth: Any) -> Claims | None:
    """Return the claims of the token by which the service reports a login; None for one that is not valid.

    It is signed with the client's secret by HS256 and has not expired; clocks may differ by two seconds. No
    request. Errors of PyJWT, which applications tell from a stale link: ``ImmatureSignatureError`` for a
    token from the future, ``InvalidAudienceError`` for one for another key, ``MissingRequiredClaimError`` for
    one without audience. Only a report of an error, the claim ``err``, needs no audience.
    """
    import jwt

    text = token_text(token)
    if text is None:
        return None
    # The subject is null after a logout, and the audience is checked below.
    unchecked: Any = {"verify_aud": False, "verify_sub": False, "verify_jti": False}
    try:
        decoded = jwt.decode_complete(
            text, auth.secret, algorithms=[ALGORITHM], leeway=LEEWAY, options=unchecked
        )
    except jwt.ImmatureSignatureError:
        raise
    except (*_UNREADABLE, jwt.PyJWTError):
        return None
    claims: Claims = decoded["payload"]
    if not _REFUSED_HEADERS.isdisjoint(decoded["header"]):
        return None
    audience = claims.get("aud")
    if not audience:
        if claims.get("err") is None:
            raise jwt.MissingRequiredClaimError("aud")
    elif auth.id not in (audience if isinstance(audience, list) else [audience]):
        raise jwt.InvalidAudienceError("Audience doesn't match")
    return claims


def unverified_claims(token: object) -> Claims | None:
    """Return what a token says, which may be a lie; None for what is no token. No request."""
    import jwt

    text = token_text(token)
    if text is None:
        return None
    try:
        claims = jwt.decode(text, options={"verify_signature": False})
    except (*_UNREADABLE, jwt.PyJWTError):
        return None
    is_readable = _is_text(claims.get("sub"), or_none=True) and _is_text(claims.get("scope"), or_none=True)
    return claims if is_readable and _is_number(claims.get("exp", 0)) else None


# PyJWT converts numbers and nested values, and not in every version catches what that may raise.
_UNREADABLE: Final = (ValueError, TypeError, OverflowError, RecursionError)


def _is_issued_by(app: Application, issuer: object) -> bool:
    home = app._absolute_href()
    if not isinstance(issuer, str) or home is None:
        return False
    # The service writes its own base URL, of which the client's may be an alias.
    return issuer == home or ("://" in issuer and app._own_spelling(issuer) == home)


def _is_text(value: object, or_none: bool = False) -> bool:
    return (or_none and value is None) or (isinstance(value, str) and value != "")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_later_than_now(expiry: Any) -> bool:
    return _is_number(expiry) and expiry > time.time()
