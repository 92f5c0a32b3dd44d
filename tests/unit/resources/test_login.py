"""Logins, and their results used as such or as the account."""

from base64 import b64decode
from typing import Any

import jwt
import pytest
from pydispatch import dispatcher

from stormpath.error import Error
from stormpath.resources import SIGNAL_RESOURCE_CREATED, Account, Application, AuthenticationResult, Expansion
from unit.resources.exchange import BASE, Exchange, StubClient, account_json, link


@pytest.fixture
def application(client: StubClient, exchange: Exchange) -> Application:
    def attempt(query: Any, data: Any) -> dict[str, Any]:
        if b64decode(data["value"]).decode() != "jöe:Pass:word1":
            raise Error({"status": 400, "code": 7100, "message": "Invalid username or password."})
        return {"account": account_json() if query.get("expand") == "account" else link("/accounts/a1")}

    exchange.answers("POST", "/applications/p1/loginAttempts", attempt)
    exchange.answers("GET", "/accounts/a1", account_json())
    exchange.answers("POST", "/accounts/a1", lambda query, data: account_json(**data))
    return client.applications.get("p1")


@pytest.fixture
def result(application: Application, exchange: Exchange) -> AuthenticationResult:
    result = application.authenticate_account("jöe", "Pass:word1")
    exchange.clear()
    return result


def test_a_login_is_one_request(application: Application, exchange: Exchange) -> None:
    result = application.authenticate_account("jöe", "Pass:word1")

    assert isinstance(result, AuthenticationResult)
    assert isinstance(result.account, Account)
    assert result.application is application
    assert result.account.href == f"{BASE}/accounts/a1"
    assert exchange.lines == ["POST /applications/p1/loginAttempts"]
    assert set(exchange.last[3]) == {"type", "value"}


def test_a_refused_login_is_an_error(application: Application) -> None:
    with pytest.raises(Error) as caught:
        application.authenticate_account("jöe", "wrong")

    assert (caught.value.status, caught.value.code) == (400, 7100)


def test_a_login_can_expand_the_account(application: Application, exchange: Exchange) -> None:
    result = application.authenticate_account("jöe", "Pass:word1", expand=Expansion("account"))

    assert result.email == "a1@example.org"
    assert exchange.count == 1


@pytest.mark.parametrize("form", ["resource", "href", "dictionary"])
def test_a_login_can_be_limited_to_a_store(
    application: Application, client: StubClient, exchange: Exchange, form: str
) -> None:
    store = client.directories.get("d1")
    application.authenticate_account(
        "jöe",
        "Pass:word1",
        account_store={"resource": store, "href": store.href, "dictionary": {"href": store.href}}[form],
    )

    assert exchange.last[3]["accountStore"] == link("/directories/d1")


def test_a_login_can_be_limited_by_the_key_of_an_organization(
    application: Application, client: StubClient, exchange: Exchange
) -> None:
    application.authenticate_account("jöe", "Pass:word1", account_store={"name_key": "acme"})
    assert exchange.last[3]["accountStore"] == {"nameKey": "acme"}

    application.authenticate_account(
        "jöe", "Pass:word1", account_store=client.directories.get("d1"), organization_name_key="acme"
    )
    assert exchange.last[3]["accountStore"] == {"nameKey": "acme"}


class TestResult:
    def test_a_result_reads_as_the_account(self, result: Any, exchange: Exchange) -> None:
        assert result.href == f"{BASE}/accounts/a1"
        assert result.groups.href == f"{BASE}/accounts/a1/groups"
        assert exchange.count == 0

        assert (result.email, result.givenName, result["surname"]) == ("a1@example.org", "Ada", "King")
        assert result.created_at == result.account.created_at
        assert hasattr(result, "username")
        assert not hasattr(result, "nickname")
        assert result.is_enabled()
        assert "email" in result
        assert "email" in list(result)
        assert str(result) == "a1"
        assert '"email"' in result.to_json()
        assert not result.is_new()
        assert exchange.count == 1

    def test_a_result_is_set_and_saved_as_the_account(self, result: Any, exchange: Exchange) -> None:
        result.given_name = "Eve"
        result.middleName = "Bo"
        result["surname"] = "Bee"
        result.custom_data["rank"] = 1
        result.save()

        assert exchange.requests == [
            (
                "POST",
                "/accounts/a1",
                {},
                {"givenName": "Eve", "middleName": "Bo", "surname": "Bee", "customData": {"rank": 1}},
            )
        ]
        assert result.account.given_name == "Eve"

    def test_a_result_refuses_the_same_attributes_as_the_account(self, result: Any) -> None:
        with pytest.raises(AttributeError):
            result.full_name = "x"

    def test_refreshing_a_result_refreshes_the_account(self, result: Any, exchange: Exchange) -> None:
        result.refresh()

        assert exchange.lines == ["GET /accounts/a1"]

    def test_a_result_equals_the_account(self, result: Any, client: StubClient) -> None:
        account = client.accounts.get("a1")

        assert result == account
        assert account == result
        assert len({result, account}) == 1
        assert result != client.accounts.get("a2")

    def test_a_result_has_the_methods_of_the_account(
        self, result: Any, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.answers("POST", "/groupMemberships", {**link("/groupMemberships/m1")})

        result.add_group(client.groups.get("g1"))

        assert exchange.last[3] == {"account": link("/accounts/a1"), "group": link("/groups/g1")}

    def test_a_result_has_its_own_attributes(self, result: Any) -> None:
        assert result.application == result._client.applications.get("p1")
        result.type = "basic"
        assert result.type == "basic"

    def test_a_result_without_an_account_has_no_attributes_of_one(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        empty: Any = AuthenticationResult(client, properties={})

        assert not hasattr(empty, "account")
        assert not hasattr(empty, "account_store")
        assert not hasattr(empty, "email")
        assert exchange.count == 0

    def test_the_own_attributes_of_a_result_make_no_request(self, result: Any, exchange: Exchange) -> None:
        assert not hasattr(result, "account_store")
        assert exchange.count == 0

    def test_the_repr_of_a_result_has_its_names_and_no_secret(self, result: Any) -> None:
        assert repr(result) == "<AuthenticationResult attributes=account, sp_http_status, application>"


class TestToken:
    def test_a_token_is_signed_with_the_clients_secret(self, result: AuthenticationResult) -> None:
        token = result.get_jwt()

        claims = jwt.decode(token, StubClient.auth.secret, algorithms=["HS256"])
        assert isinstance(token, str)
        assert claims["iss"] == f"{BASE}/applications/p1"
        assert claims["sub"] == f"{BASE}/accounts/a1"
        assert len(claims["jti"]) == 32
        assert set(claims) == {"iss", "sub", "jti", "exp"}
        assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}

    def test_a_token_is_valid_for_an_hour(self, result: AuthenticationResult) -> None:
        from time import time

        claims = jwt.decode(result.get_jwt(), options={"verify_signature": False})

        assert claims["exp"] == pytest.approx(time() + 3600, abs=60)

    def test_a_token_needs_the_application(self, application: Application) -> None:
        result = application.login_attempts.basic_auth("jöe", "Pass:word1")

        with pytest.raises(ValueError, match="application"):
            result.get_jwt()


def test_the_signal_of_a_login_shows_no_password(application: Application) -> None:
    heard: list[Any] = []

    def listen(data: Any, params: Any) -> None:
        heard.append((data, params))

    dispatcher.connect(listen, signal=SIGNAL_RESOURCE_CREATED, sender=AuthenticationResult)
    application.authenticate_account("jöe", "Pass:word1")

    assert heard == [({"type": "basic", "value": "***"}, {})]


def test_an_email_token_is_spent_in_one_request(client: StubClient, exchange: Exchange) -> None:
    exchange.answers("POST", "/accounts/emailVerificationTokens/t0ken", link("/accounts/a1"))

    account = client.accounts.verify_email_token("t0ken")

    assert account == client.accounts.get("a1")
    assert exchange.requests == [("POST", "/accounts/emailVerificationTokens/t0ken", {}, {})]
    with pytest.raises(Error):
        client.accounts.verify_email_token("other")
