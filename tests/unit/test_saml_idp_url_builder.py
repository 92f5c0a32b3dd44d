"""The address that begins a login by SAML."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from stormpath.saml import SamlIdpUrlBuilder
from unit.resources.exchange import BASE, Exchange, StubClient, link

ENDPOINT = f"{BASE}/applications/p1/saml/sso/idpRedirect"


@pytest.fixture
def exchange() -> Exchange:
    exchange = Exchange()
    provider = {"ssoInitiationEndpoint": {"href": ENDPOINT}}
    exchange.holds("/applications/p1", name="P", samlPolicy=link("/samlPolicies/p1"))

    def policy(query: Any, data: Any) -> dict[str, Any]:
        reference = link("/samlServiceProviders/p1")
        expanded = {**reference, **provider} if query.get("expand") == "serviceProvider" else reference
        return {**link("/samlPolicies/p1"), "serviceProvider": expanded}

    exchange.answers("GET", "/samlPolicies/p1", policy)
    exchange.holds("/samlServiceProviders/p1", **provider)
    return exchange


@pytest.fixture
def client(exchange: Exchange) -> StubClient:
    return StubClient(exchange)


@pytest.fixture
def builder(client: StubClient) -> SamlIdpUrlBuilder:
    return SamlIdpUrlBuilder(client.applications.get("p1"))


def token_of(url: str) -> str:
    (token,) = parse_qs(urlsplit(url).query, strict_parsing=True)["accessToken"]
    return token


def claims_of(client: StubClient, url: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token_of(url), client.auth.secret, algorithms=["HS256"])
    return claims


def test_the_address_is_the_endpoint_with_a_signed_token(
    client: StubClient, builder: SamlIdpUrlBuilder
) -> None:
    before = int(time.time())
    url = builder.build()
    claims = claims_of(client, url)

    assert url == f"{ENDPOINT}?accessToken={token_of(url)}"
    assert jwt.get_unverified_header(token_of(url)) == {"alg": "HS256", "typ": "JWT", "kid": client.auth.id}
    assert set(claims) == {"iat", "jti", "iss"}
    assert claims["iss"] == client.auth.id
    assert before <= claims["iat"] <= time.time()
    assert len(claims["jti"]) == 32
    int(claims["jti"], 16)
    assert claims_of(client, builder.build())["jti"] != claims["jti"]


def test_the_options_become_claims(client: StubClient, builder: SamlIdpUrlBuilder) -> None:
    options = {"cb_uri": "https://app.example.com/cb?a=b", "ash": f"{BASE}/directories/d1", "onk": "acme",
               "state": "s&t"}  # fmt: skip
    claims = claims_of(client, builder.build({**options, "sub": "forged", "iss": "forged"}))

    assert {name: claims[name] for name in options} == options
    assert "sub" not in claims
    assert claims["iss"] == client.auth.id


def test_an_option_may_be_a_resource_or_none(client: StubClient, builder: SamlIdpUrlBuilder) -> None:
    claims = claims_of(client, builder.build({"ash": client.directories.get("d1"), "state": None}))

    assert claims["ash"] == f"{BASE}/directories/d1"
    assert "state" not in claims


def test_the_first_address_costs_two_requests_and_the_next_none(
    builder: SamlIdpUrlBuilder, exchange: Exchange
) -> None:
    builder.build()
    builder.build()

    assert exchange.lines == ["GET /applications/p1", "GET /samlPolicies/p1"]


def test_a_loaded_application_saves_one(client: StubClient, exchange: Exchange) -> None:
    app = client.applications.get("p1")
    app.name
    exchange.clear()
    SamlIdpUrlBuilder(app).build()

    assert exchange.lines == ["GET /samlPolicies/p1"]


def test_an_endpoint_may_have_a_query(client: StubClient, exchange: Exchange) -> None:
    endpoint = {"href": f"{ENDPOINT}?x=1"}
    provider = {**link("/samlServiceProviders/p1"), "ssoInitiationEndpoint": endpoint}
    exchange.answers("GET", "/samlPolicies/p1", {**link("/samlPolicies/p1"), "serviceProvider": provider})

    url = SamlIdpUrlBuilder(client.applications.get("p1")).build()

    assert url.startswith(f"{ENDPOINT}?x=1&accessToken=ey")


def test_the_secret_is_not_printed(client: StubClient, builder: SamlIdpUrlBuilder) -> None:
    assert client.auth.secret not in f"{builder!r}{builder.build()}"
