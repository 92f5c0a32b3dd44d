"""An embedded client and hrefs that were stored under a former base URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from stormpath import Client
from stormpath.api_auth import (
    AccessToken,
    ApiRequestAuthenticator,
    JwtAuthenticator,
    PasswordGrantAuthenticator,
    RefreshGrantAuthenticator,
)
from stormpath.error import Error
from support import databases
from support.accounts import PASSWORD

FORMER = "https://users.example.com/api/v1"
PERSON = {"given_name": "Ada", "surname": "L", "password": PASSWORD}
PUBLIC = "https://id.example.com/v1"


@pytest.fixture
def database(sqlite_template: str, tmp_path: Path) -> str:
    return databases.sqlite_copy(sqlite_template, tmp_path)


@pytest.fixture
def stored(database: str) -> dict[str, str]:
    """Hrefs that an application has stored while the service had its former base URL."""
    with Client(database=database, base_url=FORMER) as client:
        app = client.applications.create({"name": "Bridge"}, create_directory=True)
        account = app.accounts.create({**PERSON, "email": "ada@example.com"})
        other = client.directories.create({"name": "Others"})
        return {"app": app.href, "account": account.href, "directory": other.href}


def check_that_hrefs_work(client: Client, stored: dict[str, str]) -> None:
    account = client.accounts.get(stored["account"])
    app = client.applications.get(stored["app"])

    assert stored["account"].startswith(FORMER)
    assert account.email == "ada@example.com"
    assert account.href.startswith(f"{client.BASE_URL}/accounts/")
    assert account in app.accounts
    grace = app.accounts.create({**PERSON, "email": "grace@example.com"})
    assert app.authenticate_account("grace@example.com", PASSWORD).account == grace
    # In bodies, and whole dictionaries that were stored.
    mapping = app.account_store_mappings.create(
        {"application": {"href": stored["app"]}, "account_store": {"href": stored["directory"]}}
    )
    assert mapping.account_store == client.directories.get(stored["directory"])
    mapping.delete()


def test_an_embedded_client_follows_hrefs_of_a_former_base_url(database: str, stored: dict[str, str]):
    with Client(database=database, base_url=PUBLIC, base_url_aliases=[FORMER]) as client:
        check_that_hrefs_work(client, stored)


def test_an_embedded_client_knows_the_aliases_of_its_service(
    database: str, stored: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("STORMPATH_BASE_URL_ALIASES", FORMER)

    with Client(database=database, base_url=PUBLIC) as client:
        check_that_hrefs_work(client, stored)
    with Client(database=database, base_url=PUBLIC, base_url_aliases="http://users.internal/v1") as client:
        assert client.accounts.get(stored["account"]).email == "ada@example.com"


def test_without_an_alias_the_error_names_the_setting(database: str, stored: dict[str, str]):
    with Client(database=database, base_url=PUBLIC) as client, pytest.raises(Error, match="base_url_aliases"):
        print(client.accounts.get(stored["account"]).email)


def test_a_wrong_alias_of_the_service_is_one_line_of_error(database: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STORMPATH_BASE_URL_ALIASES", "users.internal")

    with pytest.raises(
        Error, match=r"alias must look like https://id\.example\.com/v1; 'users\.internal' does"
    ):
        Client(database=database)


def test_tokens_of_a_former_base_url_stay_valid(database: str):
    with Client(database=database, base_url=FORMER) as client:
        app = client.applications.create({"name": "Deck"}, create_directory=True)
        account = app.accounts.create({**PERSON, "email": "ada@example.com"})
        tokens = PasswordGrantAuthenticator(app).authenticate("ada@example.com", PASSWORD)
        texts = str(tokens.access_token), str(tokens.refresh_token)
        hrefs = app.href, account.href

    with Client(database=database, base_url=PUBLIC, base_url_aliases=[FORMER]) as client:
        app, account = client.applications.get(hrefs[0]), client.accounts.get(hrefs[1])
        access, refresh = texts
        for is_local in (False, True):
            assert JwtAuthenticator(app).authenticate(access, is_local).account == account
        bearer = {"Authorization": f"Bearer {access}"}
        assert ApiRequestAuthenticator(app).authenticate(bearer).account == account
        assert AccessToken(app, access).account == account
        assert RefreshGrantAuthenticator(app).authenticate(refresh).account == account
    # Without the alias they name another application.
    with Client(database=database, base_url=PUBLIC) as client:
        app = client.applications.get(hrefs[0].replace(FORMER, PUBLIC))
        assert JwtAuthenticator(app).authenticate(access, local_validation=True) is None
