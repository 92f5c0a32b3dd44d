"""Authenticators of requests: what each accepts, what it answers, and what that costs."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable
from http.client import HTTPMessage
from typing import Any
from wsgiref.headers import Headers as WsgirefHeaders

import jwt
import pytest
from django.http import QueryDict
from django.test import RequestFactory
from falcon.testing import create_req as falcon_request
from flask import Flask
from flask import request as flask_request
from requests.structures import CaseInsensitiveDict
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from stormpath.api_auth import (
    AccessToken,
    ApiAuthenticationResult,
    ApiRequestAuthenticator,
    BasicRequestAuthenticator,
    OAuthBearerRequestAuthenticator,
    OAuthClientCredentialsRequestAuthenticator,
    OAuthRequestAuthenticator,
    RequestAuthenticator,
)
from stormpath.error import Error
from stormpath.resources import Application
from support import django_settings
from unit.api_auth.world import ACCOUNT, APP, KEY, World
from unit.resources.exchange import Exchange

ALL = [
    ApiRequestAuthenticator,
    BasicRequestAuthenticator,
    OAuthBearerRequestAuthenticator,
    OAuthClientCredentialsRequestAuthenticator,
    OAuthRequestAuthenticator,
]
django_settings.configure()

GRANT = {"grant_type": "client_credentials"}


def of_flask(name: str, value: str) -> Any:
    with Flask("site").test_request_context(headers={name: value}):
        return flask_request.headers


def of_messages(name: str, value: str) -> Any:
    message = HTTPMessage()
    message[name] = value
    return message


# The headers of a request with one header, as each framework gives them.
HEADERS_OF: dict[str, Callable[[str, str], Any]] = {
    "a dictionary": lambda name, value: {"Host": "x", name: value},
    "pairs": lambda name, value: [("Host", "x"), (name, value)],
    "pairs of bytes, as in ASGI": lambda name, value: [(b"host", b"x"), (name.encode(), value.encode())],
    "environ of WSGI": lambda name, value: EnvironBuilder(headers=[(name, value)]).get_environ(),
    "Flask": of_flask,
    "Werkzeug": lambda name, value: Headers({name: value}),
    "Django, headers": lambda name, value: RequestFactory().get("/", headers={name: value}).headers,
    "Django, META": lambda name, value: RequestFactory().get("/", headers={name: value}).META,
    "Falcon": lambda name, value: falcon_request(headers={name: value}).headers,
    "requests": lambda name, value: CaseInsensitiveDict({name: value}),
    "http.server": of_messages,
    "wsgiref": lambda name, value: WsgirefHeaders([(name, value)]),
}


class TestAccepting:
    @pytest.mark.parametrize(
        ("kind", "accepted"),
        [
            (ApiRequestAuthenticator, "basic exchange bearer query form"),
            (BasicRequestAuthenticator, "basic exchange"),
            (OAuthBearerRequestAuthenticator, "bearer query form"),
            (OAuthClientCredentialsRequestAuthenticator, "exchange"),
            (OAuthRequestAuthenticator, "exchange bearer query form"),
        ],
    )
    def test_each_accepts_what_it_is_for(
        self, world: World, kind: type[RequestAuthenticator], accepted: str
    ) -> None:
        token = world.token()
        requests: dict[str, tuple[Any, ...]] = {
            "basic": (KEY.headers(),),
            "exchange": (KEY.headers(), "POST", "/token", GRANT),
            "bearer": (world.bearer(),),
            "query": ({}, "GET", f"/things?access_token={token}"),
            "form": ({}, "POST", "/things", {"access_token": token}),
            "nothing": ({},),
            "other scheme": ({"Authorization": "Digest abc"}, "POST", "/", {"access_token": token}),
        }

        found = {name for name, request in requests.items() if kind(world.app).authenticate(*request)}

        assert found == set(accepted.split())

    def test_the_grant_type_may_be_in_the_query(self, app: Application, basic: dict[str, str]) -> None:
        uri = "https://api.example.com/token?grant_type=client_credentials"
        result = OAuthClientCredentialsRequestAuthenticator(app).authenticate(basic, "POST", uri)

        assert result.token.client_id == KEY.id

    def test_the_query_comes_first_and_the_form_last(self, world: World) -> None:
        authenticate = ApiRequestAuthenticator(world.app).authenticate
        bad = {"Authorization": "Bearer e.y.j"}
        query = f"/?access_token={world.token()}"

        assert authenticate(bad, "POST", query).account.href == ACCOUNT
        assert authenticate(bad, "POST", "/", {"access_token": world.token()}) is None
        assert authenticate(KEY.headers(), "POST", "/", {"access_token": "e.y.j"}).api_key.id == KEY.id

    def test_a_subclass_says_what_it_accepts(self, world: World) -> None:
        class CookieAuthenticator(RequestAuthenticator):
            def _get_scheme_and_token(self, headers: Any, *rest: Any) -> tuple[str, str]:
                return "Bearer", headers["Cookie"].removeprefix("token=")

        headers = {"Cookie": f"token={world.token()}"}
        assert CookieAuthenticator(world.app).authenticate(headers).account.href == ACCOUNT


class TestHeaders:
    @pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION", b"authorization"])
    @pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", " Basic "])
    def test_names_and_schemes_are_of_any_letter_case(self, app: Application, name: Any, scheme: str) -> None:
        assert ApiRequestAuthenticator(app).authenticate(KEY.headers(name, scheme))

    def test_values_may_be_bytes(self, world: World) -> None:
        authenticate = ApiRequestAuthenticator(world.app).authenticate
        token = world.token().encode()

        assert authenticate({name: value.encode() for name, value in KEY.headers().items()})
        assert authenticate({b"Authorization": b"Bearer " + token})
        assert authenticate({}, b"GET", b"/?access_token=" + token)
        assert authenticate({}, body={"access_token": token})
        issued = authenticate(KEY.headers(), b"POST", b"/", {"grant_type": b"client_credentials"})
        assert issued.token

    @pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
    @pytest.mark.parametrize("of", HEADERS_OF.values(), ids=HEADERS_OF)
    def test_headers_of_every_framework_are_accepted(
        self, app: Application, exchange: Exchange, of: Callable[[str, str], Any], name: str
    ) -> None:
        authenticate = BasicRequestAuthenticator(app).authenticate
        (value,) = KEY.headers().values()

        assert authenticate(of(name, value)).api_key.id == KEY.id
        assert authenticate(of(name, value[:-4])) is None
        exchange.clear()
        assert authenticate(of("X-Authorization", value)) is None
        assert exchange.count == 0

    def test_a_view_of_flask_is_protected(self, app: Application) -> None:
        site = Flask("site")

        @site.post("/things")
        def things() -> Any:
            caller = ApiRequestAuthenticator(app).authenticate(
                flask_request.headers, flask_request.method, flask_request.url, flask_request.form
            )
            return (caller.account.username, 200) if caller else ("", 401)

        with site.test_client() as browser:
            assert browser.post("/things", headers=KEY.headers("authorization")).text == "a1"
            assert browser.post("/things", data={"x": "y"}).status_code == 401

    def test_forms_of_frameworks_are_accepted(self, world: World) -> None:
        data = {"grant_type": "client_credentials", "scope": "read"}
        with Flask("app").test_request_context(method="POST", data=data):
            forms = [flask_request.form, flask_request.values, {name: [each] for name, each in data.items()}]
            for form in [*forms, QueryDict("grant_type=client_credentials&scope=read")]:
                result = ApiRequestAuthenticator(world.app).authenticate(
                    KEY.headers(), "POST", flask_request.url, form, ["read"]
                )
                assert result.token.scopes == ["read"], type(form)

    def test_a_uri_may_hold_any_text(self, world: World) -> None:
        uri = "https://exämple.com/grüße?q=ü&access_token=" + world.token() + "#[x"
        assert ApiRequestAuthenticator(world.app).authenticate({}, "GET", uri)


class TestRefusing:
    @pytest.mark.parametrize("kind", ALL)
    @pytest.mark.parametrize(
        "authorization",
        [
            "", "Basic", "Basic ", "Bearer", "Bearer ", "Basic %", "Basic QQ", "Basic QTpi QTpi",
            "Basic " + b64encode(b"no colon").decode(), "Basic " + b64encode(b":secret").decode(),
            "Basic " + b64encode(b"id:").decode(), "Basic " + b64encode(b"\xff:\xff").decode(),
            "Basic " + b64encode(f"{KEY.id}:schlüssel".encode()).decode(), "Basic ü", b"Basic \xff",
            "Bearer a.b.c", "Bearer a b", b"Bearer \xff", 5, None, ["Basic x"],
        ],
    )  # fmt: skip
    def test_a_malformed_header_is_none(
        self, app: Application, kind: type[RequestAuthenticator], authorization: Any
    ) -> None:
        assert kind(app).authenticate({"Authorization": authorization}, "POST", "/", GRANT) is None

    @pytest.mark.parametrize("kind", ALL)
    @pytest.mark.parametrize("body", ["text", b"bytes", [("grant_type", "client_credentials")], 5])
    def test_a_body_that_is_no_mapping_is_none(
        self, app: Application, basic: dict[str, str], kind: type[RequestAuthenticator], body: Any
    ) -> None:
        assert kind(app).authenticate(basic, "POST", "/", body) is None

    def test_no_headers_are_none(self, app: Application) -> None:
        assert ApiRequestAuthenticator(app).authenticate(None) is None

    @pytest.mark.parametrize(
        "headers", ["Authorization", 5, [("Authorization",)], [5], [("a", "b", "c")], True]
    )
    def test_headers_that_are_no_mapping_and_no_pairs_are_none(self, app: Application, headers: Any) -> None:
        assert ApiRequestAuthenticator(app).authenticate(headers) is None

    @pytest.mark.parametrize("form", [dict, list, Headers])
    def test_two_headers_that_differ_are_none(self, world: World, form: Any) -> None:
        pairs = [("Authorization", KEY.headers()["Authorization"]), ("authorization", "Bearer e.y.j")]
        assert ApiRequestAuthenticator(world.app).authenticate(form(pairs)) is None

    @pytest.mark.parametrize("where", ["query", "form"])
    def test_a_token_that_is_given_twice_is_none(self, world: World, where: str) -> None:
        token = world.token()
        uri = f"/?access_token={token}&access_token={token}" if where == "query" else "/"
        body = QueryDict(f"access_token={token}&access_token={token}") if where == "form" else None

        assert ApiRequestAuthenticator(world.app).authenticate({}, "POST", uri, body) is None

    @pytest.mark.parametrize(
        ("key_id", "secret"), [(KEY.id, "wrong"), (KEY.id, KEY.secret + " "), ("UNKNOWN", KEY.secret)]
    )
    def test_a_wrong_secret_and_an_unknown_id_are_none(
        self, app: Application, key_id: str, secret: str
    ) -> None:
        value = b64encode(f"{key_id}:{secret}".encode()).decode()
        assert ApiRequestAuthenticator(app).authenticate({"Authorization": f"Basic {value}"}) is None

    @pytest.mark.parametrize("holder", ["key", "account"])
    def test_a_disabled_key_or_account_is_none(self, world: World, holder: str) -> None:
        getattr(world, holder)["status"] = "DISABLED"
        authenticate = ApiRequestAuthenticator(world.app).authenticate

        assert authenticate(KEY.headers()) is None
        assert authenticate(world.bearer(sub=KEY.id)) is None

    @pytest.mark.parametrize("status", ["DISABLED", "UNVERIFIED"])
    def test_a_token_of_an_account_that_is_not_enabled_is_none(self, world: World, status: str) -> None:
        world.account["status"] = status
        assert ApiRequestAuthenticator(world.app).authenticate(world.bearer()) is None

    def test_a_token_of_an_account_that_is_gone_is_none(self, world: World) -> None:
        headers = world.bearer(sub=f"{APP[: -len('/applications/p1')]}/accounts/gone")
        assert ApiRequestAuthenticator(world.app).authenticate(headers) is None

    def test_a_key_of_another_application_is_none(self, world: World) -> None:
        world.keys.clear()
        authenticate = ApiRequestAuthenticator(world.app).authenticate

        assert authenticate(KEY.headers()) is None
        assert authenticate(world.bearer(sub=KEY.id)) is None

    def test_a_service_that_fails_is_an_error_and_not_a_wrong_credential(self, world: World) -> None:
        def fail(query: Any, data: Any) -> Any:
            raise Error({"status": 503, "code": 503})

        world.exchange.answers("GET", "/applications/p1/apiKeys", fail)
        world.exchange.answers("GET", "/accounts/a1", fail)
        for headers in (KEY.headers(), world.bearer(), world.bearer(sub=KEY.id)):
            with pytest.raises(Error):
                ApiRequestAuthenticator(world.app).authenticate(headers)


class TestResults:
    def test_basic_gives_the_key_and_its_account(self, app: Application, basic: dict[str, str]) -> None:
        result = BasicRequestAuthenticator(app).authenticate(basic, "POST", "/", GRANT)

        assert type(result) is ApiAuthenticationResult
        assert (result.api_key.id, result.account.href, result.token) == (KEY.id, ACCOUNT, None)

    def test_the_token_of_an_account_gives_the_account(self, world: World) -> None:
        result = ApiRequestAuthenticator(world.app).authenticate(world.bearer(scope="read write"))

        assert (result.api_key, result.account.username) == (None, "a1")
        assert type(result.token) is AccessToken
        assert result.token.scopes == ["read", "write"]
        assert not result.token.for_api_key

    def test_the_token_of_a_key_gives_both(self, world: World) -> None:
        result = ApiRequestAuthenticator(world.app).authenticate(world.bearer(sub=KEY.id))

        assert (result.api_key.id, result.account.href) == (KEY.id, ACCOUNT)
        assert (result.token.account, result.token.api_key) == (None, result.api_key)
        assert result.token.for_api_key

    @pytest.mark.parametrize(
        ("claimed", "required", "is_accepted"),
        [
            ("read write", ["read"], True),
            ("read write", "read write", True),
            ("read", ["read", "write"], False),
            ("read", "write", False),
            (None, ["read"], False),
            (None, [], True),
            (None, None, True),
        ],
    )
    def test_a_token_needs_all_the_scopes(
        self, world: World, claimed: Any, required: Any, is_accepted: bool
    ) -> None:
        found = ApiRequestAuthenticator(world.app).authenticate(world.bearer(scope=claimed), scopes=required)
        assert (found is not None) == is_accepted


class TestIssuing:
    def issue(self, app: Application, **arguments: Any) -> AccessToken | None:
        given: dict[str, Any] = {"http_method": "POST", "uri": "/token", "body": GRANT, **arguments}
        result = ApiRequestAuthenticator(app).authenticate(KEY.headers(), **given)
        assert result.api_key.id == KEY.id
        return result.token

    def test_an_issued_token_is_that_of_the_spec(self, world: World) -> None:
        before = int(time.time())
        token = self.issue(world.app, body={**GRANT, "scope": "a b"}, scopes=["a", "b", "c"], ttl=60)

        assert jwt.get_unverified_header(str(token)) == {"typ": "JWT", "alg": "HS256"}
        claims = jwt.decode(str(token), world.client.auth.secret, algorithms=["HS256"])
        assert claims == {
            "iss": APP, "sub": KEY.id, "iat": claims["iat"], "exp": claims["iat"] + 60, "scope": "a b",
        }  # fmt: skip
        assert before <= claims["iat"] <= time.time()
        assert (token.client_id, token.exp, token.scopes) == (KEY.id, claims["exp"], ["a", "b"])

    def test_it_is_valid_for_an_hour_and_has_no_scope_by_default(self, world: World) -> None:
        token = self.issue(world.app, http_method="")
        claims = jwt.decode(str(token), options={"verify_signature": False})

        assert claims["exp"] - claims["iat"] == 3600
        assert claims["scope"] is None
        assert token.scopes == [""]

    def test_it_is_accepted(self, world: World) -> None:
        token = self.issue(world.app, body={**GRANT, "scope": "a"}, scopes=["a", "b"])
        headers = {"Authorization": f"Bearer {token}"}
        authenticate = OAuthBearerRequestAuthenticator(world.app).authenticate

        assert authenticate(headers, scopes=["a"]).api_key.id == KEY.id
        assert authenticate(headers, scopes=["b"]) is None

    @pytest.mark.parametrize(
        "arguments",
        [
            {"http_method": "GET"},
            {"body": {"grant_type": "password"}},
            {"body": {}},
            {"body": {**GRANT, "scope": "a c"}, "scopes": ["a", "b"]},
            {"body": {**GRANT, "scope": "a"}},
            {"body": {**GRANT, "scope": "r"}, "scopes": "read"},
            {"body": {**GRANT, "scope": "a " * 5000}, "scopes": ["a"]},
        ],
    )
    def test_without_the_grant_or_the_scope_there_is_no_token(
        self, app: Application, arguments: dict[str, Any]
    ) -> None:
        assert self.issue(app, **arguments) is None


class TestCosts:
    """Each starts cold; the second number is a later request of the same kind."""

    def counts(self, exchange: Exchange, *requests: dict[str, str], app: Application) -> list[int]:
        counts = []
        for headers in requests:
            exchange.clear()
            ApiRequestAuthenticator(app).authenticate(headers, "POST", "/", GRANT)
            counts.append(exchange.count)
        return counts

    def test_the_token_of_a_key_costs_one_request_and_then_none(
        self, world: World, exchange: Exchange
    ) -> None:
        headers = world.bearer(sub=KEY.id)
        assert self.counts(exchange, headers, headers, app=world.app) == [1, 0]

    def test_the_token_of_an_account_costs_one_request_and_then_none(
        self, world: World, exchange: Exchange
    ) -> None:
        assert self.counts(exchange, world.bearer(), world.bearer(), app=world.app) == [1, 0]

    def test_an_unknown_key_costs_one_request_and_then_none(self, world: World, exchange: Exchange) -> None:
        world.forget_key()
        headers = KEY.headers()
        assert self.counts(exchange, headers, headers, world.bearer(sub=KEY.id), app=world.app) == [1, 0, 0]

    def test_a_key_costs_one_request_also_with_a_token(self, world: World, exchange: Exchange) -> None:
        assert self.counts(exchange, KEY.headers(), app=world.app) == [1]
        assert exchange.last[2]["expand"] == "account"

    def test_a_key_that_was_used_makes_its_tokens_free(self, world: World, exchange: Exchange) -> None:
        requests = (KEY.headers(), world.bearer(sub=KEY.id))
        assert self.counts(exchange, *requests, app=world.app) == [1, 0]

    def test_a_deleted_key_is_no_longer_known(self, world: World, exchange: Exchange) -> None:
        authenticate = ApiRequestAuthenticator(world.app).authenticate
        exchange.answers("DELETE", f"/apiKeys/{KEY.id}", {})
        key = authenticate(world.bearer(sub=KEY.id)).api_key
        key.delete()
        world.forget_key()

        assert authenticate(world.bearer(sub=KEY.id)) is None

    def test_a_disabled_key_is_noticed_by_the_client_that_disabled_it(
        self, world: World, exchange: Exchange
    ) -> None:
        authenticate = ApiRequestAuthenticator(world.app).authenticate
        key = authenticate(world.bearer(sub=KEY.id)).api_key
        world.key["status"] = "DISABLED"
        exchange.answers("POST", f"/apiKeys/{KEY.id}", world.key)
        key.status = "DISABLED"
        key.save()

        assert authenticate(world.bearer(sub=KEY.id)) is None

    def test_the_secret_of_a_key_is_in_no_cache(self, world: World) -> None:
        assert ApiRequestAuthenticator(world.app).authenticate(KEY.headers())

        caches = world.client.data_store.cache_manager.caches.values()
        entries = [cache.store[href].value for cache in caches for href in list(cache.store.store)]
        assert entries
        assert KEY.secret not in str(entries)
