"""JSON Web Tokens that API keys of a tenant sign: HS256 and nothing else (rest-auth 0.1, RFC 8725).

A token is input of a stranger until its signature is verified. Its length is checked before anything reads
it, the algorithm is fixed, and nothing in it leads to a request: ``kid`` is looked up among the tenant's own
keys.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, TypeGuard

import jwt

from stormpath.server.domain.context import RequestContext
from stormpath.server.resources.accounts.auth_token import MAX_LENGTH
from stormpath.server.schema import ids
from stormpath.server.schema.errors import ApiError, Code

ALGORITHM: Final = "HS256"

#: What tokens are for: the values of the header ``stt``.
ACCESS: Final = "access"
REFRESH: Final = "refresh"
ASSERTION: Final = "assertion"

#: No time is later, so that it fits into a column as milliseconds.
_MOST_SECONDS: Final = 2**40

#: Clocks of several machines differ by so much, in seconds.
LEEWAY: Final = 2

# They name, contain or fetch a key, or change what is signed. None of them is needed for one fixed key.
_REFUSED_HEADERS: Final = frozenset(
    ("crit", "b64", "zip", "cty", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256")
)

# Verified here, by the service's own clock. A subject may be null, and none of the rest is of every token.
_OPTIONS: Final[Any] = {f"verify_{name}": False for name in ("exp", "iat", "nbf", "aud", "iss", "sub", "jti")}

_UNVERIFIED: Final[Any] = {"verify_signature": False, **_OPTIONS}

#: Claims of tokens that were verified, by a digest. Nothing but the signature is remembered: what else
#: decides is looked up each time, the key's status too.
_remembered: Final[dict[bytes, dict[str, Any]]] = {}
_MOST_REMEMBERED: Final = 4096

#: The longest token that is remembered, in characters: ours are half as long, and some 5 MB are kept at most.
_LONGEST_REMEMBERED: Final = 1024

_LONGEST_HEADER: Final = 1024

# Three parts in base64url without padding; PyJWT would pass over other characters at the end.
_COMPACT: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)

# The base64 of {}.
_NOTHING: Final = "e30"

# PyJWT converts numbers and nested values, and not in every version catches what that may raise.
_UNREADABLE: Final = (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Verified:
    """A token whose signature is right; nothing else of it has been checked. ``kind`` is its ``stt``."""

    key_id: str
    kind: str | None
    claims: dict[str, Any] = field(repr=False)

    @property
    def id(self) -> str:
        """The id of the token (``jti``); the empty text for what cannot be one."""
        id = self.text("jti")
        return id if id.isascii() and id.isalnum() else ""

    def text(self, name: str) -> str:
        """Return a claim that is a text; the empty text for any other, and where it is missing."""
        value = self.claims.get(name)
        return value if isinstance(value, str) else ""


def sign(context: RequestContext, kind: str, claims: dict[str, Any]) -> str:
    """Return a token that the caller's API key signs."""
    headers = {"kid": context.caller_key_id, "stt": kind, "typ": None}
    return jwt.encode(claims, context.caller_secret, ALGORITHM, headers=headers)


def verify(context: RequestContext, token: str) -> Verified:
    """Return a token that an enabled API key of the tenant has signed; raise 10017 for any other."""
    try:
        return _verified(context, token)
    except _UNREADABLE:
        raise bad_signature() from None


def _verified(context: RequestContext, token: str) -> Verified:
    if not 0 < len(token) <= MAX_LENGTH:
        raise bad_signature()
    key_id, kind = _header(token.partition(".")[0])
    secret = context.key_secret(context.tenant_id, key_id)
    if secret is None:
        raise bad_signature()
    # An API is shown the same token again and again, and to verify one takes as long as to read an account.
    # What is remembered is named by a digest under the key: no other token, and no other key, finds it.
    name = hmac.digest(secret.encode(), b"verified\0" + token.encode(), "sha256")
    claims = _remembered.get(name)
    if claims is None:
        if not _COMPACT.fullmatch(token):
            raise bad_signature()
        claims = jwt.decode(token, secret, [ALGORITHM], options=_OPTIONS)
        if len(token) <= _LONGEST_REMEMBERED and all(map(_is_plain, claims.values())):
            if len(_remembered) >= _MOST_REMEMBERED:
                _remembered.clear()
            _remembered[name] = claims
    return Verified(key_id, kind, claims)


def _is_plain(claim: object) -> bool:
    # A list or an object may take fifty times the bytes of its JSON.
    return isinstance(claim, str | int | float)


@lru_cache(maxsize=256)
def _header(part: str) -> tuple[str, str | None]:
    """Return ``kid`` and ``stt`` of a token with that header; all tokens of one key have the same."""
    if len(part) > _LONGEST_HEADER:
        raise bad_signature()
    header = jwt.get_unverified_header(f"{part}.{_NOTHING}.{_NOTHING}")
    key_id, kind = header.get("kid"), header.get("stt")
    if header.get("alg") != ALGORITHM or not _REFUSED_HEADERS.isdisjoint(header) or not _is_key_id(key_id):
        raise bad_signature()
    if kind is not None and not isinstance(kind, str):
        raise bad_signature()
    return key_id, kind


def unverified(token: str) -> dict[str, Any] | None:
    """Return what a token claims, which may be a lie; ``None`` for what is no token."""
    if not 0 < len(token) <= MAX_LENGTH:
        return None
    try:
        claims: dict[str, Any] = jwt.decode(token, options=_UNVERIFIED)
    except _UNREADABLE:
        return None
    return claims


def check_issued(context: RequestContext, verified: Verified) -> None:
    """Refuse a token from the future (10012). Without a time of issue, it is one."""
    now = context.now_ms() / 1000
    for name, is_needed in (("iat", True), ("nbf", False)):
        if is_needed or name in verified.claims:
            since = _seconds(verified.claims.get(name))
            if since is None or since > now + LEEWAY:
                raise ApiError(Code.TOKEN_FROM_THE_FUTURE, "The token was issued in the future.")


def check_unexpired(context: RequestContext, verified: Verified) -> None:
    """Refuse a token that has expired (10011), to the second. Without an expiry, it has."""
    expiry = _seconds(verified.claims.get("exp"))
    if expiry is None or expiry * 1000 <= context.now_ms():
        raise ApiError(Code.TOKEN_EXPIRED, "The token has expired.")


def bad_signature() -> ApiError:
    """Return the error for what is no token of this tenant."""
    return ApiError(
        Code.TOKEN_SIGNATURE,
        "The token is invalid because verifying its signature failed.",
        "The token must be a JSON Web Token that an enabled API key of this tenant, which its kid names, has "
        "signed by HS256.",
    )


def _is_key_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and ids.may_be_key_id(value)


def _seconds(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    # No comparison is true of NaN, and none converts an integer that no float can hold.
    return value if -_MOST_SECONDS < value < _MOST_SECONDS else None
