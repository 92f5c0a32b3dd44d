"""Forged tokens at the service: where it validates them, exchanges them, and revokes them.

Each is refused with the documented code, whatever it is said to be, and none makes the service open a
connection. A forgery of a live token revokes nothing, although ``/oauth/revoke`` answers 200 to anything.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from service.assembled_tokens import assembled, assertion_of, live, parts_of, segment
from service.calls import Answer, Api, Json, id_of
from service.token_calls import (
    client_credentials,
    grant,
    oauth_error,
    password_grant,
    refresh,
    revoke,
    validate,
)
from stormpath.server.oauth import jwts
from stormpath.server.oauth.jwts import MAX_LENGTH
from support.processor_time import within

pytestmark = pytest.mark.either_database

#: The most processor time that a request may take to be refused, in seconds.
LIMIT = 0.1

SIGNATURE, FUTURE, EXPIRED, FOREIGN, GONE = 10017, 10012, 10011, 10014, 10013


class Original(NamedTuple):
    """A token that is accepted, taken apart, and the call that accepts it."""

    header: Json
    claims: Json
    call: Callable[[str], Answer]
    accepted: int

    def refused(self, token: str) -> tuple[int, int]:
        """Return the status and the code of the refusal."""
        answer = within(LIMIT, lambda: self.call(token))
        assert answer.status >= 400, answer.raw
        return answer.status, answer["code"]


class World:
    """An application with an account, and a live token of each kind."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.application, self.directory = api.application_with_directory()
        self.account = api.account(self.directory)
        self.tokens = password_grant(api, self.application).ok
        self.live = live(api, self.account)
        assert len(self.live) == 2

    @property
    def originals(self) -> dict[str, Original]:
        """The three kinds of token, each with the call that takes it; an assertion is new each time."""
        application = self.application
        access, refreshing = (parts_of(self.tokens[f"{kind}_token"]) for kind in ("access", "refresh"))
        assertion = assertion_of(self.api, application, self.account)
        return {
            "access": Original(*access, lambda token: validate(self.api, application, token), 302),
            "refresh": Original(*refreshing, lambda token: refresh(self.api, application, token), 200),
            "assertion": Original(*assertion, self.exchange_assertion, 200),
        }

    def exchange_assertion(self, token: str) -> Answer:
        return grant(self.api, self.application, "stormpath_token", token=token)

    def revoke(self, token: str) -> None:
        """Try to revoke a forged token: 200, and no token may be missing at the end of the test."""
        answer = revoke(self.api, self.application, token)
        assert (answer.status, answer.raw) == (200, b"")


@pytest.fixture
def world(api: Api) -> Iterator[World]:
    world = World(api)
    yield world
    assert world.live <= live(api, world.account), "a forged token revokes a live one"


@pytest.fixture(autouse=True)
def _no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a name is looked up nor a connection made: the drivers of databases use no Python socket."""

    def refuse(*arguments: Any, **options: Any) -> None:
        raise AssertionError(f"the service connects to {arguments}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_the_originals_of_the_forgeries_below_are_accepted(api: Api, world: World):
    for name, each in world.originals.items():
        assert each.call(assembled(each.header, each.claims, api.secret)).status == each.accepted, name

    more = password_grant(api, world.application).ok
    revoke(api, world.application, assembled(*parts_of(more["access_token"]), api.secret))
    assert more["stormpath_access_token_href"] not in live(api, world.account)


NONE: tuple[Any, ...] = (
    "none",
    "None",
    "NONE",
    "nOnE",
    "",
    " none",
    None,
    [],
    ["HS256"],
    {"HS256": 1},
    256,
    True,
)
UNSIGNED: list[Json] = [{"alg": each} for each in NONE]
OTHER_ALGORITHMS: list[Json] = [
    {"alg": each}
    for each in ("hs256", "HS256 ", "HS256\x00", "HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA", "dir")
]
KEYS_IN_HEADERS: list[Json] = [
    {"jku": "https://localhost:1/keys.json"},
    {"jku": "file:///etc/passwd"},
    {"x5u": "http://169.254.169.254/latest/meta-data"},
    {"jwk": {"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}},
    {"x5c": ["MIIB"]},
    {"x5t": "c2VjcmV0"},
    {"x5t#S256": "c2VjcmV0"},
    {"jku": None},
]
EXTENSIONS: list[Json] = [
    {"crit": ["exp"], "exp": 1},
    {"crit": ["unknown"], "unknown": True},
    {"crit": []},
    {"crit": None},
    {"crit": "exp"},
    {"crit": ["b64"], "b64": False},
    {"b64": False},
    {"b64": True},
    {"zip": "DEF"},
    {"zip": "none"},
    {"cty": "JWT"},
    {"cty": "application/json"},
    {"stt": ["access"]},
    {"stt": 5},
    {"stt": {"access": 1}},
]
KEY_IDS: list[Json] = [
    {"kid": each}
    for each in (
        *("", " ", "/dev/null", "../../../../etc/passwd", "x' OR '1'='1", "x'; DROP TABLE api_keys;--"),
        *(
            "A" * 25,
            "a" * 25,
            "A" * 5000,
            "\x00" * 25,
            "A" * 24 + "\x00",
            "A" * 24 + "\n",
            "\uff21" * 25,
            "\ud800",
        ),
        *(None, 0, 1.5, True, [], ["A" * 25], {}, {"$ne": None}),
    )
]


@pytest.mark.parametrize(
    "changes", [UNSIGNED, OTHER_ALGORITHMS, KEYS_IN_HEADERS, EXTENSIONS, KEY_IDS], ids="akhei"
)
def test_a_header_that_names_another_algorithm_or_key_is_refused(api: Api, world: World, changes: list[Json]):
    for change in changes:
        for name, each in world.originals.items():
            token = assembled(each.header | change, each.claims, api.secret)
            assert each.refused(token) == (400, SIGNATURE), (name, change)
            if name == "access":
                world.revoke(token)
            if changes is UNSIGNED:
                assert each.refused(token.rpartition(".")[0] + ".") == (400, SIGNATURE), (name, change)


def test_the_secret_signs_by_no_other_digest(api: Api, world: World):
    for algorithm, digest in (
        ("HS384", "sha384"),
        ("HS512", "sha512"),
        ("HS256", "sha512"),
        ("HS256", "md5"),
    ):
        for each in world.originals.values():
            forged = assembled(each.header | {"alg": algorithm}, each.claims, api.secret, digest)
            assert each.refused(forged) == (400, SIGNATURE), algorithm
            world.revoke(forged)


def test_a_token_of_any_other_key_is_refused(api: Api, stranger: Api, world: World):
    def signed_by(kid: str, secret: str) -> None:
        for name, each in world.originals.items():
            claims = each.claims | ({"aud": kid} if name == "assertion" else {})
            forged = assembled(each.header | {"kid": kid}, claims, secret)
            assert each.refused(forged) == (400, SIGNATURE), name
            world.revoke(forged)

    of_account = api.api_key(world.account)
    administrator = api.get(api.get(f"/apiKeys/{api.key_id}").ok["account"]["href"]).ok
    disabled, deleted = (api.api_key(administrator) for _ in range(2))
    api.post(disabled["href"], {"status": "DISABLED"})
    api.delete(deleted["href"])

    signed_by(stranger.key_id, stranger.secret)
    signed_by(api.key_id, stranger.secret)
    signed_by(api.key_id, "")
    signed_by(api.key_id, api.key_id)
    for key in (of_account, disabled, deleted):
        signed_by(id_of(key), key["secret"])


def test_the_tokens_of_a_key_end_while_it_is_disabled(api: Api, world: World):
    administrator = api.get(api.get(f"/apiKeys/{api.key_id}").ok["account"]["href"]).ok
    other = api.api_key(administrator)
    by_other = Api(api.wsgi, api.base_url, api.tenant_id, id_of(other), other["secret"])
    tokens = password_grant(by_other, world.application).ok
    calls = {"access_token": validate, "refresh_token": refresh}

    api.post(other["href"], {"status": "DISABLED"})
    refused = [call(api, world.application, tokens[name]) for name, call in calls.items()]
    assert [(each.status, each["code"]) for each in refused] == [(400, SIGNATURE)] * 2

    api.post(other["href"], {"status": "ENABLED"})
    for name, call in calls.items():
        assert call(api, world.application, tokens[name]).status in (200, 302), name


def test_a_token_for_one_purpose_is_none_for_another(api: Api, world: World):
    originals = world.originals
    expected = {
        ("access", "refresh"): (400, GONE),
        ("access", "assertion"): (400, GONE),
        ("refresh", "access"): (400, GONE),
        ("refresh", "assertion"): (400, GONE),
        ("assertion", "access"): (400, SIGNATURE),
        ("assertion", "refresh"): (400, SIGNATURE),
    }
    # An assertion is stored nowhere.
    expected["access", "assertion"] = (404, GONE)

    found = {
        (at, of): originals[at].refused(assembled(*originals[of][:2], api.secret)) for at, of in expected
    }

    assert found == expected


def test_a_relabelled_token_is_none(api: Api, world: World):
    """With the key of the tenant, but of a token that was issued for another purpose."""
    access, refreshing = world.originals["access"], world.originals["refresh"]

    as_access = assembled(refreshing.header | {"stt": "access"}, refreshing.claims, api.secret)
    as_refresh = assembled(access.header | {"stt": "refresh"}, access.claims, api.secret)

    assert access.refused(as_access) == (404, GONE)
    assert refreshing.refused(as_refresh) == (400, GONE)


def test_what_is_no_object_is_no_token(api: Api, world: World):
    values = [b"[]", b'""', b"1", b"null", b"", b"{", b"\xff", b"{}x", b"NaN", b"[" * 5000]
    for value in [*values, b'{"a":' * 900 + b"1" + b"}" * 899]:
        for each in world.originals.values():
            for forged in (
                assembled(value, each.claims, api.secret),
                assembled(each.header, value, api.secret),
            ):
                assert each.refused(forged) == (400, SIGNATURE), value[:10]
                world.revoke(forged)


def test_deep_claims_of_a_right_signature_are_no_failure(api: Api, world: World):
    for depth in (100, 900, 2500):
        deep = b"[" * depth + b"]" * depth
        for name, each in world.originals.items():
            members = json.dumps(each.claims).encode()[:-1]
            answer = each.call(assembled(each.header, members + b', "deep": ' + deep + b"}", api.secret))
            assert answer.status in (each.accepted, 400), (name, depth, answer.raw)
            in_header = json.dumps(each.header).encode()[:-1] + b', "deep": ' + deep + b"}"
            answer = each.call(assembled(in_header, each.claims, api.secret))
            assert answer.status in (each.accepted, 400), (name, depth, answer.raw)


TEXTS = (
    *(".", "..", "...", "a.b.c", "e30.e30.e30", "e30.e30.", "x" * 100, "\u00e9.\u00e9.\u00e9", "%2e%2e"),
    *("eyJhbGciOiJub25lIn0.e30.", "a.b.c.d.e", "e30=.e30=.e30="),
)


def test_a_text_is_no_token(world: World):
    for name, each in world.originals.items():
        for text in TEXTS:
            assert each.refused(text) == (400, SIGNATURE), (name, text)
            world.revoke(text)
        # Of a form, a field with a NUL or nothing in it is refused as any other.
        for text, code in (("\0.\0.\0", 2005), (" ", 2000)):
            assert each.refused(text) == (400, SIGNATURE if name == "access" else code), (name, text)
            world.revoke(text)


def test_a_nested_or_serialized_token_is_none(api: Api, world: World):
    for each in world.originals.values():
        inner = assembled(each.header, each.claims, api.secret)
        header, claims, signature = inner.split(".")
        general = {"payload": claims, "signatures": [{"protected": header, "signature": signature}]}
        flattened = {"payload": claims, "protected": header, "signature": signature}
        for forged in (
            assembled(each.header, inner.encode(), api.secret),
            assembled(each.header, json.dumps(inner).encode(), api.secret),
            assembled(each.header | {"cty": "JWT"}, inner.encode(), api.secret),
            json.dumps(general),
            json.dumps(flattened),
            f"{inner}.{signature}",
            f"{segment({'alg': 'dir', 'enc': 'A256GCM'})}..{signature}.{claims}.{signature}",
            f"Bearer {inner}",
            f" {inner}",
            f"{inner}\n",
        ):
            assert each.refused(forged) == (400, SIGNATURE), forged[:40]
            world.revoke(forged)


def test_a_signature_is_compared_whole(api: Api, world: World):
    for each in world.originals.values():
        head, _, signature = assembled(each.header, each.claims, api.secret).rpartition(".")
        # The last character of 43 has two bits that say nothing: a decoder may accept four spellings of it.
        for forged in (signature[:-1], signature[:-2], signature[1:], signature[::-1], signature + "A", ""):
            assert each.refused(f"{head}.{forged}") == (400, SIGNATURE)
            world.revoke(f"{head}.{forged}")


TIMES: tuple[Any, ...] = (
    *(None, True, False, "9999999999", "", [], {}, [9999999999], float("nan"), float("inf"), float("-inf")),
    *(1e308, -1e308, 10**400, -(10**400), 2**63, 2**64),
)


@pytest.mark.parametrize("claim", ["exp", "iat", "nbf"])
def test_a_time_that_is_none_is_not_in_time(api: Api, world: World, claim: str):
    code = EXPIRED if claim == "exp" else FUTURE
    for value in TIMES:
        for name, each in world.originals.items():
            claims = each.claims | {claim: value}
            assert each.refused(assembled(each.header, claims, api.secret)) == (400, code), (name, value)


def test_a_number_that_is_longer_than_python_converts_is_no_failure(api: Api, world: World):
    for each in world.originals.values():
        claims = json.dumps(each.claims).encode()[:-1] + b', "exp": ' + b"9" * 5000 + b"}"
        assert each.refused(assembled(each.header, claims, api.secret)) == (400, SIGNATURE)


MISSING = {
    "access": {"exp": EXPIRED, "iat": FUTURE, "iss": FOREIGN, "sub": GONE, "jti": GONE},
    "refresh": {"exp": EXPIRED, "iat": FUTURE, "iss": FOREIGN, "sub": GONE, "jti": GONE},
    "assertion": {
        **{"exp": EXPIRED, "iat": FUTURE, "iss": FOREIGN, "aud": SIGNATURE, "status": 12002},
        # Without an id it cannot be good for one grant only.
        **{"sub": 10010, "jti": 11005},
    },
}


@pytest.mark.parametrize("kind", MISSING)
def test_each_claim_is_needed(api: Api, world: World, kind: str):
    """Missing, null, of another type or empty: a value that is not there matches nothing."""
    for claim, code in MISSING[kind].items():
        for value in (..., None, "", 0, [], {}, [None], {"$ne": None}):
            each = world.originals[kind]
            if claim in ("iat", "exp") and value == 0:
                continue
            claims = {name: old for name, old in each.claims.items() if name != claim}
            claims |= {} if value is ... else {claim: value}
            _, found = each.refused(assembled(each.header, claims, api.secret))
            assert found == code, (claim, value)


def test_the_times_of_a_token_are_counted_to_the_second(api: Api, world: World):
    now = int(time.time())
    for each in world.originals.values():
        for change, code in (
            ({"exp": now - 1}, EXPIRED),
            ({"exp": 0}, EXPIRED),
            ({"exp": -1}, EXPIRED),
            ({"iat": now + 10}, FUTURE),
            ({"nbf": now + 10}, FUTURE),
        ):
            forged = assembled(each.header, each.claims | change, api.secret)
            assert each.refused(forged) == (400, code), change


def test_the_claims_of_another_account_or_issuer_do_not_go_with_an_id(api: Api, stranger: Api, world: World):
    grace = api.account(world.directory, "grace")
    other = api.application("Other")
    application = world.application["href"]
    foreign, _ = stranger.application_with_directory()
    access = world.originals["access"]
    subjects = (
        grace["href"],
        id_of(world.account),
        f"{world.account['href']}/",
        world.account["href"] + "?x",
    )
    issuers = (
        *(
            other["href"],
            foreign["href"],
            "https://evil.example",
            f"{application}/",
            id_of(world.application),
        ),
        *(application.upper(), f"{application}#", f"https://evil.example/{application}", application[:-1]),
    )

    for subject in subjects:
        for kind, status in (("access", 404), ("refresh", 400)):
            each = world.originals[kind]
            forged = assembled(each.header, each.claims | {"sub": subject}, api.secret)
            assert each.refused(forged) == (status, GONE), subject
    for issuer in issuers:
        for kind, each in world.originals.items():
            forged = assembled(each.header, each.claims | {"iss": issuer}, api.secret)
            assert each.refused(forged) == (400, FOREIGN), (kind, issuer)
            world.revoke(forged)
    # Nor is a right token one of another application.
    right = assembled(access.header, access.claims, api.secret)
    assert validate(api, other, right).error == (400, FOREIGN)
    assert revoke(api, other, right).status == 200
    assert live(api, world.account) == world.live


def test_an_id_that_is_none_finds_nothing(api: Api, world: World):
    originals = world.originals
    for jti in ("\0", "../x", "' OR ''='", "\u00e9", "*", "%", "\ud800", ["a"], 5):
        for kind, expected in (("access", (404, GONE)), ("refresh", (400, GONE))):
            each = originals[kind]
            forged = assembled(each.header, each.claims | {"jti": jti}, api.secret)
            assert each.refused(forged) == expected, (kind, jti)
            world.revoke(forged)


def test_any_text_is_the_id_of_an_assertion_and_nothing_else_is(api: Api, world: World):
    """It is looked up nowhere: what is remembered is a digest."""
    for jti in ("\0", "../x", "' OR ''='", "\u00e9", "*", "%", "\ud800", "x" * 5000):
        each = world.originals["assertion"]
        forged = assembled(each.header, each.claims | {"jti": jti}, api.secret)
        assert each.call(forged).status == 200, jti
        assert each.refused(forged) == (400, 11005), jti
    others: list[Any] = [["a"], 5, True, {}, "", None]
    for other in others:
        each = world.originals["assertion"]
        assert each.refused(assembled(each.header, each.claims | {"jti": other}, api.secret)) == (400, 11005)


def test_of_members_with_one_name_the_last_one_counts(api: Api, world: World):
    """RFC 7515, 4 and RFC 7519, 4: refuse them, or take the last; never check one and use another."""
    for each in world.originals.values():
        header, claims = json.dumps(each.header).encode(), json.dumps(each.claims).encode()
        for forged in (
            assembled(header[:-1] + b', "alg": "none"}', claims, api.secret),
            assembled(header[:-1] + b', "kid": "x"}', claims, api.secret),
            assembled(header, claims[:-1] + b', "exp": 1}', api.secret),
            assembled(header, claims[:-1] + b', "iss": "x"}', api.secret),
        ):
            assert each.refused(forged)[0] == 400
        first = assembled(
            b'{"alg": "none", "kid": "x", ' + header[1:], b'{"exp": 1, ' + claims[1:], api.secret
        )
        assert each.call(first).status == each.accepted


class TestLongTokens:
    @pytest.fixture
    def long(self, api: Api, world: World) -> Callable[[Original, int], str]:
        def made(original: Original, length: int) -> str:
            return assembled(original.header, original.claims | {"long": "x" * length}, api.secret)

        return made

    @pytest.mark.parametrize("length", [MAX_LENGTH, 100_000, 1_000_000])
    def test_a_long_token_is_refused_before_it_is_read(
        self, world: World, long: Callable[[Original, int], str], length: int
    ):
        access, refreshing, assertion = world.originals.values()

        assert access.refused(long(access, length)) == (400, SIGNATURE)
        for each in (refreshing, assertion):
            assert each.refused(long(each, length)) in ((400, 2008), (413, 413))
        revoked = revoke(world.api, world.application, long(access, length))
        assert revoked.status == (200 if length == MAX_LENGTH else 413)

    def test_so_it_is_in_a_query(self, api: Api, world: World, long: Callable[[Original, int], str]):
        """The query of a call is as bounded as that of any other; the old SDK sends refresh tokens there."""
        for length in (100_000, 1_000_000):
            token = long(world.originals["refresh"], length)
            for path in ("token", "revoke"):
                answer = api.request(
                    "POST",
                    f"{world.application['href']}/oauth/{path}",
                    query=f"grant_type=refresh_token&refresh_token={token}&token={token}",
                )
                assert answer.status in (200, 400, 413, 414), answer.raw
                assert answer.status != 200 or path == "revoke"
        assert live(api, world.account) == world.live

    def test_a_token_of_the_longest_length_is_read(self, api: Api, world: World):
        access = world.originals["access"]
        claims = access.claims | {"scope": "x" * 4000}

        assert access.call(assembled(access.header, claims, api.secret)).status == 302


class TestMemory:
    """The service remembers which signatures it has verified: few, and of small tokens alone."""

    @pytest.fixture
    def remembered(self, monkeypatch: pytest.MonkeyPatch) -> Json:
        found: Json = {}
        monkeypatch.setattr(jwts, "_remembered", found)
        return found

    def test_a_token_is_remembered_once_it_is_verified(self, api: Api, world: World, remembered: Json):
        each = world.originals["access"]
        token = assembled(each.header, each.claims, api.secret)
        for _ in range(3):
            assert each.call(token).status == 302
        assert len(remembered) == 1
        # Neither as it is nor under the signature of another one.
        assert each.refused(token[:-1]) == each.refused(f"{token}A") == (400, SIGNATURE)
        assert len(remembered) == 1

    def test_what_would_take_much_memory_is_not_remembered(self, api: Api, world: World, remembered: Json):
        each = world.originals["access"]
        more: Json
        for more in ({"list": [[]] * 100}, {"object": {"a": {}}}, {"null": None}, {"long": "x" * 600}):
            assert each.call(assembled(each.header, each.claims | more, api.secret)).status == 302
        assert remembered == {}

    def test_no_more_than_a_few_are_remembered(
        self, api: Api, world: World, remembered: Json, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(jwts, "_MOST_REMEMBERED", 5)
        each = world.originals["access"]
        for number in range(12):
            each.call(assembled(each.header, each.claims | {"number": number}, api.secret))
            assert 0 < len(remembered) <= 5


def test_no_error_shows_a_part_of_a_token(api: Api, world: World):
    for each in world.originals.values():
        token = assembled(each.header, each.claims | {"exp": 1, "marked": "hunter2"}, api.secret)
        for forged in (token, token[:-3]):
            raw = each.call(forged).raw.decode()
            assert not any(part in raw for part in token.split(".")), raw
            assert "hunter2" not in raw


def test_refusals_of_the_token_endpoint_are_those_of_rfc_6749(api: Api, world: World):
    refreshing, assertion = world.originals["refresh"], world.originals["assertion"]

    for each in (refreshing, assertion):
        forged = assembled(each.header, each.claims, "wrong")
        assert oauth_error(each.call(forged)) == (400, "invalid_grant", SIGNATURE)


def test_the_keys_of_accounts_get_tokens_and_sign_none(api: Api, world: World):
    key = api.api_key(world.account)
    token = client_credentials(api, world.application, key).ok["access_token"]
    header, claims = parts_of(token)

    forged = assembled(header | {"kid": id_of(key)}, claims, key["secret"])

    assert validate(api, world.application, token).status == 302
    assert validate(api, world.application, forged).error == (400, SIGNATURE)
