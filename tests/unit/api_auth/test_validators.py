"""The validators: HTTP Basic, and the hooks of oauthlib."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest

from stormpath.api_auth import DummyRequest, SPBasicAuthRequestValidator, SPOauth2RequestValidator
from stormpath.api_auth.lookups import UnknownKeys
from stormpath.resources import Application
from unit.api_auth.world import ACCOUNT, KEY, World
from unit.resources.exchange import Exchange


class TestBasic:
    def test_a_key_is_extracted_and_verified(self, app: Application, basic: dict[str, str]) -> None:
        validator = SPBasicAuthRequestValidator(app, basic)

        assert validator.extract_client_data() == (KEY.id, KEY.secret)
        is_valid, request = validator.verify_request()
        assert is_valid is True
        assert type(request) is DummyRequest
        assert (request.api_key.id, request.client_id) == (KEY.id, KEY.id)

    @pytest.mark.parametrize(
        "headers",
        [{}, {"Authorization": "Basic %"}, {"Authorization": "Bearer e.y.j"}, {"Authorization": "Basic"}],
    )
    def test_other_headers_have_no_key_and_cost_no_request(
        self, app: Application, exchange: Exchange, headers: dict[str, str]
    ) -> None:
        validator = SPBasicAuthRequestValidator(app, headers)

        assert validator.extract_client_data() == (None, None)
        is_valid, request = validator.verify_request()
        assert (is_valid, request.api_key, request.client_id) == (False, None, None)
        assert exchange.count == 0

    def test_a_disabled_key_is_not_given_out(self, world: World, basic: dict[str, str]) -> None:
        world.key["status"] = "DISABLED"
        is_valid, request = SPBasicAuthRequestValidator(world.app, basic).verify_request()

        assert (is_valid, request.api_key) == (False, None)


class TestHooks:
    @pytest.fixture
    def hooks(self, app: Application) -> SPOauth2RequestValidator:
        return SPOauth2RequestValidator(app, ["read", "write"], 60)

    def test_a_client_is_authenticated_by_its_key(self, hooks: Any, basic: dict[str, str]) -> None:
        request = SimpleNamespace(headers=basic)

        assert hooks.authenticate_client(request) is True
        assert (request.client.client_id, request.api_key.id) == (KEY.id, KEY.id)
        assert hooks.authenticate_client(SimpleNamespace(headers={})) is False
        assert hooks.authenticate_client_id(KEY.id, request) is False

    def test_ids_grant_types_and_scopes_are_validated(self, hooks: Any) -> None:
        assert hooks.validate_client_id(KEY.id, None) is True
        assert hooks.validate_client_id("OTHER", None) is False
        assert hooks.validate_grant_type(KEY.id, "client_credentials", None, None) is True
        assert hooks.validate_grant_type(KEY.id, "password", None, None) is False
        assert hooks.validate_scopes(KEY.id, ["read"], None, None) is True
        assert hooks.validate_scopes(KEY.id, ["read", "admin"], None, None) is False
        assert hooks.get_default_scopes(KEY.id, None) == []
        assert (hooks.allowed_scopes, hooks.ttl) == (["read", "write"], 60)

    def test_a_bearer_token_is_validated(self, world: World, hooks: Any) -> None:
        request = SimpleNamespace()
        token = world.token(scope="read")

        assert hooks.validate_bearer_token(token, ["read"], request) is True
        assert (request.account.href, request.api_key, request.access_token.token) == (ACCOUNT, None, token)
        assert hooks.validate_bearer_token(token, ["write"], SimpleNamespace()) is False
        assert hooks.validate_bearer_token(None, [], SimpleNamespace()) is False

    def test_nothing_is_stored(self, hooks: Any, exchange: Exchange) -> None:
        assert hooks.save_bearer_token({"access_token": "x"}, None) is None
        assert hooks.save_token({"access_token": "x"}, None) is None
        assert exchange.count == 0

    def test_without_an_application_nothing_is_valid(self, world: World, basic: dict[str, str]) -> None:
        hooks = SPOauth2RequestValidator()

        assert hooks.authenticate_client(SimpleNamespace(headers=basic)) is False
        assert hooks.validate_client_id(KEY.id, None) is False
        assert hooks.validate_bearer_token(world.token(), [], SimpleNamespace()) is False
        assert (hooks.allowed_scopes, hooks.ttl) == ([], 3600)


class TestUnknownKeys:
    def test_an_id_is_remembered_for_a_while(self) -> None:
        unknown, forgetful = UnknownKeys(), UnknownKeys(forget_after=0)
        for each in (unknown, forgetful):
            each.add("/applications/p1", "ID")

        assert unknown.has("/applications/p1", "ID")
        assert not unknown.has("/applications/p2", "ID")
        assert not forgetful.has("/applications/p1", "ID")

    def test_strangers_cannot_make_it_grow(self) -> None:
        unknown = UnknownKeys(most=10)
        for number in range(1000):
            unknown.add("/applications/p1", str(number))

        assert len(unknown) <= 10

    def test_threads_cannot_make_it_grow_together(self) -> None:
        unknown, threads = UnknownKeys(most=10), 8
        start = Barrier(threads)

        def ask(thread: int) -> int:
            start.wait()
            sizes = []
            for number in range(500):
                unknown.add("/applications/p1", f"{thread}-{number}")
                sizes.append(len(unknown))
            return max(sizes)

        with ThreadPoolExecutor(threads) as pool:
            assert max(pool.map(ask, range(threads))) <= 10 + threads
