"""Databases that would lose or refuse data are refused when they are opened, with the remedy."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from service.calls import Api
from service.database_access import file_of, tables_in
from stormpath.server.app import CannotOpen, open_service
from support.postgresql import PostgreSQLServer

Admin = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def admin(postgresql_url: str) -> Iterator[Admin]:
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        yield connection


def reason(url: str) -> str:
    with pytest.raises(CannotOpen) as refused:
        open_service(url)
    assert "\n" not in str(refused.value)
    return str(refused.value)


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
    def test_a_database_that_cannot_hold_all_texts_is_refused(
        self, postgresql_server: PostgreSQLServer, encoding: str
    ):
        url = f"{postgresql_server.address}/encoding_{encoding.lower()}"
        with psycopg.connect(f"{postgresql_server.address}/postgres", autocommit=True) as admin:
            admin.execute(
                f"CREATE DATABASE encoding_{encoding} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' "
                "TEMPLATE template0".encode()
            )
        try:
            said = reason(url)
            with psycopg.connect(url) as connection:
                query = b"SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
                tables = connection.execute(query).fetchone()
        finally:
            postgresql_server.drop_database(url)

        assert f"encoding is {encoding}" in said
        assert "ENCODING 'UTF8'" in said
        assert tables == (0,)

    @pytest.mark.parametrize("said_by", ["variable", "url"])
    def test_texts_are_unicode_whatever_encoding_is_asked_for(
        self, initialized_postgresql_url: str, monkeypatch: pytest.MonkeyPatch, said_by: str
    ):
        url = initialized_postgresql_url
        if said_by == "variable":
            monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
        else:
            url += "?client_encoding=LATIN1"

        with closing(open_service(url)) as service:
            api = Api(service, service.base_url, service.tenant_id, *service.local_api_key())
            made = api.account(api.directory("Каталог"), givenName="Иван", surname="😀")
            found = api.get(made["href"]).ok

        assert (found["givenName"], found["surname"]) == ("Иван", "😀")

    def test_a_sqlite_database_of_another_encoding_is_refused(self, sqlite_url: str):
        with closing(sqlite3.connect(file_of(sqlite_url))) as other:
            other.execute("PRAGMA encoding = 'UTF-16le'")
            other.execute("CREATE TABLE notes (text TEXT)")

        said = reason(sqlite_url)

        assert "UTF-16le" in said
        assert ".dump" in said
        assert tables_in(sqlite_url) == {"notes"}


def test_a_database_that_takes_no_changes_is_refused(postgresql_url: str, admin: Admin):
    assert "default_transaction_read_only" in reason(
        f"{postgresql_url}?options=-cdefault_transaction_read_only%3Don"
    )


def test_a_standby_is_refused(postgresql_standby: PostgreSQLServer):
    said = reason(f"{postgresql_standby.address}/postgres")

    assert "standby" in said
    assert "target_session_attrs=read-write" in said


def test_a_postgresql_without_unicode_collations_is_refused(postgresql_url: str, admin: Admin):
    admin.execute('ALTER COLLATION pg_catalog."und-x-icu" RENAME TO "gone"')

    assert "ICU" in reason(postgresql_url)


def test_a_folder_in_which_sqlite_may_not_write_is_refused(
    initialized_sqlite_url: str, monkeypatch: pytest.MonkeyPatch
):
    folder = file_of(initialized_sqlite_url).parent
    may: Callable[[str, int], bool] = os.access
    # The superuser may do everything.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != folder and may(path, mode))

    assert str(folder) in reason(initialized_sqlite_url)


class TestOldSqlite:
    @pytest.mark.parametrize("version", [(3, 33, 0), (3, 31, 1)])
    def test_a_sqlite_that_cannot_index_texts_is_refused(
        self, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...]
    ):
        monkeypatch.setattr(sqlite3, "sqlite_version_info", version)

        assert "Use SQLite 3.34 or newer" in reason(sqlite_url)
        assert tables_in(sqlite_url) == set()
