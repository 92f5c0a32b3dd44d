"""The OAuth client libraries of other people against the served API: requests-oauthlib and Authlib.

The tenant's API key is HTTP Basic, as in all requests; the credentials of a grant are form fields.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from oauthlib.oauth2 import BackendApplicationClient, InvalidGrantError, LegacyApplicationClient
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from stormpath import Client
from stormpath.resources.account import Account
from stormpath.resources.api_key import ApiKey
from stormpath.resources.application import Application
from support.accounts import PASSWORD

pytestmark = pytest.mark.parametrize("new_client", ["served"], indirect=True)


@pytest.fixture(autouse=True)
def without_https(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the libraries talk to a server on the loopback by plain HTTP."""
    for library in ("OAUTHLIB", "AUTHLIB"):
        monkeypatch.setenv(f"{library}_INSECURE_TRANSPORT", "1")


@pytest.fixture
def account(new_account: Callable[..., Account]) -> Account:
    return new_account("visitor")


@pytest.fixture
def key(account: Account) -> ApiKey:
    return account.api_keys.create()


@pytest.fixture
def tenant(client: Client) -> HTTPBasicAuth:
    return HTTPBasicAuth(client.auth.id, client.auth.secret)


@pytest.fixture
def token_url(app: Application) -> str:
    return f"{app.href}/oauth/token"


@pytest.fixture
def revoke_url(app: Application) -> str:
    return f"{app.href}/oauth/revoke"


def account_by(session: Any, app: Application, token: str, tenant: HTTPBasicAuth) -> str | None:
    """Return the href of the account whose token the service finds valid."""
    answer = session.get(f"{app.href}/authTokens/{token}", withhold_token=True, auth=tenant)
    return answer.json()["account"]["href"] if answer.status_code == 200 else None


class TestRequestsOauthlib:
    def test_a_person_logs_in_stays_and_leaves(
        self, app: Application, account: Account, tenant: HTTPBasicAuth, token_url: str, revoke_url: str
    ) -> None:
        client = LegacyApplicationClient(client_id=tenant.username)
        with OAuth2Session(client=client) as session:
            first = session.fetch_token(token_url, username="visitor", password=PASSWORD, auth=tenant)
            assert (first["token_type"], first["expires_in"]) == ("Bearer", 3600)
            assert account_by(session, app, first["access_token"], tenant) == account.href

            second = session.refresh_token(token_url, auth=tenant)
            assert second["refresh_token"] == first["refresh_token"]
            assert second["access_token"] != first["access_token"]
            assert account_by(session, app, second["access_token"], tenant) == account.href

            for kind, others in (("access_token", account.href), ("refresh_token", None)):
                url, headers, body = client.prepare_token_revocation_request(revoke_url, second[kind], kind)
                answer = session.post(url, body, headers=headers, withhold_token=True, auth=tenant)
                assert (answer.status_code, answer.content) == (200, b"")
                assert account_by(session, app, second["access_token"], tenant) is None
                assert account_by(session, app, first["access_token"], tenant) == others
            with pytest.raises(InvalidGrantError):
                session.refresh_token(token_url, refresh_token=second["refresh_token"], auth=tenant)

    def test_a_program_exchanges_its_key(
        self, app: Application, account: Account, key: ApiKey, tenant: HTTPBasicAuth, token_url: str
    ) -> None:
        with OAuth2Session(client=BackendApplicationClient(client_id=key.id)) as session:
            found = session.fetch_token(
                token_url, auth=tenant, include_client_id=True, client_secret=key.secret
            )

            assert "refresh_token" not in found
            assert account_by(session, app, found["access_token"], tenant) == account.href

    def test_a_wrong_password_is_an_invalid_grant(
        self, account: Account, tenant: HTTPBasicAuth, token_url: str
    ) -> None:
        client = LegacyApplicationClient(client_id="app")
        with OAuth2Session(client=client) as session, pytest.raises(InvalidGrantError):
            session.fetch_token(token_url, username="visitor", password="wrong", auth=tenant)


class TestAuthlib:
    @pytest.fixture
    def session(self, tenant: HTTPBasicAuth) -> Any:
        with AuthlibSession(tenant.username, tenant.password) as session:
            yield session

    def test_a_person_logs_in_stays_and_leaves(
        self, session: Any, app: Application, account: Account, tenant: HTTPBasicAuth,
        token_url: str, revoke_url: str,
    ) -> None:  # fmt: skip
        first = session.fetch_token(token_url, grant_type="password", username="visitor", password=PASSWORD)
        assert (first["token_type"], first["expires_in"]) == ("Bearer", 3600)
        assert account_by(session, app, first["access_token"], tenant) == account.href

        second = session.refresh_token(token_url, refresh_token=first["refresh_token"])
        assert second["refresh_token"] == first["refresh_token"]
        assert account_by(session, app, second["access_token"], tenant) == account.href

        answer = session.revoke_token(revoke_url, second["refresh_token"], "refresh_token")
        assert (answer.status_code, answer.content) == (200, b"")
        for each in (first, second):
            assert account_by(session, app, each["access_token"], tenant) is None

    def test_a_program_exchanges_its_key(
        self, session: Any, app: Application, account: Account, key: ApiKey, tenant: HTTPBasicAuth,
        token_url: str,
    ) -> None:  # fmt: skip
        form = {"client_id": key.id, "client_secret": key.secret}
        found = session.fetch_token(token_url, grant_type="client_credentials", **form)

        assert "refresh_token" not in found
        assert account_by(session, app, found["access_token"], tenant) == account.href
