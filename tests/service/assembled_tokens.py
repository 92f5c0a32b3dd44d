"""Tokens that a test puts together itself, right or wrong, and those that an account has."""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from itertools import count
from typing import Any

from service.calls import Api, Json

_numbers = count(1)


def live(api: Api, account: Json) -> set[str]:
    """Return the hrefs of an account's tokens, both kinds."""
    return {
        each["href"]
        for kind in ("accessTokens", "refreshTokens")
        for each in api.every(f"{account['href']}/{kind}")
    }


def parts_of(token: str) -> tuple[Json, Json]:
    """Return the header and the claims of a token."""
    header, claims, _ = token.split(".")
    return json.loads(_decoded(header)), json.loads(_decoded(claims))


def assembled(header: Any, claims: Any, secret: str, digest: str = "sha256") -> str:
    """Return a token of any header and claims (JSON, or bytes as they are), with a right signature."""
    signed = f"{segment(header)}.{segment(claims)}"
    return f"{signed}.{segment(hmac.digest(secret.encode(), signed.encode(), digest))}"


def segment(value: Any) -> str:
    """Return a segment of a token."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def assertion_of(api: Api, application: Json, account: Json) -> tuple[Json, Json]:
    """Return the header and the claims of an assertion that the application accepts once."""
    now = int(time.time())
    return {"alg": "HS256", "kid": api.key_id, "stt": "assertion"}, {
        "iss": application["href"],
        "sub": account["href"],
        "aud": api.key_id,
        "jti": f"assertion{next(_numbers)}",
        "iat": now,
        "exp": now + 60,
        "status": "AUTHENTICATED",
    }


def without(names: Iterable[str], members: Json) -> Json:
    """Return members without those of some names."""
    return {name: value for name, value in members.items() if name not in set(names)}


def _decoded(part: str) -> bytes:
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
