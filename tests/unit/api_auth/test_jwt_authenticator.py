"""The validation of access tokens by the service, and here."""

from __future__ import annotations

import time
from typing import Any

import jwt
import pytest

from stormpath.api_auth import AccessToken, ApiRequestAuthenticator, JwtAuthenticator
from stormpath.base_url import BaseUrl
from stormpath.error import Error
from stormpath.resources import AuthToken, Expansion
from unit.api_auth.world import ACCOUNT, EXPIRY, KEY, World
from unit.resources.exchange import BASE, Exchange, link

PUBLIC = "https://users.example.com/api/v1"


class Holder:
    def __init__(self, token: Any) -> None:
        self.token = token


class TestByTheService:
    @pytest.fixture
    def text(self, world: World, exchange: Exchange) -> str:
        text = world.token()
        stored = {**link("/accessTokens/t1"), "jwt": text, "account": link("/accounts/a1")}
        exchange.answers("GET", f"/applications/p1/authTokens/{text}", stored)
        return text

    @pytest.mark.parametrize("form", [str, str.encode, Holder])
    def test_a_valid_token_is_one_request(
        self, world: World, exchange: Exchange, text: str, form: Any
    ) -> None:
        found = JwtAuthenticator(world.app).authenticate(form(text))

        assert type(found) is AuthToken
        assert (found.account.href, found.href) == (ACCOUNT, f"{world.client.BASE_URL}/accessTokens/t1")
        assert exchange.requests == [("GET", f"/applications/p1/authTokens/{text}", {}, None)]

    def test_it_can_be_expanded(self, world: World, exchange: Exchange, text: str) -> None:
        JwtAuthenticator(world.app).authenticate(text, expand=Expansion("account"))

        assert exchange.last[2] == {"expand": "account"}

    def test_the_answer_is_not_cached(self, world: World, exchange: Exchange, text: str) -> None:
        for _ in range(2):
            assert JwtAuthenticator(world.app).authenticate(text)
        assert exchange.count == 2

    @pytest.mark.parametrize("status", [400, 404, 500, -1])
    def test_a_refused_token_is_none(self, world: World, exchange: Exchange, status: int) -> None:
        def refuse(query: Any, data: Any) -> Any:
            raise Error({"status": status, "code": 10011})

        exchange.answers("GET", "/applications/p1/authTokens/e.y.j", refuse)
        assert JwtAuthenticator(world.app).authenticate("e.y.j") is None

    @pytest.mark.parametrize("token", [None, "", "a" * 9000, "é", 5, Holder(None)])
    def test_what_is_no_token_is_none_without_a_request(
        self, world: World, exchange: Exchange, token: Any
    ) -> None:
        for is_local in (False, True):
            assert JwtAuthenticator(world.app).authenticate(token, is_local) is None
        assert exchange.count == 0


class TestHere:
    @pytest.mark.parametrize("form", [str, str.encode, Holder])
    def test_the_token_of_an_account_is_valid_without_a_request(
        self, world: World, exchange: Exchange, form: Any
    ) -> None:
        text = world.token(scope="read")
        found = JwtAuthenticator(world.app).authenticate(form(text), local_validation=True)

        assert type(found) is AccessToken
        assert (found.token, found.client_id, found.scopes) == (text, ACCOUNT, ["read"])
        assert found.api_key is None
        assert exchange.count == 0
        assert (found.account.href, found.for_api_key) == (ACCOUNT, False)
        assert exchange.lines == ["GET /accounts/a1"]

    def test_the_token_of_a_key_costs_one_request_and_then_none(
        self, world: World, exchange: Exchange
    ) -> None:
        for _ in range(2):
            found = JwtAuthenticator(world.app).authenticate(world.token(sub=KEY.id), local_validation=True)
            assert (found.api_key.id, found.account, found.for_api_key) == (KEY.id, None, True)
        assert exchange.lines == ["GET /applications/p1/apiKeys"]

    def test_a_token_of_the_service_is_accepted(self, world: World, exchange: Exchange) -> None:
        headers = {"kid": world.client.auth.id, "stt": "access"}
        assert JwtAuthenticator(world.app).authenticate(world.token(headers, rti="r1"), True)
        assert exchange.count == 0

    def test_what_became_of_the_account_is_not_seen(self, world: World) -> None:
        authenticate = JwtAuthenticator(world.app).authenticate
        world.account["status"] = "DISABLED"

        assert authenticate(world.token(), True).account.is_disabled()
        assert authenticate(world.token(sub=f"{BASE}/accounts/gone"), True).account is None

    @pytest.mark.parametrize("holder", ["key", "account"])
    def test_a_disabled_key_and_a_key_of_a_disabled_account_are_none(self, world: World, holder: str) -> None:
        getattr(world, holder)["status"] = "DISABLED"
        assert JwtAuthenticator(world.app).authenticate(world.token(sub=KEY.id), True) is None

    def test_a_key_of_another_application_is_none(self, world: World) -> None:
        world.keys.clear()
        assert JwtAuthenticator(world.app).authenticate(world.token(sub=KEY.id), True) is None

    def test_a_failing_service_is_none_only_where_it_is_needed(
        self, world: World, exchange: Exchange
    ) -> None:
        def fail(query: Any, data: Any) -> Any:
            raise Error({"status": 503})

        exchange.answers("GET", "/accounts/a1", fail)
        exchange.answers("GET", "/applications/p1/apiKeys", fail)
        authenticate = JwtAuthenticator(world.app).authenticate

        assert authenticate(world.token(), True)
        assert authenticate(world.token(sub=KEY.id), True) is None

    @pytest.mark.parametrize(("early", "is_valid"), [(1, True), (60, False)])
    def test_clocks_may_differ_by_two_seconds(self, world: World, early: int, is_valid: bool) -> None:
        then = int(time.time()) + early
        for token in (world.token(iat=then), world.token(nbf=then)):
            assert bool(JwtAuthenticator(world.app).authenticate(token, True)) is is_valid

    def test_a_token_is_decoded_once(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        decoded = []
        decode = jwt.decode_complete

        def record(token: str, *rest: Any, **options: Any) -> Any:
            decoded.append(token)
            return decode(token, *rest, **options)

        monkeypatch.setattr(jwt, "decode_complete", record)
        monkeypatch.setattr(jwt, "decode", None)
        text = world.token()

        found = JwtAuthenticator(world.app).authenticate(text, True)
        assert (found.exp, found.scopes) == (EXPIRY, [""])
        assert ApiRequestAuthenticator(world.app).authenticate({"Authorization": f"Bearer {text}"})
        assert decoded == [text, text]


class TestAliases:
    """The service writes its own base URL into tokens; the client reaches it by another one."""

    @pytest.fixture
    def world(self, exchange: Exchange) -> World:
        world = World(exchange)
        world.client.data_store._base = BaseUrl(BASE, [PUBLIC])
        return world

    def test_a_token_of_the_same_service_is_valid(self, world: World, exchange: Exchange) -> None:
        text = world.token(iss=f"{PUBLIC}/applications/p1", sub=f"{PUBLIC}/accounts/a1")
        found = JwtAuthenticator(world.app).authenticate(text, True)

        assert exchange.count == 0
        assert (found.account.href, found.client_id) == (ACCOUNT, f"{PUBLIC}/accounts/a1")
        of_request = ApiRequestAuthenticator(world.app).authenticate({"Authorization": f"Bearer {text}"})
        assert of_request.account.href == ACCOUNT
        assert AccessToken(world.app, text).account.href == ACCOUNT

    @pytest.mark.parametrize(
        "claims",
        [
            {"iss": f"{PUBLIC}/applications/p2"},
            {"iss": f"{PUBLIC}/applications/p1/"},
            {"iss": f"{PUBLIC}.evil.example/applications/p1"},
            {"iss": "/applications/p1"},
            {"iss": "https://elsewhere.example.com/v1/applications/p1"},
            {"sub": "https://elsewhere.example.com/v1/accounts/a1"},
            {"sub": f"{PUBLIC}/groups/a1"},
            {"sub": f"{PUBLIC}/accounts/../groups/a1"},
            {"sub": "/accounts/a1"},
        ],
    )
    def test_a_token_of_another_is_not(
        self, world: World, exchange: Exchange, claims: dict[str, Any]
    ) -> None:
        assert JwtAuthenticator(world.app).authenticate(world.token(**claims), True) is None
        assert exchange.count == 0
