"""The SAuthc1 digest: known vectors, and requests that must not verify."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stormpath import sauthc1

KNOWN = json.loads(Path(__file__).with_name("sauthc1-vectors.json").read_text(encoding="utf-8"))
VECTORS = {vector["name"]: vector for vector in KNOWN["vectors"]}
CASES = KNOWN["verifierCases"]

NOW = 1487147445.0
SECRET = "l8Fq3Zl+W4s1nq/9QkUzW0aV5bR7cY2dT6eH8gJ0kEX"
HEADERS = {"Accept": "application/json", "Content-Type": "application/json", "User-Agent": "tests/1"}

EXAMPLES = pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())


def pairs(vector: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in vector["headers"]]


def sign(method: str, url: str, body: bytes = b"", headers: dict[str, str] = HEADERS) -> dict[str, str]:
    """Sign a request; return every header it would be sent with, names in lower case."""
    signed = sauthc1.sign(
        method,
        url,
        headers.items(),
        body,
        key_id="KEY",
        secret=SECRET,
        timestamp=sauthc1.timestamp_at(NOW),
        nonce="a43a9d25-ab06-421e-8605-33fd1e760825",
    )
    return {name.lower(): value for name, value in {**headers, **signed}.items()}


def check(
    method: str, target: str, headers: dict[str, str], body: bytes = b"", now: float = NOW, **options: Any
) -> None:
    path, _, query = target.partition("?")
    header = sauthc1.parse(headers["authorization"])
    sauthc1.verify(header, SECRET, method, path, query, headers, body, now=now, **options)


class TestKnownAnswers:
    @EXAMPLES
    def test_every_step_of_the_canonical_request_matches_the_vector(self, vector: dict[str, Any]) -> None:
        expected, parts = vector["expected"], urlsplit(vector["url"])
        added = [("Host", expected["host"]), (sauthc1.DATE_HEADER, vector["timestamp"])]
        body = vector["body"].encode()

        headers = sauthc1.headers_to_sign(pairs(vector) + added)
        path = sauthc1.canonical_path(parts.path)
        query = sauthc1.canonical_query(parts.query)

        assert sauthc1.host_value(vector["url"]) == expected["host"]
        assert path == expected["canonicalPath"]
        assert query == expected["canonicalQuery"]
        assert "".join(f"{name}:{value}\n" for name, value in headers) == expected["canonicalHeaders"]
        assert ";".join(name for name, _ in headers) == expected["signedHeaders"]
        canonical = sauthc1.canonical_request(vector["method"], path, query, headers, body)
        assert canonical == expected["canonicalRequest"]
        assert canonical.endswith(expected["bodySha256"])
        assert hashlib.sha256(canonical.encode()).hexdigest() == expected["canonicalRequestSha256"]

    @EXAMPLES
    def test_every_step_of_the_signature_matches_the_vector(self, vector: dict[str, Any]) -> None:
        expected, timestamp, nonce = vector["expected"], vector["timestamp"], vector["nonce"]

        request_id = sauthc1.sauthc1_id(vector["apiKeyId"], timestamp, nonce)
        text = sauthc1.string_to_sign(timestamp, request_id, expected["canonicalRequest"])
        keys = sauthc1.key_chain(vector["apiKeySecret"], timestamp[:8], nonce)

        assert request_id == expected["sauthc1Id"]
        assert text == expected["stringToSign"]
        names = ("kSecretHex", "kDateHex", "kNonceHex", "kSigningHex")
        assert [key.hex() for key in keys] == [expected[name] for name in names]
        assert sauthc1.signature_of(keys[-1], text) == expected["signature"]

    @EXAMPLES
    def test_the_sent_headers_match_the_vector(self, vector: dict[str, Any]) -> None:
        signed = sauthc1.sign(
            vector["method"],
            vector["url"],
            pairs(vector),
            vector["body"].encode(),
            key_id=vector["apiKeyId"],
            secret=vector["apiKeySecret"],
            timestamp=vector["timestamp"],
            nonce=vector["nonce"],
        )

        assert signed["Authorization"] == vector["expected"]["authorization"]
        sent = {name: value for name, value in vector["expected"]["requestHeaders"]}
        assert signed.items() <= sent.items()

    @pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
    def test_the_verifier_decides_as_documented(self, case: dict[str, Any]) -> None:
        base = VECTORS[case["base"]]
        known_keys = {base["apiKeyId"]: base["apiKeySecret"]}
        headers = {name.lower(): value for name, value in case["headers"]}
        path, _, query = case["target"].partition("?")
        now = datetime.strptime(case["serverTime"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()

        def accepted() -> bool:
            try:
                header = sauthc1.parse(headers["authorization"])
                secret = known_keys[header.key_id]
                sauthc1.verify(
                    header, secret, case["method"], path, query, headers, case["body"].encode(), now=now
                )
            except (sauthc1.Refused, KeyError):
                return False
            return True

        assert accepted() == (case["expect"] == "accept")


class TestTheHeader:
    GOOD = (
        "SAuthc1 sauthc1Id=KEY/20170215/nonce/sauthc1_request, sauthc1SignedHeaders=host;x-stormpath-date, "
        "sauthc1Signature=" + "0a" * 32
    )

    def test_the_header_is_parsed_into_its_parts(self) -> None:
        header = sauthc1.parse(self.GOOD.replace("0a" * 32, "0A" * 32))

        assert header == ("KEY", "20170215", "nonce", ("host", "x-stormpath-date"), "0a" * 32)

    def test_a_key_id_may_hold_slashes(self) -> None:
        assert sauthc1.parse(self.GOOD.replace("KEY", "a/b")).key_id == "a/b"

    @pytest.mark.parametrize(
        "damage",
        [
            lambda good: "Basic" + good[7:],
            lambda good: good.lower(),
            lambda good: good.replace("KEY", ""),
            lambda good: good.replace("KEY", "K Y"),
            lambda good: good.replace("20170215", "2017021"),
            lambda good: good.replace("20170215", "\uff12\uff10170215"),
            lambda good: good.replace("sauthc1_request", "sauthc2_request"),
            lambda good: good.replace(", ", ","),
            lambda good: good.replace("host;", "host;host;"),
            lambda good: good.replace("host;", "Host;"),
            lambda good: good.replace("host;", ";"),
            lambda good: good.replace("host;", ""),
            lambda good: good.replace(";x-stormpath-date", ""),
            lambda good: good[:-1],
            lambda good: good + "0",
            lambda good: good[:-1] + "g",
            lambda good: good + "\n",
            lambda good: "",
        ],
    )
    def test_any_deviation_from_the_grammar_is_refused(self, damage: Callable[[str], str]) -> None:
        with pytest.raises(sauthc1.Refused):
            sauthc1.parse(damage(self.GOOD))


class TestTheTime:
    @pytest.mark.parametrize("seconds", [-900, 0, 900])
    def test_a_difference_of_fifteen_minutes_is_allowed(self, seconds: int) -> None:
        check("GET", "/v1/x", sign("GET", "http://localhost/v1/x"), now=NOW + seconds)

    @pytest.mark.parametrize("seconds", [-901, 901])
    def test_a_larger_difference_is_refused(self, seconds: int) -> None:
        with pytest.raises(sauthc1.Refused, match="too far"):
            check("GET", "/v1/x", sign("GET", "http://localhost/v1/x"), now=NOW + seconds)

    def test_the_limit_can_be_changed(self) -> None:
        with pytest.raises(sauthc1.Refused, match="too far"):
            check("GET", "/v1/x", sign("GET", "http://localhost/v1/x"), now=NOW + 61, limit=60)

    @pytest.mark.parametrize(
        "date", ["", "yesterday", "20170215T083045", "20170215T253045Z", "\uff120170215T083045Z"]
    )
    def test_an_invalid_date_is_refused(self, date: str) -> None:
        headers = {**sign("GET", "http://localhost/v1/x"), "x-stormpath-date": date}

        with pytest.raises(sauthc1.Refused):
            check("GET", "/v1/x", headers)

    def test_different_days_in_id_and_header_are_refused(self) -> None:
        yesterday = "20170214T235959Z"
        headers = {**sign("GET", "http://localhost/v1/x"), "x-stormpath-date": yesterday}
        header = sauthc1.parse(headers["authorization"])
        covered = [(name, headers[name]) for name in header.signed_headers]
        canonical = sauthc1.canonical_request("GET", "/v1/x", "", covered, b"")
        request_id = sauthc1.sauthc1_id("KEY", "20170215T", header.nonce)
        text = sauthc1.string_to_sign(yesterday, request_id, canonical)
        key = sauthc1.key_chain(SECRET, header.date, header.nonce)[-1]
        headers["authorization"] = headers["authorization"].replace(
            header.signature, sauthc1.signature_of(key, text)
        )

        with pytest.raises(sauthc1.Refused, match="different days"):
            check("GET", "/v1/x", headers, now=1487116800.0)


def signed_by_another_family(path: str, query: str, target: str) -> dict[str, str]:
    """Sign a target through a canonical path and query that differ from those of this SDK."""
    url = "http://localhost" + target
    headers = sign("GET", url)
    ours = sauthc1.parse(headers["authorization"])
    covered = [(name, headers[name]) for name in ours.signed_headers]
    canonical = sauthc1.canonical_request("GET", path, query, covered, b"")
    request_id = sauthc1.sauthc1_id("KEY", headers["x-stormpath-date"], ours.nonce)
    text = sauthc1.string_to_sign(headers["x-stormpath-date"], request_id, canonical)
    key = sauthc1.key_chain(SECRET, ours.date, ours.nonce)[-1]
    theirs = sauthc1.signature_of(key, text)
    return {**headers, "authorization": headers["authorization"].replace(ours.signature, theirs)}


class TestOtherClientFamilies:
    def test_a_client_that_decodes_and_encodes_again_is_accepted(self) -> None:
        target = "/v1/x/a+b%2fc'(d)?q=*joe*+b&name=%7Ebob&a=1&flag"

        headers = signed_by_another_family(
            "/v1/x/a%2Bb/c%27%28d%29", "a=1&flag=&name=~bob&q=%2Ajoe%2A%20b", target
        )

        check("GET", target, headers)

    def test_parameters_are_sorted_by_decoded_name_and_then_value(self) -> None:
        target = "/v1/x?a%5Bx%5D=3&ab=1&a=2&a=1"

        headers = signed_by_another_family("/v1/x", "a=1&a=2&a%5Bx%5D=3&ab=1", target)

        check("GET", target, headers)

    def test_the_first_python_sdk_may_omit_parameters_of_the_last_segment(self) -> None:
        target = "/v1/a;b/c;d=1?x=2"
        headers = signed_by_another_family("/v1/a;b/c", "x=2", target)

        check("GET", target, headers)

        with pytest.raises(sauthc1.Refused):
            check("GET", target, headers, old_python_clients=False)

    def test_a_mix_of_two_spellings_is_refused(self) -> None:
        target = "/v1/x/a%2fb?q=%28"

        headers = signed_by_another_family("/v1/x/a/b", "q=(", target)

        with pytest.raises(sauthc1.Refused):
            check("GET", target, headers)

    @pytest.mark.parametrize("target", ["/v1/\ud800", "/v1/x?a=\ud800", "/v1/x?李=1&é=%ff"])
    def test_targets_that_are_not_ascii_are_refused(self, target: str) -> None:
        headers = sign("GET", "http://localhost/v1/x")

        with pytest.raises(sauthc1.Refused):
            check("GET", target, headers)


class TestOtherAddresses:
    """A signature for another address of the service than the one at which it was received."""

    SIGNED = "http://id.example.com/users/v1/x?a=*"
    NAMED = (("other.example.com", "/v1/x"), ("id.example.com", "/users/v1/x"))

    def received(self, **changed: str) -> dict[str, str]:
        return {**sign("GET", self.SIGNED), "host": "backend:8080", **changed}

    def test_a_signature_for_a_named_address_is_accepted(self) -> None:
        check("GET", "/v1/x?a=*", self.received(), addresses=self.NAMED)

    @pytest.mark.parametrize(
        "named", [(), (("id.example.com", "/v1/x"),), (("backend:8080", "/users/v1/x"),), NAMED[:1]]
    )
    def test_host_and_path_must_both_be_those_that_were_signed(
        self, named: tuple[tuple[str, str], ...]
    ) -> None:
        with pytest.raises(sauthc1.Refused, match="does not match"):
            check("GET", "/v1/x?a=*", self.received(), addresses=named)

    def test_all_else_must_be_as_it_was_signed(self) -> None:
        with pytest.raises(sauthc1.Refused, match="does not match"):
            check("GET", "/v1/x?a=*", self.received(accept="text/html"), addresses=self.NAMED)

    def test_other_client_families_are_accepted_there_too(self) -> None:
        theirs = signed_by_another_family("/users/v1/a%40b", "q=%2A", "/users/v1/a@b?q=*")
        received = {**theirs, "host": "backend:8080"}

        check("GET", "/v1/a@b?q=*", received, addresses=[("localhost", "/users/v1/a@b")])

    def test_no_other_address_is_looked_at_when_the_first_one_matches(self) -> None:
        def never() -> Iterator[tuple[str, str]]:
            raise AssertionError
            yield

        check("GET", "/v1/x", sign("GET", "http://localhost/v1/x"), addresses=never())


def test_headers_that_are_signed_and_missing_are_named() -> None:
    received = sign("GET", "http://localhost/v1/x", headers={**HEADERS, "X-Odd": "1", "A secret?": "2"})
    names = ("accept", "host", "user-agent", "x-odd", "x-stormpath-date", "a secret?")
    header = sauthc1.Sauthc1Header("KEY", "20170215", "nonce", names, "0" * 64)
    kept = {name: received[name] for name in ("accept", "host", "x-stormpath-date")}

    with pytest.raises(sauthc1.Refused, match=r"signed headers are absent: user-agent,x-odd$"):
        sauthc1.verify(header, SECRET, "GET", "/v1/x", "", kept, b"", now=NOW)


METHODS = st.sampled_from(["GET", "POST", "DELETE"])
SEGMENTS = st.text("abcXYZ019-._~+*;,:@!$'()", min_size=1, max_size=12)
PATHS = st.lists(SEGMENTS, min_size=1, max_size=4).map(lambda segments: "/v1/" + "/".join(segments))
QUERIES = st.lists(st.tuples(SEGMENTS, SEGMENTS), max_size=4).map(
    lambda ps: "&".join(f"{n}={v}" for n, v in ps)
)
BODIES = st.binary(max_size=60)
PLAIN = st.text("abcdefgh0123456789", min_size=1, max_size=20)


class TestCoverage:
    @given(METHODS, PATHS, QUERIES, BODIES, st.text(st.characters(min_codepoint=32, max_codepoint=255)))
    def test_a_signed_request_verifies(
        self, method: str, path: str, query: str, body: bytes, agent: str
    ) -> None:
        target = path + (f"?{query}" if query else "")

        headers = sign(method, "https://id.example.com" + target, body, {**HEADERS, "User-Agent": agent})

        check(method, target, headers, body)

    @given(st.data(), METHODS, PLAIN, PLAIN, PLAIN, PLAIN)
    def test_a_request_with_one_character_changed_is_refused(
        self, data: st.DataObject, method: str, path: str, query: str, body: str, agent: str
    ) -> None:
        request = {"method": method, "path": path, "query": query, "body": body, "agent": agent}
        part = data.draw(st.sampled_from(sorted(request)), "changed part")
        at = data.draw(st.integers(0, len(request[part]) - 1), "position")
        url = f"https://id.example.com/v1/{path}?{query}"
        headers = sign(method, url, body.encode(), {**HEADERS, "User-Agent": agent})

        changed = chr(ord(request[part][at]) ^ 1)
        request[part] = request[part][:at] + changed + request[part][at + 1 :]

        target = f"/v1/{request['path']}?{request['query']}"
        headers["user-agent"] = request["agent"]
        with pytest.raises(sauthc1.Refused):
            check(request["method"], target, headers, request["body"].encode())

    def test_another_secret_is_refused(self) -> None:
        headers = sign("GET", "http://localhost/v1/x")

        with pytest.raises(sauthc1.Refused, match="does not match"):
            sauthc1.verify(
                sauthc1.parse(headers["authorization"]), "other", "GET", "/v1/x", "", headers, b"", now=NOW
            )

    def test_unsigned_headers_may_be_added_or_changed(self) -> None:
        headers = sign(
            "GET", "http://localhost/v1/x", headers={**HEADERS, "Content-Length": "0", "Connection": "close"}
        )

        check("GET", "/v1/x", {**headers, "content-length": "7", "connection": "keep-alive", "via": "proxy"})

    def test_several_values_of_one_header_are_joined(self) -> None:
        headers = sauthc1.headers_to_sign([("X-A", "1"), ("x-a", "2"), ("Accept", "*/*")])

        assert headers == [("accept", "*/*"), ("x-a", "1,2")]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://LOCALHOST:80/", "localhost"),
        ("https://localhost:8443/", "localhost:8443"),
        ("http://[::1]:8080/v1", "[::1]:8080"),
        ("http://[::1]/v1", "[::1]"),
    ],
)
def test_the_host_includes_its_port_unless_it_is_the_default(url: str, host: str) -> None:
    assert sauthc1.host_value(url) == host
