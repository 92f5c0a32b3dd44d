"""Which credentials a provider takes: checked before anything is sent to it (rest-auth 5.2)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from stormpath.server.domain.storage import Row
from stormpath.server.resources.applications.provider_login import LONGEST, LONGEST_URI
from stormpath.server.schema import required
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.social.profile import Credentials

#: A code or a token: visible characters of ASCII (RFC 6749, A.11 and A.12, without the space).
TOKEN: Final = re.compile(rf"[\x21-\x7e]{{1,{LONGEST}}}")


class Takes(NamedTuple):
    """What a kind of provider takes; an access token in any case.

    ``without_redirect_uri`` is the error for a code where neither the login nor the provider has a
    redirectUri, or null if it needs none.
    """

    code: bool = True
    without_redirect_uri: Code | None = None
    token_secret: bool = False


def check(takes: Takes, provider: Row, credentials: Credentials) -> None:
    """Raise ``ApiError`` for credentials that this provider does not take, or that are malformed."""
    if credentials.code and credentials.access_token:
        raise ApiError(Code.INVALID, "code and accessToken exclude each other: send one of them.")
    if not credentials.code and not credentials.access_token:
        raise required("accessToken")
    if credentials.code and not takes.code:
        raise ApiError(
            Code.NOT_SUPPORTED,
            f"code is not supported for {provider['provider_id']}.",
            f"{provider['provider_id']} takes no code here: exchange it in your application, and send the "
            "accessToken.",
        )
    if takes.token_secret and not credentials.access_token_secret:
        raise required("accessTokenSecret")
    for name, value in (
        ("code", credentials.code),
        ("accessToken", credentials.access_token),
        ("accessTokenSecret", credentials.access_token_secret),
    ):
        _check_token(name, value or "")
    _check_redirect_uri(takes, provider, credentials)


def redirect_uri_for(provider: Row, credentials: Credentials) -> str | None:
    """Return the address to which a code was sent: that of the login, or else the provider's."""
    return credentials.redirect_uri or provider["redirect_uri"] or None


def _check_token(name: str, value: str) -> None:
    if len(value) > LONGEST:
        raise ApiError(Code.TOO_LONG, f"{name} maximum length is {LONGEST}, and yours is {len(value)}.")
    if value and not TOKEN.fullmatch(value):
        raise ApiError(
            Code.INVALID, f"{name} is invalid: it has spaces, or characters that are not visible ASCII."
        )


def _check_redirect_uri(takes: Takes, provider: Row, credentials: Credentials) -> None:
    given = credentials.redirect_uri or ""
    if len(given) > LONGEST_URI:
        raise ApiError(
            Code.TOO_LONG, f"redirectUri maximum length is {LONGEST_URI}, and yours is {len(given)}."
        )
    if not given.isprintable():
        raise ApiError(Code.INVALID, "redirectUri is invalid: it has characters that cannot be printed.")
    code = takes.without_redirect_uri
    if credentials.code and code is not None and not redirect_uri_for(provider, credentials):
        raise ApiError(
            code,
            "redirectUri is required for a code.",
            f"A code of {provider['provider_id']} is exchanged with the redirectUri to which it was sent: "
            "send it in providerData, or store it in the directory's provider.",
        )
