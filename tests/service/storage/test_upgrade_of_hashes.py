"""The upgrade of a database from before imported hashes were counted: its rows are unchanged, and counted."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import bcrypt
import pytest
import sqlalchemy as sa

from service.calls import Api, id_of
from service.database_access import connected, upgrade
from service.old_databases import fill, rows_at
from stormpath.server.app import Service, open_service

IMPORTED = bcrypt.hashpw(b"Changeme1", b"$2b$04$abcdefghijklmnopqrstuu").decode()


@pytest.fixture
def old_url(database_url: str) -> str:
    """A database of the version before, in which one account was imported and never logged in."""
    fill(database_url, "0006")
    with connected(database_url) as connection:
        upgrade(connection, "0009")
        connection.execute(
            sa.text("UPDATE accounts SET password_hash = :hash WHERE username_key = 'ada'"),
            {"hash": IMPORTED},
        )
    return database_url


@pytest.fixture
def upgraded(old_url: str) -> Iterator[Service]:
    with closing(open_service(old_url)) as service:
        yield service


@pytest.fixture
def api(upgraded: Service) -> Api:
    """The caller who had an API key before the upgrade."""
    return Api(upgraded, upgraded.base_url, upgraded.tenant_id, *rows_at("0006")["api_key"])


def accounts_in(url: str) -> list[dict[str, Any]]:
    with connected(url) as connection:
        accounts = sa.Table("accounts", sa.MetaData(), autoload_with=connection)
        found = connection.execute(sa.select(accounts).order_by(accounts.c.id)).mappings()
        return [dict(each) for each in found]


def test_accounts_are_unchanged(old_url: str):
    before = accounts_in(old_url)

    open_service(old_url).close()

    assert len(before) == 5
    assert accounts_in(old_url) == before


def test_imported_hashes_are_counted(upgraded: Service, api: Api):
    (atlas,) = api.get("/applications", name="Atlas").items

    with upgraded.database.read(api.tenant_id) as unit:
        kinds = unit.logins.hash_kinds(id_of(atlas), None)

    assert [each.number for each in kinds if each.kind == "$2b$04$"] == [1]


def test_an_imported_account_logs_in(api: Api):
    (atlas,) = api.get("/applications", name="Atlas").items

    assert api.log_in(atlas, "ada", "wrong").error == (400, 7100)
    assert api.log_in(atlas, "ada", "Changeme1").status == 200
