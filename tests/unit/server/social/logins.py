"""Logins at stand-ins of providers, below the resources that lead to them."""

from __future__ import annotations

from typing import Any

import pytest

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.outbound import Fetch
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security.encryption import SecretBox
from stormpath.server.social import providers
from stormpath.server.social.profile import Credentials, Profile
from support.providers.plain_fetch import PlainFetch
from support.providers.stand_in import CLIENT_ID, CLIENT_SECRET, StandIn

BOX = SecretBox(b"k" * 32)
NOW_S = 1_800_000_000


def row_of(kind: str, url: str = "http://127.0.0.1:1", **changes: Any) -> dict[str, Any]:
    """Return the row of a directory's provider."""
    return {
        "id": "directory",
        "provider_id": kind,
        "provider_type": "oauth2" if kind == "amazon" else kind,
        "client_id": CLIENT_ID,
        "client_secret": BOX.seal(CLIENT_SECRET, "directory/clientSecret"),
        "redirect_uri": None,
        "hd": None,
        "token_endpoint": f"{url}/token",
        "resource_endpoint": f"{url}/me",
        "id_field": "id",
        "access_token_type": "bearer",
        **changes,
    }


def context_of(fetch: Fetch, provider_urls: dict[str, str] | None = None) -> RequestContext:
    nothing: Any = None
    return RequestContext(
        "tenant",
        nothing,
        nothing,
        BOX,
        lambda: NOW_S * 1000,
        {},
        fetch=fetch,
        provider_urls=provider_urls or {},
    )


def log_in(
    stand_in: StandIn, credentials: Credentials, fetch: Fetch | None = None, **changes: Any
) -> Profile:
    """Log in at a stand-in; ``changes`` are of the provider's row."""
    context = context_of(fetch or PlainFetch(), stand_in.provider_urls)
    return providers.profile_of(context, row_of(stand_in.kind, stand_in.url, **changes), credentials)


def by_token(stand_in: StandIn, token: str = "the-token-of-ada", **changes: Any) -> Profile:
    return log_in(stand_in, Credentials(access_token=token, access_token_secret=TOKEN_SECRET), **changes)


def by_code(stand_in: StandIn, code: str = "the-code-of-ada", **changes: Any) -> Profile:
    changes = {"redirect_uri": "https://atlas.example/callback", **changes}
    return log_in(stand_in, Credentials(code=code), **changes)


TOKEN_SECRET = "the-secret-of-adas-token"


def refusal(how: Any, *arguments: Any, code: Code = Code.PROVIDER_FAILED, **named: Any) -> str:
    """Log in, which must be refused with this code; return the developer message."""
    with pytest.raises(ApiError) as caught:
        how(*arguments, **named)
    assert (caught.value.code, caught.value.status) == (code, 400)
    return caught.value.developer_message
