"""Opening databases in every state: new, initialized, shared, damaged, locked."""

import os
import sqlite3
import stat
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.calls import Api
from service.database_access import connected, count, file_of, tables_in
from stormpath.server.app import CannotOpen, NotSetUp, open_service
from stormpath.server.storage import engines, migrate
from support.programs import PROGRAMS, text
from support.served import eventually

OPEN_AND_TELL = """
import sys
from stormpath.server.app import open_service
service = open_service(sys.argv[1])
print(service.tenant_id, service.local_api_key())
service.close()
"""
OTHER_KEY = "b3RoZXIga2V5IG90aGVyIGtleSBvdGhlciBrZXkgMTE="


@pytest.fixture
def caller() -> Iterator[Callable[[str], Api]]:
    """``caller(url)`` opens the service on a database until the test ends, and calls it."""
    with ExitStack() as services:

        def open_it(url: str) -> Api:
            service = services.enter_context(closing(open_service(url)))
            key_id, secret = service.local_api_key()
            return Api(service, service.base_url, service.tenant_id, key_id, secret)

        yield open_it


class TestOpening:
    def test_opening_twice_opens_the_same_tenant(self, database_url: str):
        first, second = open_service(database_url), open_service(database_url)

        assert first.tenant_id == second.tenant_id
        assert first.local_api_key() == second.local_api_key()
        first.close()
        second.close()

    @pytest.mark.parametrize("turn", range(3))
    def test_opening_from_many_threads_at_once_creates_one_tenant(self, database_url: str, turn: int):
        crowd = 4
        ready = threading.Barrier(crowd)

        def open_it(_: int) -> tuple[str, tuple[str, str]]:
            ready.wait()
            service = open_service(database_url)
            try:
                return service.tenant_id, service.local_api_key()
            finally:
                service.close()

        with ThreadPoolExecutor(crowd) as threads:
            opened = list(threads.map(open_it, range(crowd)))

        assert len(set(opened)) == 1
        assert count(database_url, "tenants") == 1
        assert count(database_url, "api_keys") == 1

    def test_opening_waits_longer_for_one_that_sets_the_database_up_than_a_change_does(
        self, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(engines, "BUSY_TIMEOUT", 0.2)
        with connected(postgresql_url) as other, ThreadPoolExecutor(1) as thread:
            migrate.lock_out_others(other)
            opening = thread.submit(open_service, postgresql_url)
            # A transaction holds the lock, and one waits for it.
            waiting = sa.text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            eventually(lambda: other.execute(waiting).scalar_one())
            time.sleep(0.5)
            other.rollback()
            service = opening.result(60)

        assert service.tenant_id
        # And then no longer.
        with service.database.transaction() as connection:
            migrate.lock_out_others(connection)
            assert connection.exec_driver_sql("SHOW lock_timeout").scalar_one() == "200ms"
        service.close()

    def test_opening_from_two_processes_at_once_creates_one_tenant_and_one_secret_key(
        self, database_url: str, own_home: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.delenv("STORMPATH_SECRET_KEY")
        program = text(OPEN_AND_TELL, database_url)
        running = [
            PROGRAMS.start(program, env=os.environ, stdout=subprocess.PIPE, text=True) for _ in range(2)
        ]
        told = [each.communicate(timeout=60)[0] for each in running]

        assert [each.returncode for each in running] == [0, 0]
        assert told[0] == told[1] != ""
        assert count(database_url, "tenants") == 1
        assert count(database_url, "api_keys") == 1

    def test_a_new_database_is_left_unchanged_without_create(self, database_url: str):
        with pytest.raises(NotSetUp, match="stormpath init") as refused:
            open_service(database_url, create=False)

        assert refused.value.is_new
        if database_url.startswith("sqlite"):
            assert not file_of(database_url).exists()
        else:
            assert tables_in(database_url) == set()

    def test_an_initialized_database_is_opened_without_create(self, initialized_database_url: str):
        open_service(initialized_database_url, create=False).close()

    def test_a_relative_file_stays_the_same_when_the_process_moves(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caller
    ):
        for folder in ("here", "there"):
            (tmp_path / folder).mkdir()
        monkeypatch.chdir(tmp_path / "here")
        api = caller("sqlite:///users.db")
        directory = api.directory()

        monkeypatch.chdir(tmp_path / "there")
        with ThreadPoolExecutor(4) as threads:  # Each thread has its own connection.
            found = list(threads.map(lambda _: api.get(directory["href"]).status, range(16)))

        assert found == [200] * 16
        assert list((tmp_path / "there").iterdir()) == []

    def test_a_database_in_memory_serves_many_threads(self, caller):
        api = caller("sqlite://")

        with ThreadPoolExecutor(8) as threads:
            made = list(threads.map(lambda n: api.post("/directories", {"name": f"D{n}"}).status, range(24)))

        assert made == [201] * 24
        assert api.get("/directories").ok["size"] == 26

    def test_stored_resources_are_there_after_opening_again(self, database_url: str, caller):
        directory = caller(database_url).directory()

        assert caller(database_url).get(directory["href"]).ok == directory


def one_line(refused: pytest.ExceptionInfo[CannotOpen]) -> str:
    text = str(refused.value)
    assert "\n" not in text
    assert "Traceback" not in text
    return text


class TestRefusals:
    def test_a_database_of_a_newer_release_is_refused(self, initialized_database_url: str):
        with connected(initialized_database_url) as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))

        for create in (True, False):
            with pytest.raises(CannotOpen, match="newer release") as refused:
                open_service(initialized_database_url, create=create)
            assert "9999" in one_line(refused)
        assert count(initialized_database_url, "tenants") == 1

    @pytest.mark.parametrize("key", [OTHER_KEY, "short", "not base64 at all!", "", "A" * 44])
    def test_another_secret_key_is_refused(
        self, initialized_database_url: str, monkeypatch: pytest.MonkeyPatch, key: str
    ):
        if not key:
            monkeypatch.delenv("STORMPATH_SECRET_KEY")
        else:
            monkeypatch.setenv("STORMPATH_SECRET_KEY", key)

        with pytest.raises(CannotOpen, match="STORMPATH_SECRET_KEY") as refused:
            open_service(initialized_database_url)

        assert not key or key not in one_line(refused)

    def test_a_lost_secret_key_file_is_reported_and_not_made_again(
        self, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.delenv("STORMPATH_SECRET_KEY")
        open_service(sqlite_url).close()
        key = Path(f"{file_of(sqlite_url)}.key")
        assert stat.S_IMODE(key.stat().st_mode) == 0o600

        key.unlink()

        with pytest.raises(CannotOpen, match="is missing"):
            open_service(sqlite_url)
        assert not key.exists()

    def test_a_file_that_is_no_database_is_refused(self, tmp_path: Path):
        file = tmp_path / "notes.txt"
        file.write_text("Just some notes, long enough to be no header of a database at all.\n" * 100)
        before = file.read_bytes()

        with pytest.raises(CannotOpen, match="not a SQLite database") as refused:
            open_service(f"sqlite:///{file}")

        assert str(file) in one_line(refused)
        assert file.read_bytes() == before

    def test_a_folder_is_refused(self, tmp_path: Path):
        with pytest.raises(CannotOpen, match="it is a folder") as refused:
            open_service(f"sqlite:///{tmp_path}")

        assert one_line(refused)

    def test_a_file_in_a_missing_folder_is_refused(self, tmp_path: Path):
        with pytest.raises(CannotOpen, match="does not exist"):
            open_service(f"sqlite:///{tmp_path}/nowhere/users.db")

        assert list(tmp_path.iterdir()) == []

    def test_an_unreadable_file_is_refused(
        self, initialized_sqlite_url: str, monkeypatch: pytest.MonkeyPatch
    ):
        file_of(initialized_sqlite_url).chmod(0)
        if os.geteuid() == 0:
            # The superuser may do everything: connect as an ordinary user.
            monkeypatch.setattr(os, "access", lambda path, mode: bool(os.stat(path).st_mode & 0o007))

        with pytest.raises(CannotOpen, match="may not read and write"):
            open_service(initialized_sqlite_url)

    @pytest.mark.parametrize(
        "url", ["", "users.db", "mysql://localhost/users", "sqlite", "://", "http://localhost/v1"]
    )
    def test_a_url_that_names_no_database_is_refused(self, url: str):
        with pytest.raises(CannotOpen) as refused:
            open_service(url)

        assert one_line(refused)

    def test_a_password_in_a_url_is_not_repeated(self):
        for url in ("postgresql://ada:hunter2@127.0.0.1:1/users", "mysql://ada:hunter2@localhost/users"):
            with pytest.raises(CannotOpen) as refused:
                open_service(url)
            assert "hunter2" not in one_line(refused)

    def test_a_database_unknown_to_the_server_is_refused(self, postgresql_url: str):
        with pytest.raises(CannotOpen, match="does not exist") as refused:
            open_service(f"{postgresql_url}_not_there")

        assert one_line(refused)

    @pytest.mark.parametrize("setting", ["base_url", "STORMPATH_MAX_BODY", "STORMPATH_PASSWORD_HASHING"])
    def test_an_invalid_setting_is_refused_before_a_database_is_made(
        self, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, setting: str
    ):
        base_url = "not a url" if setting == "base_url" else None
        if base_url is None:
            monkeypatch.setenv(setting, "nonsense")

        with pytest.raises(CannotOpen) as refused:
            open_service(sqlite_url, base_url)

        assert one_line(refused)
        assert not file_of(sqlite_url).exists()


class TestAnotherWriter:
    @pytest.fixture(autouse=True)
    def impatience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(engines, "BUSY_TIMEOUT", 0.2)

    def test_setting_up_waits_for_another_writer_and_then_reports_it(self, sqlite_url: str):
        with closing(sqlite3.connect(file_of(sqlite_url))) as other:
            other.execute("BEGIN EXCLUSIVE")

            with pytest.raises(CannotOpen, match="another program is writing") as refused:
                open_service(sqlite_url)

        assert one_line(refused)
        open_service(sqlite_url).close()

    def test_another_writer_makes_the_service_answer_503(self, initialized_sqlite_url: str, caller):
        api = caller(initialized_sqlite_url)
        directory = api.directory()

        with closing(sqlite3.connect(file_of(initialized_sqlite_url))) as other:
            other.execute("BEGIN IMMEDIATE")
            refused = api.post("/directories", {"name": "Late"})
            read = api.get(directory["href"])
            other.rollback()

        assert refused.error == (503, 503)
        assert int(refused.headers["retry-after"]) > 0
        assert read.ok == directory
        assert api.post("/directories", {"name": "Late"}).status == 201

    def test_a_locked_row_of_postgresql_makes_the_service_answer_503(
        self, initialized_postgresql_url: str, caller
    ):
        api = caller(initialized_postgresql_url)
        directory = api.directory()

        with connected(initialized_postgresql_url) as other:
            other.execute(sa.text("SELECT * FROM directories FOR UPDATE"))
            refused = api.post(directory["href"], {"name": "Late"})
            read = api.get(directory["href"])

        assert refused.error == (503, 503)
        assert read.ok == directory
        assert api.post(directory["href"], {"name": "Late"}).ok["name"] == "Late"

    def test_broken_connections_are_replaced(self, initialized_postgresql_url: str, caller):
        api = caller(initialized_postgresql_url)
        directory = api.directory()

        with connected(initialized_postgresql_url) as other:
            others = (
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            )
            other.execute(sa.text(f"{others} AND pid <> pg_backend_pid()"))
            for _ in range(3):
                answer = api.get(directory["href"])
                assert answer.status in (200, 503)

        assert api.get(directory["href"]).ok == directory
        assert api.post(directory["href"], {"name": "After"}).status == 200
