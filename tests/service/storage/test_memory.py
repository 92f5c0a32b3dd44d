"""Databases in memory: their names, and their tables, which are made once in a process and copied."""

import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest

from stormpath.server.app import CannotOpen, identity_of, open_service
from stormpath.server.storage import memory_tables
from stormpath.server.storage.database import Database
from support.command import assert_refused, in_this_process

MEMORY = "sqlite://"


@pytest.fixture
def no_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test be the first of its process to open a database in memory."""
    monkeypatch.setattr(memory_tables, "_tables", None)


def definitions(database: Database) -> set[tuple[object, ...]]:
    with database.connect() as connection:
        rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_schema")
        # A table that a migration copies has its constraints in any order.
        return {
            (kind, name, *sorted(line.strip(" ,\t") for line in (sql or "").split("\n")))
            for kind, name, sql in rows
        }


def test_copied_tables_are_those_of_the_migrations_without_a_tenant_or_a_secret(
    initialized_sqlite_url: str, no_tables: None
) -> None:
    with (
        closing(open_service(initialized_sqlite_url)) as migrated,
        closing(open_service(MEMORY)) as first,
        closing(open_service(MEMORY)) as second,
    ):
        expected = definitions(migrated.database)

        assert len(expected) > 100
        assert definitions(first.database) == definitions(second.database) == expected
    assert memory_tables._tables is not None
    with closing(sqlite3.connect(":memory:")) as copied:
        copied.deserialize(memory_tables._tables)
        for table in ("tenants", "accounts", "api_keys", "service_state", "directories"):
            assert copied.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table  # noqa: S608


def test_threads_that_open_the_first_ones_at_once_get_one_each(no_tables: None) -> None:
    tenants: list[str] = []
    barrier = threading.Barrier(2)

    def open_one() -> None:
        barrier.wait()
        with closing(open_service(MEMORY)) as service:
            tenants.append(service.tenant_id)

    threads = [threading.Thread(target=open_one) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert len(set(tenants)) == 2


def test_a_set_up_that_fails_leaves_tables_that_the_next_can_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORMPATH_SECRET_KEY", "short")
    with suppress(CannotOpen):
        open_service(MEMORY)
    monkeypatch.delenv("STORMPATH_SECRET_KEY")

    with closing(open_service(MEMORY)) as service:
        assert service.local_api_key()


@pytest.mark.parametrize("command", ["init", "serve", "send-mail", "outbox"])
def test_a_command_refuses_a_database_that_would_be_gone_at_its_end(command: str, tmp_path: Path) -> None:
    options = {"init": ["--api-key-file", "key"], "send-mail": ["--smtp", "smtp://localhost:1"]}

    done = in_this_process(command, "--database", MEMORY, *options.get(command, []), cwd=tmp_path)

    assert_refused(done, "is in memory", "sqlite:///users.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sqlite:///users.db", "sqlite:///./users.db"),
        ("sqlite:///users.db", Path("users.db")),
        ("sqlite:///link.db", "sqlite:///users.db"),
        ("postgres://joe@h/x", "postgresql://joe@h/x"),
        ("sqlite:///file:a?mode=memory", " sqlite:///file:a?mode=memory&cache=shared\n"),
        ("sqlite:///file::memory:?cache=shared", "sqlite:///file::memory:?uri=true"),
    ],
)
def test_names_of_one_database_have_one_identity(
    one: str, other: str | Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link.db").symlink_to("users.db")

    assert identity_of(one) == identity_of(other)
    assert identity_of(one).key is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sqlite:///users.db", "sqlite:///other.db"),
        ("postgresql://joe@h/x", "postgresql://ann@h/x"),
        ("sqlite:///file:a?mode=memory", "sqlite:///file:b?mode=memory"),
    ],
)
def test_other_databases_have_another(one: str, other: str) -> None:
    assert identity_of(one) != identity_of(other)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_database_in_memory_without_a_name_has_none(url: str) -> None:
    assert identity_of(url).key is None
    assert identity_of(url).is_in_memory
