"""Grants: the exact request that each sends, and the result of each answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import jwt
import pytest
import responses
from requests import PreparedRequest
from responses.matchers import query_param_matcher

from stormpath import Client
from stormpath.api_auth import (
    AccessToken,
    Authenticator,
    ClientCredentialsGrantAuthenticator,
    IdSiteTokenAuthenticator,
    PasswordGrantAuthenticator,
    RefreshGrantAuthenticator,
    RefreshToken,
    StormpathSocialGrantAuthenticator,
    StormpathTokenGrantAuthenticator,
    request_tokens,
    revoke_token,
)
from stormpath.error import Error
from stormpath.resources import Application, AuthToken

BASE = "https://id.example.com/v1"
APP = f"{BASE}/applications/p1"
ACCOUNT = f"{BASE}/accounts/a1"
STORE = f"{BASE}/directories/d1"
ENDPOINT = f"{APP}/oauth/token"
SECRET = "key-secret-of-more-than-thirty-two-bytes"

ACCESS = jwt.encode({"iss": APP, "sub": ACCOUNT, "exp": 4102444800}, SECRET)
REFRESH = jwt.encode({"iss": APP, "sub": ACCOUNT, "exp": 4102444800, "jti": "r"}, SECRET)
ANSWER = {
    "access_token": ACCESS,
    "refresh_token": REFRESH,
    "token_type": "Bearer",
    "expires_in": 3600,
    "stormpath_access_token_href": f"{BASE}/accessTokens/t1",
}

# For each class: arguments, and the form that they are sent as.
GRANTS: list[tuple[type[Authenticator], tuple[Any, ...], dict[str, str]]] = [
    (
        PasswordGrantAuthenticator,
        ("jöe", "p&ss=1 +"),
        {"grant_type": "password", "username": "jöe", "password": "p&ss=1 +"},
    ),
    (
        ClientCredentialsGrantAuthenticator,
        ("ID", "s/e+cret"),
        {"grant_type": "client_credentials", "client_id": "ID", "client_secret": "s/e+cret"},
    ),
    (StormpathTokenGrantAuthenticator, (ACCESS,), {"grant_type": "stormpath_token", "token": ACCESS}),
    (
        StormpathTokenGrantAuthenticator,
        (ACCESS, "acme"),
        {"grant_type": "stormpath_token", "token": ACCESS, "organizationNameKey": "acme"},
    ),
    (
        StormpathSocialGrantAuthenticator,
        ("google", "c0de"),
        {"grant_type": "stormpath_social", "providerId": "google", "code": "c0de"},
    ),
    (
        StormpathSocialGrantAuthenticator,
        ("facebook", None, "t0ken"),
        {"grant_type": "stormpath_social", "providerId": "facebook", "accessToken": "t0ken"},
    ),
    (RefreshGrantAuthenticator, (REFRESH,), {"grant_type": "refresh_token", "refresh_token": REFRESH}),
    (IdSiteTokenAuthenticator, (ACCESS,), {"grant_type": "id_site_token", "token": ACCESS}),
]
WITH_STORE = [each for each in GRANTS if each[0] not in (RefreshGrantAuthenticator, IdSiteTokenAuthenticator)]


@pytest.fixture
def service() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as service:
        yield service


@pytest.fixture
def app() -> Iterator[Application]:
    with Client(BASE, id="key-id", secret=SECRET, backoff_strategy=lambda retries: 0) as client:
        yield client.applications.get(APP)


def accept(service: responses.RequestsMock, form: dict[str, str], url: str = ENDPOINT, **answer: Any) -> None:
    def has_form(request: PreparedRequest) -> tuple[bool, str]:
        assert isinstance(request.body, bytes)
        sent = dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))
        return sent == form, f"{sent} is not {form}"

    exact = [has_form, query_param_matcher({})]
    service.add("POST", url, json={**ANSWER, **answer}, match=exact)


class TestRequest:
    @pytest.mark.parametrize(("kind", "arguments", "form"), GRANTS)
    def test_each_sends_one_form(
        self,
        service: responses.RequestsMock, app: Application,
        kind: type[Any], arguments: tuple[Any, ...], form: dict[str, str],
    ) -> None:  # fmt: skip
        accept(service, form)

        assert kind(app).authenticate(*arguments)

        (call,) = service.calls
        assert call.request.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert call.request.headers["Authorization"].startswith("SAuthc1 ")

    @pytest.mark.parametrize(("kind", "arguments", "form"), WITH_STORE)
    @pytest.mark.parametrize("is_resource", [False, True])
    def test_each_can_be_limited_to_a_store(
        self, service: responses.RequestsMock, app: Application,
        kind: type[Any], arguments: tuple[Any, ...], form: dict[str, str], is_resource: bool,
    ) -> None:  # fmt: skip
        accept(service, {**form, "accountStore": STORE})
        store: Any = app._client.directories.get(STORE) if is_resource else STORE

        assert kind(app).authenticate(*arguments, account_store=store)

    @pytest.mark.parametrize(("kind", "arguments", "form"), GRANTS)
    def test_each_can_have_another_url(
        self, service: responses.RequestsMock, app: Application,
        kind: type[Any], arguments: tuple[Any, ...], form: dict[str, str],
    ) -> None:  # fmt: skip
        accept(service, form, f"{BASE}/other")

        assert kind(app).authenticate(*arguments, url=f"{BASE}/other")

    @pytest.mark.parametrize("token", [RefreshToken, lambda app, text: text])
    def test_a_refresh_token_may_be_an_object(
        self, service: responses.RequestsMock, app: Application, token: Any
    ) -> None:
        accept(service, {"grant_type": "refresh_token", "refresh_token": REFRESH})

        assert RefreshGrantAuthenticator(app).authenticate(token(app, REFRESH))


class TestResult:
    def test_it_has_the_tokens_and_asks_for_the_account_when_it_is_read(
        self, service: responses.RequestsMock, app: Application
    ) -> None:
        accept(service, GRANTS[0][2])
        service.add("GET", ACCOUNT, json={"href": ACCOUNT, "username": "joe", "status": "ENABLED"})
        result = PasswordGrantAuthenticator(app).authenticate(*GRANTS[0][1])

        assert (result.app, result.expires_in, result.token_type) == (app, 3600, "Bearer")
        assert (type(result.access_token), result.access_token.token) == (AccessToken, ACCESS)
        assert (type(result.refresh_token), result.refresh_token.token) == (RefreshToken, REFRESH)
        assert type(result.stormpath_access_token) is AuthToken
        assert result.stormpath_access_token.href == f"{BASE}/accessTokens/t1"
        assert len(service.calls) == 1
        assert result.account.username == "joe"
        assert len(service.calls) == 2

    @pytest.mark.parametrize(("kind", "arguments", "form"), GRANTS)
    def test_an_answer_may_have_no_refresh_token(
        self, service: responses.RequestsMock, app: Application,
        kind: type[Any], arguments: tuple[Any, ...], form: dict[str, str],
    ) -> None:  # fmt: skip
        service.add("POST", ENDPOINT, json={"access_token": ACCESS, "token_type": "Bearer"})
        result = kind(app).authenticate(*arguments)

        assert result.refresh_token.token is None
        assert str(result.refresh_token) == ""
        assert (result.stormpath_access_token, result.expires_in) == (None, None)

    @pytest.mark.parametrize(("kind", "arguments", "form"), GRANTS)
    @pytest.mark.parametrize(
        "answer",
        [
            {"status": 400, "json": {"status": 400, "code": 7100, "error": "invalid_grant"}},
            {"status": 401, "json": {"status": 401, "code": 401}},
            {"body": ConnectionError("refused")},
            {"json": {}},
            {"json": {"access_token": None}},
            {"json": {"access_token": "a" * 9000}},
            {"json": []},
            {"body": "<html>"},
        ],
    )
    def test_whatever_gives_no_token_is_none(
        self, service: responses.RequestsMock, app: Application,
        kind: type[Any], arguments: tuple[Any, ...], form: dict[str, str], answer: dict[str, Any],
    ) -> None:  # fmt: skip
        service.add("POST", ENDPOINT, **answer)

        assert kind(app).authenticate(*arguments) is None


class TestArguments:
    @pytest.mark.parametrize(("kind", "arguments", "form"), WITH_STORE)
    @pytest.mark.parametrize(
        "url",
        ["https://evil.example/v1/x", f"{BASE}.evil.example", f"{BASE}/../x", "/oauth/token", "", 5,
         "https://id.example.com@evil.example/v1/x"],
    )  # fmt: skip
    def test_a_url_outside_is_a_value_error(
        self, app: Application,
        kind: type[Any], arguments: tuple[Any, ...], form: dict[str, str], url: Any,
    ) -> None:  # fmt: skip
        with pytest.raises(ValueError, match=r"Invalid API url\."):
            kind(app).authenticate(*arguments, url=url)

    @pytest.mark.parametrize("kind", [RefreshGrantAuthenticator, IdSiteTokenAuthenticator])
    def test_no_token_is_sent_outside(
        self, service: responses.RequestsMock, app: Application, kind: type[Any]
    ) -> None:
        assert kind(app).authenticate(REFRESH, url="https://evil.example/v1/token") is None
        assert len(service.calls) == 0

    @pytest.mark.parametrize(("kind", "arguments", "form"), WITH_STORE)
    def test_a_store_must_be_a_reference(
        self, app: Application, kind: type[Any], arguments: tuple[Any, ...], form: dict[str, str]
    ) -> None:
        with pytest.raises(TypeError):
            kind(app).authenticate(*arguments, account_store=5)
        for empty in ("", Application(app._client, properties={"name": "new"})):
            with pytest.raises(ValueError, match="account_store"):
                kind(app).authenticate(*arguments, account_store=empty)

    def test_the_other_checks(self, app: Application) -> None:
        social: Any = StormpathSocialGrantAuthenticator(app).authenticate
        of_token: Any = StormpathTokenGrantAuthenticator(app).authenticate
        for call in (
            lambda: social("google"),
            lambda: social("google", 5),
            lambda: social("google", None, b"t"),
            lambda: social(None, "c"),
            lambda: social("google", "c", "t"),
            lambda: of_token(ACCESS, 5),
            lambda: RefreshGrantAuthenticator(app).authenticate(None),
            lambda: RefreshGrantAuthenticator(app).authenticate(5),
        ):
            with pytest.raises(TypeError):
                call()
        with pytest.raises(ValueError, match="organization_name_key"):
            of_token(ACCESS, "")

    def test_a_missing_credential_is_none_without_a_request(
        self, service: responses.RequestsMock, app: Application
    ) -> None:
        calls = [
            (PasswordGrantAuthenticator, ("a", None)),
            (PasswordGrantAuthenticator, ("", "b")),
            (ClientCredentialsGrantAuthenticator, (None, "b")),
            (ClientCredentialsGrantAuthenticator, ("a", "")),
            (StormpathTokenGrantAuthenticator, (None,)),
            (StormpathTokenGrantAuthenticator, ("a" * 9000,)),
            (IdSiteTokenAuthenticator, ("",)),
            (RefreshGrantAuthenticator, ("",)),
            (RefreshGrantAuthenticator, (RefreshToken(app, None),)),
            (RefreshGrantAuthenticator, ("a" * 9000,)),
            (StormpathSocialGrantAuthenticator, ("google", "")),
        ]
        assert [kind(app).authenticate(*given) for kind, given in calls] == [None] * len(calls)
        assert len(service.calls) == 0


class TestOwnRequests:
    def test_a_refusal_is_an_error_with_its_name(
        self, service: responses.RequestsMock, app: Application
    ) -> None:
        refusal = {"status": 400, "code": 7100, "message": "Wrong.", "error": "invalid_grant"}
        service.add("POST", ENDPOINT, status=400, json=refusal)

        with pytest.raises(Error) as refused:
            request_tokens(app, {"grant_type": "password", "username": "joe", "password": "wrong"})

        assert (refused.value.oauth_error, refused.value.code) == ("invalid_grant", 7100)
        assert refused.value.user_message == "Wrong."

    def test_a_grant_returns_tokens(self, service: responses.RequestsMock, app: Application) -> None:
        form = {"grant_type": "password", "username": "joe", "password": "right"}
        accept(service, form)

        assert request_tokens(app, form).access_token.token == ACCESS

    @pytest.mark.parametrize("answer", [{"json": {}}, {"json": []}, {"body": "<html>"}])
    def test_an_answer_without_token_is_an_error(
        self, service: responses.RequestsMock, app: Application, answer: dict[str, Any]
    ) -> None:
        service.add("POST", ENDPOINT, **answer)

        with pytest.raises(Error, match="no access token"):
            request_tokens(app, {"grant_type": "refresh_token", "refresh_token": REFRESH})

    @pytest.mark.parametrize("token", [REFRESH, RefreshToken])
    def test_a_token_is_revoked_by_one_form(
        self, service: responses.RequestsMock, app: Application, token: Any
    ) -> None:
        service.add("POST", f"{APP}/oauth/revoke")

        revoke_token(app, token if isinstance(token, str) else token(app, REFRESH))

        (call,) = service.calls
        assert isinstance(call.request.body, bytes)
        assert dict(parse_qsl(call.request.body.decode())) == {"token": REFRESH}

    @pytest.mark.parametrize("token", [None, "", "a" * 9000, "\ud800", 7])
    def test_what_cannot_be_a_token_is_not_sent(
        self, service: responses.RequestsMock, app: Application, token: Any
    ) -> None:
        revoke_token(app, token)

        assert not service.calls
