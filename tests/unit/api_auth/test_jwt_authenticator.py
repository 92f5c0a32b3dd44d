"""The validation of access tokens by the service, and here."""

from __future__ import annotations

from typing import Any

import pytest

from stormpath.api_auth import AccessToken, JwtAuthenticator
from stormpath.error import Error
from stormpath.resources import AuthToken, Expansion
from unit.api_auth.world import ACCOUNT, World
from unit.resources.exchange import Exchange, link


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
    def test_a_valid_token_is_one_request_for_its_subject_and_then_none(
        self, world: World, exchange: Exchange, form: Any
    ) -> None:
        for _ in range(2):
            found = JwtAuthenticator(world.app).authenticate(form(world.token()), local_validation=True)
            assert type(found) is AccessToken
            assert found.account.href == ACCOUNT
        assert exchange.lines == ["GET /accounts/a1"]

    def test_a_token_of_the_service_is_accepted(self, world: World) -> None:
        headers = {"kid": world.client.auth.id, "stt": "access"}
        assert JwtAuthenticator(world.app).authenticate(world.token(headers, rti="r1"), True)

    def test_a_disabled_account_is_none(self, world: World) -> None:
        world.account["status"] = "DISABLED"
        assert JwtAuthenticator(world.app).authenticate(world.token(), True) is None

    def test_a_failing_service_is_none(self, world: World, exchange: Exchange) -> None:
        def fail(query: Any, data: Any) -> Any:
            raise Error({"status": 503})

        exchange.answers("GET", "/accounts/a1", fail)
        assert JwtAuthenticator(world.app).authenticate(world.token(), True) is None
