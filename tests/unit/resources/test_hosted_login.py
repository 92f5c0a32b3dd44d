"""Logins on pages of the service and by SAML: the addresses to send browsers to, and their way back."""

from __future__ import annotations

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import jwt
import pytest

from stormpath.base_url import BaseUrl
from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.error import Error
from stormpath.nonce import Nonce, UsedNonces
from stormpath.resources import Application, Organization, StormpathCallbackResult
from unit.resources.exchange import BASE, Exchange, StubClient, account_json, link

CALLBACK = "https://app.example.com/callback?x=1"
APP = f"{BASE}/applications/p1"
ACCOUNT = f"{BASE}/accounts/a1"
ENDPOINT = f"{APP}/saml/sso/idpRedirect"


@pytest.fixture
def app(client: StubClient, exchange: Exchange) -> Application:
    exchange.answers("GET", "/accounts/a1", account_json())
    exchange.lists("/accounts/a1/applications", [{**link("/applications/p1"), "name": "P"}])
    return client.applications.get("p1")


def sent(app: Application, url: str, parameter: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return the address, the header and the claims of a redirect, its signature verified."""
    ((name, (token,)),) = parse_qs(urlsplit(url).query, strict_parsing=True).items()
    assert name == parameter
    found = jwt.decode_complete(token, app._client.auth.secret, algorithms=["HS256"])
    return url.partition("?")[0], found["header"], found["payload"]


class TestIdSite:
    def test_a_login_is_signed_and_costs_no_request(self, app: Application, exchange: Exchange) -> None:
        before = int(time.time())
        endpoint, header, claims = sent(app, app.build_id_site_redirect_url(CALLBACK), "jwtRequest")

        assert endpoint == "https://id.example.com/sso"
        assert header == {"alg": "HS256", "typ": "JWT"}
        assert before <= claims.pop("iat") <= time.time()
        assert len(claims.pop("jti")) == 32
        assert claims == {"iss": app._client.auth.id, "sub": APP, "cb_uri": CALLBACK, "sof": False}
        assert exchange.count == 0

    def test_the_options_are_claims(self, app: Application) -> None:
        url = app.build_id_site_redirect_url(
            CALLBACK, "/#/register", "s", False, True, "t", "acme", True, ["sms"]
        )
        _, _, claims = sent(app, url, "jwtRequest")

        expected = {"path": "/#/register", "state": "s", "sof": True, "sp_token": "t", "onk": "acme",
                    "usd": True, "require_mfa": ["sms"]}  # fmt: skip
        assert {name: claims[name] for name in expected} == expected

    def test_options_that_are_not_given_are_no_claims(self, app: Application) -> None:
        url = app.build_id_site_redirect_url(
            CALLBACK, path="", state="", sp_token="", organization_name_key=""
        )
        _, _, claims = sent(app, url, "jwtRequest")

        assert set(claims) == {"iat", "jti", "iss", "sub", "cb_uri", "sof", "sp_token", "onk"}

    def test_each_request_is_new(self, app: Application) -> None:
        urls = {app.build_id_site_redirect_url(CALLBACK) for _ in range(3)}
        assert len({sent(app, url, "jwtRequest")[2]["jti"] for url in urls}) == 3

    def test_the_address_is_that_of_the_service(self, app: Application, client: StubClient) -> None:
        class Elsewhere(Application):
            SSO_ENDPOINT = "https://login.example.com/sso"

        def address(application: Application, logout: bool = False) -> str:
            return application.build_id_site_redirect_url(CALLBACK, logout=logout).partition("?")[0]

        assert address(app, logout=True) == "https://id.example.com/sso/logout"
        assert address(Elsewhere(client, href=APP)) == "https://login.example.com/sso"
        client.BASE_URL = "https://api.stormpath.com/v1"
        assert address(app) == Application.SSO_ENDPOINT == "https://api.stormpath.com/sso"
        assert address(app, logout=True) == Application.SSO_LOGOUT_ENDPOINT


class TestSaml:
    def test_a_login_is_signed_and_names_its_key(self, app: Application, exchange: Exchange) -> None:
        url = app.build_saml_idp_redirect_url(CALLBACK, ENDPOINT)
        endpoint, header, claims = sent(app, url, "accessToken")

        assert endpoint == ENDPOINT
        assert header == {"alg": "HS256", "typ": "JWT", "kid": app._client.auth.id}
        assert set(claims) == {"iat", "jti", "iss", "sub", "cb_uri"}
        assert (claims["iss"], claims["sub"], claims["cb_uri"]) == (app._client.auth.id, APP, CALLBACK)
        assert exchange.count == 0

    @pytest.mark.parametrize("as_objects", [False, True])
    def test_the_options_are_claims(self, app: Application, client: StubClient, as_objects: bool) -> None:
        store: Any = client.directories.get("d1")
        organization: Any = Organization(client, properties={**link("/organizations/o"), "nameKey": "acme"})
        given = (store, organization) if as_objects else (store.href, "acme")
        url = app.build_saml_idp_redirect_url(CALLBACK, ENDPOINT, "/p", "s", *given)
        _, _, claims = sent(app, url, "accessToken")

        expected = {"path": "/p", "state": "s", "ash": f"{BASE}/directories/d1", "onk": "acme"}
        assert {name: claims[name] for name in expected} == expected

    def test_there_is_no_logout_and_no_login_without_an_endpoint(self, app: Application) -> None:
        with pytest.raises(NotImplementedError):
            app.build_saml_idp_redirect_url(CALLBACK, ENDPOINT, logout=True)
        with pytest.raises(ValueError, match="saml_provider_endpoint"):
            app.build_saml_idp_redirect_url(CALLBACK, None)


def callback(app: Application, headers: dict[str, Any] | None = None, **claims: Any) -> str:
    """Return the URL of a callback. A claim that is ``...`` is left out."""
    now = int(time.time())
    given = {
        "iss": "https://acme.id.example.com", "aud": app._client.auth.id, "sub": ACCOUNT, "iat": now,
        "exp": now + 60, "irt": uuid4().hex, "isNewSub": False, "state": "s", "status": "AUTHENTICATED",
        **claims,
    }  # fmt: skip
    token = jwt.encode(
        {name: value for name, value in given.items() if value is not ...},
        app._client.auth.secret,
        headers=headers,
    )
    return f"https://app.example.com/callback?x=1&jwtResponse={token}#top"


class TestCallback:
    @pytest.mark.parametrize(("is_new", "status"), [(False, "AUTHENTICATED"), (True, "REGISTERED")])
    def test_a_login_has_an_account(
        self, app: Application, exchange: Exchange, is_new: bool, status: str
    ) -> None:
        result = app.handle_stormpath_callback(callback(app, isNewSub=is_new, status=status))

        assert type(result) is StormpathCallbackResult
        assert (result.account.href, result.state, result.status) == (ACCOUNT, "s", status)
        assert result.account.is_new_account is is_new
        assert exchange.lines == ["GET /accounts/a1", "GET /accounts/a1/applications"]

    @pytest.mark.parametrize("subject", [None, ""])
    def test_a_logout_has_none(self, app: Application, exchange: Exchange, subject: Any) -> None:
        result = app.handle_stormpath_callback(callback(app, sub=subject, status="LOGOUT"))

        assert (result.account, result.state, result.status) == (None, "s", "LOGOUT")
        assert exchange.count == 0

    def test_the_account_of_another_application_is_none(self, app: Application, exchange: Exchange) -> None:
        exchange.lists("/accounts/a1/applications", [])
        assert app.handle_stormpath_callback(callback(app)).account is None

    def test_an_account_that_is_gone_is_an_error(self, app: Application) -> None:
        with pytest.raises(Error) as caught:
            app.handle_stormpath_callback(callback(app, sub=f"{BASE}/accounts/gone"))
        assert caught.value.status == 404

    def test_a_url_without_one_valid_token_is_none(self, app: Application, exchange: Exchange) -> None:
        url = callback(app)
        forged = jwt.encode({"aud": app._client.auth.id, "sub": ACCOUNT}, "another-secret-" * 4)
        bare = url.partition("#")[0]
        for each in (
            "https://app.example.com/callback",
            "",
            url.replace("jwtResponse", "other"),
            "/callback#?" + bare.partition("?")[2],
            f"{bare}&jwtResponse=e.y.j",
            bare[:-2],
            f"/?jwtResponse={forged}",
            "/?jwtResponse=" + "a" * (1 << 20),
            callback(app, exp=int(time.time()) - 3),
            callback(app, exp="x"),
            callback(app, {"jku": "https://evil.example/keys"}),
        ):
            assert app.handle_stormpath_callback(each) is None, each
        assert exchange.count == 0
        assert app.handle_stormpath_callback(url)

    @pytest.mark.parametrize("leeway", [1, 0])
    def test_clocks_may_differ_by_two_seconds(self, app: Application, leeway: int) -> None:
        now = int(time.time())
        assert app.handle_stormpath_callback(callback(app, exp=now - leeway, iat=now + leeway))

    @pytest.mark.parametrize(
        ("claims", "expected"),
        [
            ({"aud": "another-key"}, jwt.InvalidAudienceError),
            ({"aud": ["another-key"]}, jwt.InvalidAudienceError),
            ({"aud": ...}, jwt.MissingRequiredClaimError),
            ({"iat": 4102444800}, jwt.ImmatureSignatureError),
            ({"nbf": 4102444800}, jwt.ImmatureSignatureError),
            ({"irt": ...}, KeyError),
            ({"sub": ...}, KeyError),
            ({"isNewSub": ...}, KeyError),
        ],
    )
    def test_what_is_wrong_with_a_signed_token_is_raised(
        self, app: Application, exchange: Exchange, claims: dict[str, Any], expected: type[Exception]
    ) -> None:
        with pytest.raises(expected):
            app.handle_stormpath_callback(callback(app, **claims))
        assert exchange.count == 0

    def test_an_error_of_the_service_is_raised(self, app: Application) -> None:
        body = {"status": 400, "code": 11001, "message": "Short.", "developerMessage": "Long."}
        with pytest.raises(Error) as caught:
            app.handle_stormpath_callback(callback(app, aud=..., err=body))
        error = caught.value
        assert (error.status, error.code, error.message, error.user_message) == (
            400,
            11001,
            "Long.",
            "Short.",
        )

        with pytest.raises(Error, match="as text"):
            app.handle_stormpath_callback(callback(app, aud=..., err="as text"))


class TestReplays:
    def is_refused(self, app: Application, url: str) -> bool:
        try:
            app.handle_stormpath_callback(url)
        except ValueError as refused:
            return str(refused) == "JWT has already been used."
        return False

    @pytest.mark.parametrize(
        "options", [{}, {"store": NullCacheStore}, {"regions": {"nonces": {"ttl": 0.000001}}}]
    )
    def test_a_url_is_used_once_whatever_is_cached(self, exchange: Exchange, options: dict[str, Any]) -> None:
        app = StubClient(exchange, **options).applications.get("p1")
        url = callback(app, sub=None)

        assert [self.is_refused(app, url) for _ in range(3)] == [False, True, True]
        assert not self.is_refused(app, callback(app, sub=None))

    def test_a_nonce_is_remembered_below_its_href(self, app: Application, client: StubClient) -> None:
        nonce = Nonce("abc")
        assert (nonce.value, nonce.href) == ("abc", "//nonces/abc")

        app.handle_stormpath_callback(callback(app, sub=None, irt="abc"))
        assert client.data_store._cache_get(nonce.href) == {"value": "abc"}

    @pytest.mark.parametrize("subject", [ACCOUNT, f"{BASE}/accounts/gone"])
    def test_a_url_is_used_up_whatever_becomes_of_the_account(
        self, app: Application, exchange: Exchange, subject: str
    ) -> None:
        exchange.lists("/accounts/a1/applications", [])
        url = callback(app, sub=subject)
        with contextlib.suppress(Error):
            assert app.handle_stormpath_callback(url).account is None

        assert self.is_refused(app, url)

    def test_the_service_may_write_another_base_url(
        self, app: Application, client: StubClient, exchange: Exchange
    ) -> None:
        client.data_store._base = BaseUrl(BASE, ["https://users.example.com/v1"])
        url = callback(app, sub="https://users.example.com/v1/accounts/a1")

        assert app.handle_stormpath_callback(url).account.href == ACCOUNT

    def test_processes_that_share_a_store_share_the_nonces(
        self, app: Application, client: StubClient
    ) -> None:
        url = callback(app, sub=None, irt="shared")
        client.data_store._cache_put("//nonces/shared", {"value": "shared"})

        assert self.is_refused(app, url)

    def test_of_threads_with_one_url_one_is_accepted(self, app: Application) -> None:
        url = callback(app, sub=None)
        threads = 8
        start = Barrier(threads)

        def come_back(_: int) -> bool:
            start.wait()
            return self.is_refused(app, url)

        with ThreadPoolExecutor(threads) as pool:
            assert sum(pool.map(come_back, range(threads))) == threads - 1

    def test_of_threads_with_one_nonce_one_is_accepted_however_they_take_turns(self) -> None:
        class Slow(dict[str, float]):
            def __contains__(self, key: object) -> bool:
                found = super().__contains__(key)
                time.sleep(0.01)  # Another thread has its turn between the question and the answer.
                return found

        used = UsedNonces()
        used._until = Slow()
        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(lambda _: used.use("one", time.time() + 60), range(4))) == 1

    def test_nonces_are_forgotten_when_their_tokens_have_expired(self) -> None:
        used = UsedNonces()
        past, future = time.time() - 1, time.time() + 60
        for number in range(1000):
            assert used.use(str(number), past)
        assert used.use("kept", future)
        for number in range(1000, 2000):
            assert used.use(str(number), past)

        assert len(used._until) <= 202
        assert not used.use("kept", future)
