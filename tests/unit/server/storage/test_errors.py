"""The storage errors that are raised in place of drivers' errors."""

import re
import sqlite3
from types import SimpleNamespace

import psycopg.errors
import pytest
import sqlalchemy as sa

from stormpath.server.domain.storage import (
    Busy,
    MissingReference,
    NotUnique,
    StorageError,
    TimedOut,
    Unavailable,
)
from stormpath.server.storage.database import _reason_of
from stormpath.server.storage.errors import translate


def wrapped(original: Exception) -> sa.exc.DBAPIError:
    return sa.exc.DBAPIError("SELECT secret", {"a": "secret"}, original)


@pytest.fixture
def connection():
    connection = sqlite3.connect(":memory:", timeout=0)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("CREATE TABLE owners (id TEXT PRIMARY KEY, name TEXT, name_key TEXT)")
    connection.execute("CREATE UNIQUE INDEX uq_owners_name ON owners (id, name_key)")
    connection.execute("CREATE UNIQUE INDEX uq_owners_only ON owners (name) WHERE name = 'only'")
    connection.execute("CREATE TABLE things (owner TEXT REFERENCES owners (id))")
    yield connection
    connection.close()


def error_of(connection: sqlite3.Connection, *statements: str) -> StorageError:
    *before, last = statements
    for each in before:
        connection.execute(each)
    with pytest.raises(sqlite3.Error) as raised:
        connection.execute(last)
    return translate(wrapped(raised.value))


class TestSqlite:
    def test_what_is_not_unique_is_named_by_its_last_column(self, connection: sqlite3.Connection):
        connection.execute("DROP TABLE things")
        connection.execute("CREATE TABLE things (owner TEXT, name_key TEXT, UNIQUE (owner, name_key))")

        found = error_of(connection, *["INSERT INTO things VALUES ('a', 'b')"] * 2)

        assert isinstance(found, NotUnique)
        assert found.column == "name"

    def test_a_reference_to_a_missing_row_is_a_missing_reference(self, connection: sqlite3.Connection):
        assert isinstance(error_of(connection, "INSERT INTO things VALUES ('nobody')"), MissingReference)

    def test_a_locked_file_is_busy(self, tmp_path):
        one, other = (sqlite3.connect(tmp_path / "x.db", timeout=0) for _ in range(2))
        one.execute("BEGIN IMMEDIATE")

        assert isinstance(error_of(other, "BEGIN IMMEDIATE"), Busy)
        one.close()
        other.close()

    def test_any_other_error_means_unavailable(self, connection: sqlite3.Connection):
        assert isinstance(error_of(connection, "SELECT * FROM nothing"), Unavailable)


class Diagnosed(psycopg.errors.UniqueViolation):
    diag = SimpleNamespace(constraint_name="uq_accounts_email", table_name="accounts")  # type: ignore[assignment]  # what a server would tell


class TestPostgresql:
    def test_what_is_not_unique_is_named_by_its_index(self):
        found = translate(wrapped(Diagnosed()))

        assert isinstance(found, NotUnique)
        assert found.column == "email"

    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (psycopg.errors.ForeignKeyViolation(), MissingReference),
            (psycopg.errors.DeadlockDetected(), Busy),
            (psycopg.errors.SerializationFailure(), Busy),
            (psycopg.errors.LockNotAvailable(), Busy),
            (psycopg.errors.QueryCanceled(), TimedOut),
            (psycopg.errors.AdminShutdown(), Unavailable),
            (psycopg.OperationalError("password=secret"), Unavailable),
        ],
        ids=lambda each: getattr(type(each), "__name__", ""),
    )
    def test_each_state_is_one_storage_error_that_tells_no_secret(
        self, error: Exception, expected: type[StorageError]
    ):
        for form in (error, wrapped(error)):
            found = translate(form)
            assert type(found) is expected
            assert "secret" not in str(found)


def test_a_user_whom_the_system_does_not_know_is_told_to_name_one():
    error = wrapped(
        psycopg.OperationalError("connection is bad: local user with ID 54321 does not exist\nmore")
    )

    assert re.fullmatch(
        "connection is bad: local user with ID 54321 .* name a user in the URL, .*", _reason_of(error)
    )


def test_a_timeout_of_the_connection_pool_is_busy():
    assert isinstance(translate(sa.exc.TimeoutError()), Busy)
