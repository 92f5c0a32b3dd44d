"""PostgreSQL's extension pg_trgm: the service works without it, says so, and uses it once it is there."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from service.calls import Api
from stormpath.server.app import open_service

#: Of the indexes that need it.
NUMBER = 5

INDEXES = "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'ix\\_%\\_search\\_texts'"


@pytest.fixture
def limited_url(postgresql_url: str) -> Iterator[str]:
    """The URL for a role that may create tables, and no extension."""
    parts = urlsplit(postgresql_url)
    with psycopg.connect(postgresql_url, autocommit=True) as admin:
        admin.execute("CREATE ROLE limited LOGIN PASSWORD 'limited'")
        admin.execute("GRANT CREATE, USAGE ON SCHEMA public TO limited")
        yield f"postgresql://limited:limited@{parts.hostname}:{parts.port}{parts.path}"
        admin.execute("DROP OWNED BY limited CASCADE")
        admin.execute("DROP ROLE limited")


@contextmanager
def opened(url: str) -> Iterator[Api]:
    with closing(open_service(url)) as service:
        yield Api(service, service.base_url, service.tenant_id, *service.local_api_key())


def indexes(url: str) -> int:
    with psycopg.connect(url) as connection:
        return int(connection.execute(INDEXES).fetchall()[0][0])


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = [each.getMessage() for each in caplog.records if "pg_trgm" in each.getMessage()]
    caplog.clear()
    return found


@pytest.mark.parametrize("schema", ["public", "Of extensions"])
def test_a_role_that_may_not_create_it_searches_without_until_it_is_there(
    limited_url: str, postgresql_url: str, schema: str, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.WARNING)
    with opened(limited_url) as api:
        directory = api.directory()
        account = api.account(directory, "x", surname="Lovelace")
        href = directory["accounts"]["href"]

        for query in ({"surname": "*elac*"}, {"surname": "*ace"}, {"q": "love"}, {"surname": "lovelace"}):
            assert [each["href"] for each in api.get(href, query).items] == [account["href"]]
        assert indexes(limited_url) == 0
        (warning,) = warnings(caplog)
    assert "permission denied" in warning
    assert "CREATE EXTENSION pg_trgm" in warning

    with psycopg.connect(postgresql_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))
        admin.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO PUBLIC").format(sql.Identifier(schema)))
        admin.execute(sql.SQL("CREATE EXTENSION pg_trgm SCHEMA {}").format(sql.Identifier(schema)))
    with opened(limited_url) as api:
        assert [each["href"] for each in api.get(href, surname="*elac*").items] == [account["href"]]
        assert indexes(limited_url) == NUMBER
    assert warnings(caplog) == []


def test_a_database_that_has_it_is_opened_without_a_word(
    initialized_postgresql_url: str, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.WARNING)

    with opened(initialized_postgresql_url):
        assert indexes(initialized_postgresql_url) == NUMBER
    assert warnings(caplog) == []
