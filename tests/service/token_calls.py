"""Calls of OAuth 2.0: forms in, tokens and their errors out (rest-auth 3)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import quote, urlencode

from service.calls import ERROR_MEMBERS, Answer, Api, Json, id_of

FORM = "application/x-www-form-urlencoded"

#: Credentials of :meth:`Api.account`.
ADA = {"username": "ada", "password": "Changeme1!"}


def post_form(
    api: Api, path: str, fields: Any = (), *, query: str = "", content_type: str | None = FORM, **options: Any
) -> Answer:
    """POST a form; ``fields`` is a dict, or a list of pairs where a field is to be there twice."""
    raw = urlencode(fields).encode()
    headers = {} if content_type is None else {"Content-Type": content_type}
    return api.request("POST", path, raw, query=query, headers=headers, **options)


def token_path(application: Json) -> str:
    return f"{application['href']}/oauth/token"


def grant(api: Api, application: Json, grant_type: str, /, **fields: Any) -> Answer:
    return post_form(api, token_path(application), {"grant_type": grant_type, **fields})


def password_grant(api: Api, application: Json, name: str = "ada", password: str = "Changeme1!") -> Answer:
    return grant(api, application, "password", username=name, password=password)


def log_in(api: Api, application: Json, **fields: Any) -> Json:
    """Return the answer to ada's password grant."""
    return grant(api, application, "password", **(ADA | fields)).ok


def refresh(api: Api, application: Json, token: str) -> Answer:
    return grant(api, application, "refresh_token", refresh_token=token)


def client_credentials(api: Api, application: Json, key: Json, **fields: Any) -> Answer:
    fields = {"client_id": key["id"], "client_secret": key["secret"], **fields}
    return grant(api, application, "client_credentials", **fields)


def exchange(api: Api, application: Json, token: str, **fields: Any) -> Answer:
    """Exchange an assertion."""
    return grant(api, application, "stormpath_token", token=token, **fields)


def revoke(api: Api, application: Json, token: str, **fields: Any) -> Answer:
    return post_form(api, f"{application['href']}/oauth/revoke", {"token": token, **fields})


def validate(api: Api, application: Json, token: str) -> Answer:
    # Encoded, for what is no token: a test's WSGI call decodes its path once.
    return api.get(f"{application['authTokens']['href']}/{quote(token, safe='')}")


def is_valid(api: Api, application: Json, token: str) -> bool:
    """Tell whether the service finds an access token valid; the test fails on an unexpected answer."""
    answer = validate(api, application, token)
    assert answer.status == 302 or answer.error[1] in (*range(10010, 10018),), answer.raw
    return answer.status == 302


def set_policy(api: Api, application: Json, **attributes: Any) -> Json:
    return api.post(application["oAuthPolicy"]["href"], attributes).ok


def oauth_error(answer: Answer) -> tuple[int, str, int]:
    """Return status, name (RFC 6749) and code of an error; its body and headers are checked too."""
    body = answer.json
    assert set(body) == {*ERROR_MEMBERS, "error"}, f"no error body of OAuth: {answer.raw!r}"
    assert body["status"] == answer.status
    assert body["requestId"] == answer.headers["stormpath-request-id"]
    assert body["moreInfo"].endswith(f"#error-{body['code']}")
    assert body["message"]
    assert body["developerMessage"]
    check_not_cached(answer)
    return answer.status, body["error"], body["code"]


def status_and_code(answer: Answer) -> tuple[int, int]:
    """Return the status and the code of an error of either protocol, whose body is checked too."""
    return oauth_error(answer)[::2] if "error" in answer.json else answer.error


def check_not_cached(answer: Answer) -> None:
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["pragma"] == "no-cache"


def header_of(token: str) -> Json:
    return _decoded(token.split(".")[0])


def claims_of(token: str) -> Json:
    return _decoded(token.split(".")[1])


def _decoded(part: str) -> Json:
    decoded = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    assert isinstance(decoded, dict)
    return decoded


def signed(claims: Json, secret: str, header: Json) -> str:
    """Return a token that a test signs, by HS256 whatever its header says (RFC 7515, A.1)."""
    parts = [_encoded(json.dumps(each, separators=(",", ":")).encode()) for each in (header, claims)]
    mac = hmac.digest(secret.encode(), ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, _encoded(mac)])


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def resigned(api: Api, token: str, header: Json | None = None, **claims: Any) -> str:
    """Return a token with other claims, signed by the caller's key; ``None`` leaves a claim out."""
    changed = {name: each for name, each in {**claims_of(token), **claims}.items() if each is not None}
    kept = {name: each for name, each in (header_of(token) | (header or {})).items() if each is not None}
    return signed(changed, api.secret, kept)


def assertion(api: Api, application: Json, account: Json, now: float, **claims: Any) -> str:
    """Return what a login by SAML to an application reports, as the service will sign it (rest-auth 6.6)."""
    whole = {
        "iss": application["href"],
        "sub": account["href"],
        "aud": api.key_id,
        "jti": id_of(account) + str(now),
        "iat": int(now),
        "exp": int(now) + 60,
        "status": "AUTHENTICATED",
        "isNewSub": False,
    } | claims
    header = {"typ": "JWT", "kid": api.key_id, "stt": "assertion", "alg": "HS256"}
    return signed({name: each for name, each in whole.items() if each is not None}, api.secret, header)
