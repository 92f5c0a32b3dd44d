"""Calls of an application's OAuth endpoints, and tokens that a test puts together itself."""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from itertools import count
from typing import Any
from urllib.parse import quote, urlencode

from service.calls import Answer, Api, Json

FORM = {"Content-Type": "application/x-www-form-urlencoded"}

_numbers = count(1)


def exchange(api: Api, application: Json, grant_type: str, /, **fields: str) -> Answer:
    """POST of a grant to the application's token endpoint."""
    body = urlencode({"grant_type": grant_type, **fields}).encode()
    return api.request("POST", f"{application['href']}/oauth/token", body, headers=FORM)


def log_in(api: Api, application: Json, name: str = "ada", password: str = "Changeme1!") -> Answer:
    """The password grant."""
    return exchange(api, application, "password", username=name, password=password)


def refresh(api: Api, application: Json, token: str) -> Answer:
    """The refresh grant."""
    return exchange(api, application, "refresh_token", refresh_token=token)


def by_key(api: Api, application: Json, key: Json, secret: str | None = None) -> Answer:
    """The client credentials grant, for an API key of an account."""
    id = key["href"].rpartition("/")[2]
    given = key["secret"] if secret is None else secret
    return exchange(api, application, "client_credentials", client_id=id, client_secret=given)


def revoke(api: Api, application: Json, token: str) -> Answer:
    """POST of a token that is to be revoked."""
    body = urlencode({"token": token}).encode()
    return api.request("POST", f"{application['href']}/oauth/revoke", body, headers=FORM)


def validate(api: Api, application: Json, token: str) -> Answer:
    """GET of a token below the application; 302 for one that is valid."""
    # Twice: a test's WSGI call decodes its path once.
    return api.get(f"{application['href']}/authTokens/{quote(token, safe='')}")


def refusal(answer: Answer) -> tuple[int, str, int]:
    """Return the status, the name in RFC 6749 and the code of an error of an OAuth endpoint."""
    body = answer.json
    assert answer.headers["cache-control"] == "no-store"
    return answer.status, body["error"], body["code"]


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
