"""The files of a database and its keys: for their owner only from their first byte, whatever the umask is."""

import logging
import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from service.calls import Api
from stormpath.cli.key_file import KeyFile
from stormpath.server.app import CannotOpen, Service, open_service

SECRET = "correct horse battery staple"


@pytest.fixture(params=[0o000, 0o022, 0o777], ids=oct)
def umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


@pytest.fixture(autouse=True)
def key_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORMPATH_SECRET_KEY", raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def opened(folder: Path) -> Service:
    return open_service(f"sqlite:///{folder / 'users.db'}")


def caller(service: Service) -> Api:
    return Api(service, service.base_url, service.tenant_id, *service.local_api_key())


def modes(folder: Path) -> dict[str, int]:
    return {each.name: stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()}


def test_every_file_is_for_its_owner_alone_whatever_the_umask_is(folder: Path, umask: None):
    with closing(opened(folder)), KeyFile(folder / "apiKey.properties") as key_file:
        key_file.write("id", "secret")

        assert modes(folder) == dict.fromkeys(
            ("users.db", "users.db-wal", "users.db-shm", "users.db.key", "apiKey.properties"), 0o600
        ) | {name: 0o600 for name in modes(folder) if name.startswith(".apiKey")}


def test_no_file_is_wider_for_a_moment(folder: Path, monkeypatch: pytest.MonkeyPatch):
    before = os.umask(0)
    seen: set[int] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            for each in folder.iterdir():
                with suppress(FileNotFoundError):
                    seen.add(stat.S_IMODE(each.stat().st_mode))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        opened(folder).close()
    finally:
        done.set()
        watcher.join()
        os.umask(before)

    assert seen == {0o600}


def test_a_file_at_the_end_of_a_symbolic_link_is_created_for_its_owner_too(folder: Path):
    target = folder / "elsewhere.db"
    (folder / "users.db").symlink_to(target)

    opened(folder).close()

    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("nowhere/users.db", "symbolic link to .*nowhere/users.db, and the folder .*nowhere does not exist"),
        ("users.db", "lead in a circle"),
        ("sub", "it is a folder"),
        ("pipe", "a device or a pipe"),
    ],
)
def test_a_link_that_leads_to_no_file_is_refused_with_the_reason(folder: Path, target: str, reason: str):
    (folder / "sub").mkdir()
    os.mkfifo(folder / "pipe")
    (folder / "users.db").symlink_to(folder / target)
    before = sorted(folder.rglob("*"))

    with pytest.raises(CannotOpen, match=reason):
        opened(folder)

    assert sorted(folder.rglob("*")) == before


def test_the_files_beside_the_end_of_a_link_are_named_when_others_may_use_them(
    folder: Path, caplog: pytest.LogCaptureFixture
):
    (folder / "data").mkdir()
    (folder / "users.db").symlink_to(folder / "data" / "users.db")
    with closing(opened(folder)):
        for each in (folder / "data").iterdir():
            each.chmod(0o644)

        with caplog.at_level(logging.WARNING), closing(opened(folder)):
            pass

    names = {Path(each.split("chmod 600 ")[1]).name for each in told(caplog)}
    assert names == {"users.db", "users.db-wal", "users.db-shm", "users.db.key"}


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if "chmod" in each.getMessage()]


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o602])
def test_a_file_that_others_may_use_is_logged_once_and_left_as_it_is(
    folder: Path, mode: int, caplog: pytest.LogCaptureFixture
):
    opened(folder).close()
    wide = [folder / "users.db", folder / "users.db.key"]
    for each in wide:
        each.chmod(mode)

    with caplog.at_level(logging.WARNING), closing(opened(folder)) as service:
        caller(service).get("/applications")

    # SQLite makes -wal and -shm as wide as the database.
    names = {each.split("chmod 600 ")[1] for each in told(caplog)}
    assert {str(each) for each in wide} <= names
    assert len(told(caplog)) == len(names)
    assert all(f"{mode:04o}" in each for each in told(caplog))
    assert modes(folder)["users.db"] == mode


def test_files_of_their_owner_are_not_mentioned(folder: Path, caplog: pytest.LogCaptureFixture):
    for _ in range(2):
        opened(folder).close()

    assert told(caplog) == []


def test_an_api_key_file_that_others_may_read_is_logged(folder: Path, caplog: pytest.LogCaptureFixture):
    file = folder / "apiKey.properties"
    file.write_text("apiKey.id = 1\napiKey.secret = 2\n")
    file.chmod(0o644)

    with KeyFile(file) as key_file:
        assert key_file.pair == ("1", "2")

    assert [each.partition("chmod")[2] for each in told(caplog)] == [f" 600 {file}"]


def test_connections_of_every_kind_overwrite_what_they_delete(folder: Path):
    with closing(opened(folder)) as service:
        database = service.database
        for engine in (database.engine, database.async_commit_engine, database.new_health_engine(1.0)):
            with engine.connect() as connection:
                assert connection.exec_driver_sql("PRAGMA secure_delete").scalar_one() == 1
            engine.dispose()


def test_nothing_of_a_deleted_account_is_left_in_the_file(folder: Path):
    with closing(opened(folder)) as service:
        api = caller(service)
        directory = api.directory()
        accounts = []
        for number in range(20):
            body = {
                "givenName": SECRET,
                "surname": "S",
                "email": f"a{number}@example.com",
                "password": "Changeme1!",
                # Longer than a page, whose place becomes free as a whole.
                "customData": {"note": SECRET * 400},
            }
            accounts.append(api.post(f"{directory['href']}/accounts", body).made["href"])
        for each in accounts:
            assert api.delete(each).status == 204
    with closing(sqlite3.connect(folder / "users.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    assert SECRET.encode() not in (folder / "users.db").read_bytes()
