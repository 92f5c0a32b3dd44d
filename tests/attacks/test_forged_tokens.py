"""Forged tokens and credentials in requests to an application's own API, checked by the SDK.

Every one is refused with None, and none causes a request: a stranger must not make an application ask its
service, or any other host, as often as the stranger likes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import jwt
import pytest

from stormpath.api_auth import (
    ApiRequestAuthenticator,
    JwtAuthenticator,
    OAuthBearerRequestAuthenticator,
    SPOauth2RequestValidator,
)
from stormpath.api_auth.jwts import MAX_TOKEN_LENGTH
from stormpath.api_auth.request_fields import MAX_LENGTH
from unit.api_auth.world import ACCOUNT, APP, KEY, World
from unit.resources.exchange import BASE, Exchange, link

#: The most processor time that a request may take to be refused, in seconds.
LIMIT = 0.02

#: No run of the tests takes a day.
LATER = int(time.time()) + 24 * 60 * 60


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.fixture
def world(exchange: Exchange) -> World:
    return World(exchange)


def segment(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def assembled(world: World, header: Any, claims: Any, secret: str | None = None) -> str:
    """Return a token of any header and claims, with a right signature: a library might not make it."""
    signed = f"{segment(header)}.{segment(claims)}"
    key = (world.client.auth.secret if secret is None else secret).encode()
    return f"{signed}.{segment(hmac.digest(key, signed.encode(), 'sha256'))}"


def refused_by_all(world: World, token: Any) -> bool:
    """Return whether every way to give a token is answered with None."""
    in_requests: list[dict[str, Any]] = [
        {"headers": {"Authorization": b"Bearer " + token if isinstance(token, bytes) else f"Bearer {token}"}},
        {"headers": {}, "uri": f"/?access_token={token}"},
        {"headers": {}, "body": {"access_token": token}},
    ]
    kinds = (ApiRequestAuthenticator, OAuthBearerRequestAuthenticator)
    answers: list[Any] = [kind(world.app).authenticate(**each) for kind in kinds for each in in_requests]
    answers.append(JwtAuthenticator(world.app).authenticate(token, local_validation=True))
    is_valid = SPOauth2RequestValidator(world.app).validate_bearer_token(token, [], SimpleNamespace())
    return answers == [None] * len(answers) and not is_valid


def test_the_tokens_below_would_be_accepted_without_their_forgery(world: World) -> None:
    assert not refused_by_all(world, assembled(world, {"alg": "HS256"}, world.claims()))
    assert not refused_by_all(world, assembled(world, {"alg": "HS256", "kid": "key-id"}, world.claims()))


HEADERS: dict[str, dict[str, Any]] = {
    "no algorithm": {"typ": "JWT"},
    "none": {"alg": "none"},
    "None": {"alg": "None"},
    "null algorithm": {"alg": None},
    "a list of algorithms": {"alg": ["HS256"]},
    "lower case": {"alg": "hs256"},
    "HS384": {"alg": "HS384"},
    "RS256": {"alg": "RS256"},
    "an unknown critical header": {"alg": "HS256", "crit": ["exp"], "exp": 1},
    "an empty critical header": {"alg": "HS256", "crit": []},
    "a payload that is not encoded": {"alg": "HS256", "crit": ["b64"], "b64": False},
    "b64": {"alg": "HS256", "b64": True},
    "jku": {"alg": "HS256", "jku": "https://evil.example/keys"},
    "jwk": {"alg": "HS256", "jwk": {"kty": "oct", "k": "AAAA"}},
    "x5u": {"alg": "HS256", "x5u": "https://evil.example/certificate"},
    "x5c": {"alg": "HS256", "x5c": ["AAAA"]},
    "the kid of another key": {"alg": "HS256", "kid": KEY.id},
    "a kid that is a path": {"alg": "HS256", "kid": "../../dev/null"},
    "a kid that is a URL": {"alg": "HS256", "kid": "https://evil.example/key"},
    "a kid that is SQL": {"alg": "HS256", "kid": "x' UNION SELECT 'secret"},
    "a kid that is empty": {"alg": "HS256", "kid": ""},
    "a kid that is null": {"alg": "HS256", "kid": None},
    "a kid that is a number": {"alg": "HS256", "kid": 1},
    "a refresh token": {"alg": "HS256", "stt": "refresh", "kid": "key-id"},
    "an assertion": {"alg": "HS256", "stt": "assertion"},
    "an unknown purpose": {"alg": "HS256", "stt": ["access"]},
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_forged_header_is_refused(world: World, exchange: Exchange, header: dict[str, Any]) -> None:
    assert refused_by_all(world, assembled(world, header, world.claims()))
    assert exchange.count == 0


@pytest.mark.parametrize("alg", ["none", "None", "NONE"])
@pytest.mark.parametrize("signature", ["", "AAAA"])
def test_an_unsigned_token_is_refused(world: World, exchange: Exchange, alg: str, signature: str) -> None:
    token = f"{segment({'alg': alg})}.{segment(world.claims())}.{signature}"

    assert refused_by_all(world, token)
    assert exchange.count == 0


@pytest.mark.parametrize("alg", ["HS384", "HS512"])
def test_another_algorithm_of_the_same_secret_is_refused(world: World, exchange: Exchange, alg: str) -> None:
    secret = world.client.auth.secret * 2
    world.client.auth.secret = secret  # type: ignore[misc]
    try:
        assert refused_by_all(world, jwt.encode(world.claims(), secret, algorithm=alg))
    finally:
        del world.client.auth.secret
    assert exchange.count == 0


CLAIMS: dict[str, dict[str, Any]] = {
    "another application": {"iss": f"{BASE}/applications/p2"},
    "an application of that name elsewhere": {"iss": "https://evil.example/v1/applications/p1"},
    "a relative issuer": {"iss": "/applications/p1"},
    "a longer issuer": {"iss": f"{APP}/"},
    "no issuer": {"iss": None},
    "a list of issuers": {"iss": [APP]},
    "an audience": {"aud": "key-id"},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is a number": {"sub": 1},
    "a subject that is an object": {"sub": {"href": ACCOUNT}},
    "expired": {"exp": int(time.time()) - 1},
    "no expiry": {"exp": None},
    "an expiry that is text": {"exp": "4102444800"},
    "an expiry that is true": {"exp": True},
    "an endless expiry": {"exp": float("inf")},
    "an expiry that is no number": {"exp": float("nan")},
    "issued in the future": {"iat": LATER},
    "issued at no time": {"iat": float("nan")},
    "not valid yet": {"nbf": LATER},
    "a scope that is a list": {"scope": ["admin"]},
    "a subject elsewhere": {"sub": "https://evil.example/v1/accounts/a1"},
    "a subject above": {"sub": f"{BASE}/accounts/../applications/p1"},
    "an escaped subject": {"sub": f"{BASE}/accounts/%2e%2e"},
    "a subject above all": {"sub": f"{BASE}/accounts/.."},
    "a longer subject": {"sub": f"{ACCOUNT}/customData"},
    "a subject with a query": {"sub": f"{ACCOUNT}?expand=customData"},
    "a subject that is another resource": {"sub": f"{BASE}/groups/a1"},
    "a subject that is a pattern": {"sub": "*"},
    "a long subject": {"sub": "A" * 5000},
}


@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS)
def test_wrong_claims_are_refused(world: World, exchange: Exchange, claims: dict[str, Any]) -> None:
    assert refused_by_all(world, assembled(world, {"alg": "HS256"}, world.claims(**claims)))
    assert exchange.count == 0


@pytest.mark.parametrize("secret", ["", "other", KEY.secret, "key-id", APP])
@pytest.mark.parametrize("subject", [ACCOUNT, KEY.id])
def test_a_token_that_another_secret_signed_is_refused(
    world: World, exchange: Exchange, secret: str, subject: str
) -> None:
    assert refused_by_all(world, assembled(world, {"alg": "HS256"}, world.claims(sub=subject), secret))
    assert exchange.count == 0


def test_a_token_that_was_changed_is_refused(world: World, exchange: Exchange) -> None:
    header, _, signature = world.token().split(".")
    admin = segment(world.claims(scope="admin"))

    for token in (f"{header}.{admin}.{signature}", f"{header}.{admin}.", world.token()[:-1]):
        assert refused_by_all(world, token)
    assert exchange.count == 0


@pytest.mark.parametrize(
    "payload", [b"", b"null", b"[]", b"1", b"{", b'{"a":' * 1000, b"[" * 5000, b"9" * 5000]
)
def test_claims_that_are_no_object_are_refused(world: World, exchange: Exchange, payload: bytes) -> None:
    assert refused_by_all(world, assembled(world, {"alg": "HS256"}, payload))
    assert refused_by_all(world, assembled(world, payload, world.claims()))
    assert exchange.count == 0


def test_a_client_that_has_no_application_accepts_nothing(world: World, exchange: Exchange) -> None:
    new = type(world.app)(world.client, properties={"name": "never saved"})
    for claims in (world.claims(), world.claims(iss=None), world.claims(iss="None")):
        token = assembled(world, {"alg": "HS256"}, claims)
        assert ApiRequestAuthenticator(new).authenticate({"Authorization": f"Bearer {token}"}) is None
    assert ApiRequestAuthenticator(new).authenticate(KEY.headers()) is None
    assert exchange.count == 0


LONG: dict[str, Callable[[int], Any]] = {
    "letters": lambda size: "a" * size,
    "bytes": lambda size: b"a" * size,
    "dots": lambda size: "." * size,
    "a long claim": lambda size: f"e30.{'A' * size}.e30",
    "nested": lambda size: f"e30.{segment(b'[' * size)}.e30",
    "padding": lambda size: "=" * size,
    "letters beyond ASCII": lambda size: "ü" * size,
    "digits": lambda size: f"{segment(b'9' * size)}.e30.e30",
}


@pytest.mark.parametrize("made", LONG.values(), ids=LONG)
@pytest.mark.parametrize("size", [MAX_TOKEN_LENGTH // 2, MAX_TOKEN_LENGTH + 1, 1 << 20])
def test_a_long_token_costs_nothing(
    world: World, exchange: Exchange, made: Callable[[int], Any], size: int
) -> None:
    token = made(size)
    text = token.decode() if isinstance(token, bytes) else token
    api = ApiRequestAuthenticator(world.app)
    calls: list[Callable[[], Any]] = [
        lambda: api.authenticate({"Authorization": f"Bearer {text}"}),
        lambda: api.authenticate({"Authorization": f"Basic {text}"}),
        lambda: api.authenticate({}, "POST", "/", {"access_token": token}),
        lambda: api.authenticate({}, "GET", f"/?access_token={text}"),
        lambda: JwtAuthenticator(world.app).authenticate(token, local_validation=True),
    ]
    if size > MAX_TOKEN_LENGTH:
        calls.append(lambda: JwtAuthenticator(world.app).authenticate(token))
    for call in calls:
        assert _fastest(call) < LIMIT
    assert exchange.count == 0


def _fastest(call: Callable[[], Any]) -> float:
    """Return the processor time of a refused call, in seconds; the machine may be busy, so of three tries."""
    times = []
    for _ in range(3):
        before = time.thread_time()
        assert call() is None
        times.append(time.thread_time() - before)
    return min(times)


def test_a_valid_token_in_a_part_that_is_too_long_is_refused(world: World, exchange: Exchange) -> None:
    authenticate = ApiRequestAuthenticator(world.app).authenticate
    token, filler = world.token(), "a" * MAX_LENGTH

    assert authenticate({}, "GET", f"/?x={filler}&access_token={token}") is None
    assert authenticate({"Authorization": "Bearer" + " " * MAX_LENGTH + token}) is None
    value = b64encode(f"{KEY.id}:{KEY.secret}{filler}".encode()).decode()
    assert authenticate({"Authorization": f"Basic {value}"}) is None
    assert exchange.count == 0


def test_many_parameters_are_refused(world: World) -> None:
    uri = "/?" + "a&" * 8000 + f"access_token={world.token()}"
    assert ApiRequestAuthenticator(world.app).authenticate({}, "GET", uri) is None


@pytest.mark.parametrize(
    "key_id", ["*", "..", ".", "../accounts", "a/b", "a?x=1", "a b", "ü", "A" * 65, "id\n", "[,]", "%2e%2e"]
)
def test_what_is_no_key_id_costs_no_request(world: World, exchange: Exchange, key_id: str) -> None:
    value = b64encode(f"{key_id}:{KEY.secret}".encode()).decode()
    headers = {"Authorization": f"Basic {value}"}

    assert ApiRequestAuthenticator(world.app).authenticate(headers) is None
    assert exchange.count == 0


def test_a_key_whose_secret_this_client_may_not_see_matches_no_secret(world: World) -> None:
    world.key["secret"] = None
    for secret in ("None", "null", "x", KEY.secret):
        value = b64encode(f"{KEY.id}:{secret}".encode()).decode()
        assert ApiRequestAuthenticator(world.app).authenticate({"Authorization": f"Basic {value}"}) is None


def test_the_secret_of_an_account_does_not_sign_tokens(world: World, exchange: Exchange) -> None:
    # The holder of an account's key must not be able to make tokens of other accounts.
    key = "An" + hashlib.sha256(b"x").hexdigest()
    world.key["secret"] = key
    exchange.answers("GET", f"/apiKeys/{KEY.id}", {**link(f"/apiKeys/{KEY.id}"), "secret": key})

    assert refused_by_all(world, jwt.encode(world.claims(), key, headers={"kid": KEY.id}))
    assert exchange.count == 0
