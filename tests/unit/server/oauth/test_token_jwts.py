"""JSON Web Tokens: the known answer, and what no key of the tenant has signed (rest-auth 0.1, RFC 8725)."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any, cast

import pytest

from stormpath.server.domain.context import RequestContext
from stormpath.server.oauth import jwts
from stormpath.server.schema.errors import ApiError, Code

KEY_ID, SECRET = "2EV70AHRTYF0JOA7OEXAMPLE1", "l8Fq3Zl+W4s1nq/9QkUzW0aV5bR7cY2dT6eH8gJ0kEX"
HEADER = {"kid": KEY_ID, "stt": "access", "alg": "HS256"}
CLAIMS = {
    "jti": "6TVcnquGRyFZq0ssyHwpTN",
    "iat": 1487147445,
    "iss": "https://api.stormpath.com/v1/applications/1gk4DxExAmPle",
    "sub": "https://api.stormpath.com/v1/accounts/3apenYvExAmPle",
    "exp": 1487151045,
    "rti": "6TVcnnaBXNwbDBn1m25YrJ",
}
SIGNATURE = "3C25gfAnDF9eRqcgcUwnyElOhg0P_eopc539fVpveRI"


@dataclass
class Context:
    """The part of a request context that tokens need."""

    caller_key_id: str = KEY_ID
    caller_secret: str = SECRET
    now: int = CLAIMS["iat"] * 1000  # type: ignore[operator]  # A number.
    tenant_id: str = "tenant"

    def key_secret(self, tenant_id: str, key_id: str) -> str | None:
        return SECRET if key_id == KEY_ID else None

    def now_ms(self) -> int:
        return self.now


CONTEXT = cast(RequestContext, Context())


def encoded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def token(
    header: Any = HEADER, claims: Any = CLAIMS, secret: bytes = SECRET.encode(), hash: str = "sha256"
) -> str:
    text = f"{encoded(header)}.{encoded(claims)}"
    return f"{text}.{encoded(hmac.digest(secret, text.encode(), hash))}"


def refused(text: str) -> None:
    with pytest.raises(ApiError) as caught:
        jwts.verify(CONTEXT, text)
    assert caught.value.code == Code.TOKEN_SIGNATURE


class TestKnownAnswer:
    def test_the_known_token_is_verified(self):
        known = f"{encoded(HEADER)}.{encoded(CLAIMS)}.{SIGNATURE}"

        verified = jwts.verify(CONTEXT, known)

        assert token() == known
        assert (verified.key_id, verified.kind, verified.id) == (KEY_ID, "access", CLAIMS["jti"])
        assert verified.claims == CLAIMS

    def test_a_signed_token_has_three_headers_and_the_claims_as_they_are(self):
        signed = jwts.sign(CONTEXT, jwts.ACCESS, CLAIMS)

        header, claims, signature = signed.split(".")
        assert json.loads(base64.urlsafe_b64decode(header + "==")) == HEADER
        assert claims == encoded(CLAIMS)
        mac = hmac.new(SECRET.encode(), f"{header}.{claims}".encode(), hashlib.sha256).digest()
        assert signature == encoded(mac)
        assert jwts.verify(CONTEXT, signed).claims == CLAIMS

    def test_the_secret_is_not_decoded(self):
        refused(token(secret=base64.b64decode(SECRET + "=")))


class TestRefused:
    @pytest.mark.parametrize(
        "algorithm", ["none", "None", "NONE", "", "HS384", "HS512", "RS256", "ES256", "hs256"]
    )
    def test_other_algorithms(self, algorithm: str):
        hash = {"HS384": "sha384", "HS512": "sha512"}.get(algorithm, "sha256")

        refused(token(HEADER | {"alg": algorithm}, hash=hash))
        refused(token(HEADER | {"alg": algorithm}).rpartition(".")[0] + ".")

    @pytest.mark.parametrize(
        "header",
        [
            {"crit": ["exp"]},
            {"crit": []},
            {"b64": False, "crit": ["b64"]},
            {"b64": True},
            {"zip": "DEF"},
            {"cty": "JWT"},
            {"jku": "https://example.com/keys"},
            {"jwk": {"kty": "oct", "k": "AAAA"}},
            {"x5u": "https://example.com/certificate"},
            {"x5c": ["AAAA"]},
            {"x5t": "AAAA"},
            {"x5t#S256": "AAAA"},
            {"alg": None},
            {"alg": ["HS256"]},
            {"stt": 1},
            {"stt": ["access"]},
            {"stt": {}},
        ],
        ids=str,
    )
    def test_headers_that_change_what_is_signed_or_by_what(self, header: dict[str, object]):
        refused(token(HEADER | header))

    @pytest.mark.parametrize(
        "key_id",
        [
            *(None, "", 1, [KEY_ID], {"a": 1}, True),
            *("../../etc/passwd", "/dev/null", "' OR '1'='1", KEY_ID + "\0", KEY_ID.lower()),
            *("A" * 25, "A" * 10_000, "https://example.com/key"),
        ],
        ids=lambda each: str(each)[:20],
    )
    def test_names_of_no_key(self, key_id: object):
        refused(token(HEADER | {"kid": key_id}))

    @pytest.mark.parametrize(
        "claims", [[], "text", 1, None, True, [CLAIMS], b"not json", b'{"exp":', b"\xff"], ids=str
    )
    def test_claims_that_are_no_object(self, claims: object):
        refused(token(claims=claims))

    @pytest.mark.parametrize("header", [[], "text", 1, None, b"not json", b"\xff", b"{}" * 2], ids=str)
    def test_headers_that_are_no_object(self, header: object):
        refused(token(header))

    def test_texts_that_are_no_token(self):
        good = token()
        nested = encoded(good.encode())
        for text in (
            *("", ".", "..", "...", "a", "a.b", "a.b.c", "a.b.c.d.e", "\0", "é", "\ud800"),
            *(good + ".", "." + good, good + "=", good + "\n", " " + good, good.replace(".", "..", 1)),
            *(good.rpartition(".")[0], f"{good.split('.')[0]}..{SIGNATURE}", f"..{SIGNATURE}"),
            *(f"{encoded(HEADER | {'cty': 'JWT'})}.{nested}.{SIGNATURE}", good[:-1], good.swapcase()),
        ):
            refused(text)

    def test_a_long_text_is_refused_before_anything_reads_it(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(jwts.jwt, "get_unverified_header", None)
        monkeypatch.setattr(jwts.jwt, "decode", None)

        refused("x" * (jwts.MAX_LENGTH + 1))
        refused("a." * 500_000)
        assert jwts.unverified("x" * 1_000_000) is None

    def test_deep_and_wide_claims_are_no_defect(self):
        refused(token(claims=b"[" * 5000))
        refused(token(claims=b'{"a":' * 1500))
        refused(token(claims=b'{"exp":' + b"9" * 5000 + b"}"))

    def test_a_doubled_claim_has_one_value_everywhere(self):
        doubled = token(claims=b'{"exp":1,"exp":2}')

        assert jwts.verify(CONTEXT, doubled).claims == jwts.unverified(doubled) == {"exp": 2}


class TestUnverified:
    def test_what_a_token_claims_is_read_without_a_key(self):
        assert jwts.unverified(token(HEADER | {"kid": "x"}, secret=b"other")) == CLAIMS
        for text in ("", "a.b.c", token(claims=[]), token(claims=b"\xff"), "é.é.é"):
            assert jwts.unverified(text) is None


class TestTimes:
    @pytest.mark.parametrize(
        ("claims", "code"),
        [
            ({"iat": 1}, None),
            ({"iat": CLAIMS["iat"]}, None),
            ({"iat": 1487147445 + jwts.LEEWAY}, None),
            ({"iat": 1487147445 + jwts.LEEWAY + 1}, Code.TOKEN_FROM_THE_FUTURE),
            ({"iat": 1487147445.5}, None),
            ({"iat": -1}, None),
            ({"iat": 1, "nbf": 1487147445 + jwts.LEEWAY}, None),
            ({"iat": 1, "nbf": 1487147445 + 60}, Code.TOKEN_FROM_THE_FUTURE),
            ({"iat": 1, "nbf": None}, Code.TOKEN_FROM_THE_FUTURE),
            ({}, Code.TOKEN_FROM_THE_FUTURE),
            ({"iat": "1"}, Code.TOKEN_FROM_THE_FUTURE),
            ({"iat": True}, Code.TOKEN_FROM_THE_FUTURE),
            ({"iat": float("nan")}, Code.TOKEN_FROM_THE_FUTURE),
            ({"iat": float("-inf")}, Code.TOKEN_FROM_THE_FUTURE),
            ({"iat": -(2**60)}, Code.TOKEN_FROM_THE_FUTURE),
        ],
        ids=str,
    )
    def test_issued(self, claims: dict[str, Any], code: Code | None):
        verified = jwts.Verified(KEY_ID, None, claims)
        if code is None:
            jwts.check_issued(CONTEXT, verified)
            return
        with pytest.raises(ApiError) as caught:
            jwts.check_issued(CONTEXT, verified)
        assert caught.value.code == code

    @pytest.mark.parametrize(
        ("expiry", "is_good"),
        [
            (1487147446, True),
            (1487147445.001, True),
            (1487147445, False),
            (1487147444, False),
            (None, False),
            ("1487147446", False),
            (True, False),
            (float("nan"), False),
            (float("inf"), False),
            (2**40, False),
            (2**5000, False),
        ],
        ids=lambda each: str(each)[:20],
    )
    def test_unexpired(self, expiry: Any, is_good: bool):
        verified = jwts.Verified(KEY_ID, None, {"exp": expiry})
        if is_good:
            jwts.check_unexpired(CONTEXT, verified)
            return
        with pytest.raises(ApiError) as caught:
            jwts.check_unexpired(CONTEXT, verified)
        assert caught.value.code == Code.TOKEN_EXPIRED


def test_no_repr_shows_claims_or_texts():
    verified = jwts.verify(CONTEXT, token())

    assert "sub" not in repr(verified)
    assert str(CLAIMS["jti"]) not in repr(verified)
