"""Token objects: what they tell of a token, and when they ask the service."""

from __future__ import annotations

import copy
import json
import pickle
import time
from typing import Any

import pytest

from stormpath.api_auth import (
    AccessToken,
    ApiAuthenticationResult,
    ApiRequestAuthenticator,
    PasswordAuthenticationResult,
    RefreshToken,
    Token,
)
from stormpath.error import Error
from stormpath.resources import ApiKey, Application
from unit.api_auth.world import ACCOUNT, EXPIRY, KEY, World
from unit.resources.exchange import BASE, Exchange


class TestReading:
    @pytest.mark.parametrize("kind", [Token, AccessToken, RefreshToken])
    def test_the_token_of_an_account(self, world: World, exchange: Exchange, kind: type[Token]) -> None:
        text = world.token(scope="read write")
        token = kind(world.app, text)

        assert (token.app, token.token, token.token_scopes) == (world.app, text, [])
        assert (token.client_id, token.exp, token.scopes) == (ACCOUNT, EXPIRY, ["read", "write"])
        assert exchange.count == 0
        assert (token.account.username, token.api_key, token.for_api_key) == ("a1", None, False)
        assert exchange.lines == ["GET /accounts/a1"]

    def test_the_token_of_a_key(self, world: World, exchange: Exchange) -> None:
        token = AccessToken(world.app, world.token(sub=KEY.id))

        assert (token.account, token.for_api_key, token.client_id) == (None, True, KEY.id)
        assert exchange.count == 0
        assert isinstance(token.api_key, ApiKey)
        assert exchange.lines == ["GET /applications/p1/apiKeys"]

    def test_a_subject_that_is_gone(self, world: World) -> None:
        assert AccessToken(world.app, world.token(sub="GONE")).api_key is False
        gone = AccessToken(world.app, world.token(sub=f"{BASE}/accounts/gone"))
        assert (gone.account, gone.api_key, gone.for_api_key) == (None, None, True)

    def test_a_cached_key_that_another_process_has_deleted(self, world: World) -> None:
        text = world.token(sub=KEY.id)
        assert AccessToken(world.app, text).api_key
        world.forget_key()
        world.client.data_store.uncache_resource(f"/apiKeys/{KEY.id}")

        assert AccessToken(world.app, text).api_key is False

    def test_a_failing_service_is_an_error(self, world: World) -> None:
        def fail(query: Any, data: Any) -> Any:
            raise Error({"status": 503})

        world.exchange.answers("GET", "/accounts/a1", fail)
        with pytest.raises(Error):
            AccessToken(world.app, world.token()).account

    def test_missing_claims(self, world: World, exchange: Exchange) -> None:
        token = AccessToken(world.app, world.token(sub=None, exp=None))

        assert (token.client_id, token.exp, token.scopes) == (None, 0, [""])
        assert (token.account, token.api_key) == (None, False)
        assert exchange.count == 0

    def test_bytes_become_text(self, world: World) -> None:
        text = world.token()
        assert AccessToken(world.app, text.encode()).token == text  # type: ignore[arg-type]

    @pytest.mark.parametrize("text", ["", "e.y.j", "é", "a" * 9000, None, 5])
    def test_what_is_no_token_says_nothing(self, app: Application, exchange: Exchange, text: Any) -> None:
        token = AccessToken(app, text)

        assert (token.app, token.token, token.token_scopes) == (app, text, [])
        assert (token.account, token.api_key, token.for_api_key) == (None, None, True)
        for name in ("client_id", "exp", "scopes"):
            assert not hasattr(token, name)
        with pytest.raises(AttributeError):
            token.to_json()
        assert exchange.count == 0


class TestTexts:
    def test_str_is_the_token_and_repr_is_not(self, world: World) -> None:
        token = AccessToken(world.app, world.token())

        assert str(token) == f"{token}" == token.token
        assert repr(token) == f"<AccessToken of {ACCOUNT}>"
        assert str(AccessToken(world.app, None)) == ""
        assert token.token not in repr([token])

    @pytest.mark.parametrize(
        ("kind", "name"), [(AccessToken, "access_token"), (RefreshToken, "refresh_token")]
    )
    def test_json_is_the_answer_to_a_token_request(self, world: World, kind: type[Token], name: str) -> None:
        text = world.token(exp=int(time.time()) + 100, scope="a b")
        found = json.loads(kind(world.app, text).to_json())

        assert 98 <= found.pop("expires_in") <= 100
        assert found == {name: text, "scope": "a b", "token_type": "jwt-bearer"}

    def test_an_expired_token_expires_in_no_time(self, world: World) -> None:
        token = AccessToken(world.app, world.token(exp=1))
        assert json.loads(token.to_json())["expires_in"] == 0


class TestSecrecy:
    def test_a_token_is_copied_and_not_pickled(self, world: World) -> None:
        token = AccessToken(world.app, world.token())

        assert copy.copy(token) is copy.deepcopy(token) is token
        with pytest.raises(TypeError, match=r"store str\(token\)"):
            pickle.dumps(token)

    def test_results_are_pickled_without_a_credential_or_not_at_all(self, world: World) -> None:
        authenticate = ApiRequestAuthenticator(world.app).authenticate
        pickled = pickle.dumps(authenticate(KEY.headers()))

        assert KEY.secret.encode() not in pickled
        assert world.client.auth.secret.encode() not in pickled
        assert pickle.loads(pickled).account.href == ACCOUNT  # noqa: S301 - made here
        with pytest.raises(TypeError, match="A token is a credential"):
            pickle.dumps(authenticate(world.bearer()))

    def test_no_secret_is_in_the_repr_of_a_result(self, world: World) -> None:
        text = world.token()
        token = AccessToken(world.app, text)
        key = ApiRequestAuthenticator(world.app).authenticate(KEY.headers()).api_key
        results = [
            ApiAuthenticationResult(None, key, token),
            PasswordAuthenticationResult(world.app, f"{BASE}/accessTokens/t", text, 60, "Bearer", text),
        ]

        assert text not in repr(results)
        assert KEY.secret not in repr(results)


class TestLoginResult:
    def test_a_login_gives_an_access_token(self, world: World, exchange: Exchange) -> None:
        exchange.answers("POST", "/applications/p1/loginAttempts", {"account": {"href": ACCOUNT}})
        result = world.app.authenticate_account("a1", "x")
        exchange.clear()
        token = result.get_access_token()

        assert type(token) is AccessToken
        assert (token.client_id, token.app) == (ACCOUNT, world.app)
        assert exchange.count == 0
        assert ApiRequestAuthenticator(world.app).authenticate({"Authorization": f"Bearer {token}"})
        given = result.get_access_token(world.token(scope="x"))
        assert given.scopes == ["x"]
        answer = json.loads(result.get_access_token_response(given.token))
        assert answer == json.loads(given.to_json())
        assert 3598 <= json.loads(result.get_access_token_response())["expires_in"] <= 3600

    def test_without_its_application_there_is_none(self, world: World, exchange: Exchange) -> None:
        exchange.answers("POST", "/applications/p1/loginAttempts", {"account": {"href": ACCOUNT}})
        result = world.app.login_attempts.basic_auth("a1", "x", None)

        for call in (result.get_access_token, result.get_access_token_response):
            for given in ((), (world.token(),)):
                with pytest.raises(ValueError, match="application"):
                    call(*given)
