"""Damaged databases: the service says so, shows no value of a row, and writes into no deleted file."""

import logging
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, nullcontext, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from service.calls import Api, id_of
from service.database_access import connected, file_of
from stormpath import Client
from stormpath.error import Error
from stormpath.server.app import Service, open_service
from stormpath.server.domain.storage import StorageError, TimedOut, Unavailable
from stormpath.server.jobs import health
from stormpath.server.logs import security
from stormpath.server.storage.unit import Unit

SECRET = "hunter2"

ENDLESS = (
    "UPDATE accounts SET given_name = (WITH RECURSIVE n(i) AS "
    "(SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n)"
)

#: As text that is not UTF-8, which SQLite's driver puts into the message of its error; and of a wrong type.
NOT_UTF8 = f"CAST(X'{SECRET.encode().hex()}ff' AS TEXT)"
WRONG_TYPE = f"'{SECRET}'"
BLOB = f"X'{SECRET.encode().hex()}'"

FULL_DISK = """
import resource, sys
from stormpath.server.app import open_service
service = open_service(sys.argv[1])
service.database.ping()
wal = sys.argv[1].removeprefix("sqlite:///") + "-wal"
import os
resource.setrlimit(resource.RLIMIT_FSIZE, (os.stat(wal).st_size + 100, resource.RLIM_INFINITY))
try:
    service.database.ping()
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.fixture
def service(initialized_sqlite_url: str) -> Iterator[Service]:
    with closing(open_service(initialized_sqlite_url)) as service:
        yield service


@pytest.fixture
def api(service: Service) -> Api:
    return Api(service, service.base_url, service.tenant_id, *service.local_api_key())


@pytest.fixture
def file(initialized_sqlite_url: str) -> Path:
    return file_of(initialized_sqlite_url)


@pytest.fixture
def fresh_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let health look each time; otherwise an answer is up to a second old."""
    monkeypatch.setattr(health, "FRESH", 0.0)


def status_of_health(api: Api) -> int:
    return api.request("GET", "http://localhost:8080/health", credentials={}).status


def test_a_damaged_row_is_named_and_none_of_its_values_is_shown(
    api: Api, file: Path, caplog: pytest.LogCaptureFixture
):
    application, directory = api.application_with_directory()
    created = api.account(directory)
    account, sound, id = created["href"], api.account(directory, "sound")["href"], id_of(created)
    api.post(f"{account}/customData", {"a": 1})
    requests = {
        "read": lambda: api.get(account),
        "expanded": lambda: api.get(account, expand="customData,directory"),
        "listed": lambda: api.get(f"{directory['href']}/accounts"),
        "custom data": lambda: api.get(f"{account}/customData"),
        "changed": lambda: api.post(account, {"givenName": "B"}),
        "password changed": lambda: api.post(account, {"password": "Changeme2!x"}),
        "logged in": lambda: api.log_in(application, "ada"),
    }
    tried = {
        "accounts": (
            "given_name",
            "email",
            "password_hash",
            "created_at",
            "status",
            "email_verification_token",
        ),
        "accounts_custom_data": ("document", "created_at"),
    }
    named = set()
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        for table, columns in tried.items():
            key = "id" if table == "accounts" else "owner_id"
            for column in columns:
                select = f"SELECT {column} FROM {table} WHERE {key} = ?"  # noqa: S608  # names of this test
                [before] = database.execute(select, [id]).fetchone()
                for damage in (NOT_UTF8, WRONG_TYPE, BLOB):
                    update = f"UPDATE {table} SET {column} = %s WHERE {key} = ?"  # noqa: S608  # names of this test
                    database.execute(update % damage, [id])
                    caplog.clear()
                    security.finish()
                    with caplog.at_level(logging.DEBUG):
                        answers = {name: send() for name, send in requests.items()}
                        assert api.get(sound).status == 200
                    for name, answer in answers.items():
                        assert answer.status != 503, (table, column, damage, name)
                        if answer.status >= 400:
                            assert SECRET.encode() not in answer.raw, (table, column, damage, name)
                    assert SECRET not in caplog.text, (table, column, damage)
                    assert "argon" not in caplog.text
                    # A password that was replaced stays so; all else is as before.
                    database.execute(update % "?", [before, id])
                    if f"The row {id} of the table {table}" in caplog.text:
                        named.add((column, damage))
    assert {each for each, _ in named} >= {"given_name", "created_at", "document", "email_verification_token"}
    assert all((each, NOT_UTF8) in named for each in ("given_name", "email", "password_hash", "status"))
    assert api.get(account).status == 200


def test_a_damaged_api_key_is_named_and_shuts_out_no_other(
    service: Service, api: Api, file: Path, caplog: pytest.LogCaptureFixture
):
    key = service.operator.new_api_key(service.operator.owner().account_id)
    caller = Api(service, service.base_url, service.tenant_id, key.id, key.secret)
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        for damage in (NOT_UTF8, WRONG_TYPE, BLOB):
            update = f"UPDATE api_keys SET secret = {damage} WHERE id = ?"  # noqa: S608  # values of this test
            database.execute(update, [key.id])
            caplog.clear()

            assert caller.get("/applications").error == (500, 500)

            assert f"The row {key.id} of the table api_keys" in caplog.text
            assert SECRET not in caplog.text
    assert api.get("/applications").status == 200


def test_no_message_of_an_unexpected_error_reaches_the_log(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def fail(*_: object) -> None:
        raise RuntimeError(SECRET) from KeyError(SECRET)

    monkeypatch.setattr("stormpath.server.rest.engine.existing", fail)

    assert api.get(f"/applications/{'a' * 22}").error == (500, 500)

    assert "RuntimeError" in caplog.text
    assert "KeyError" in caplog.text
    assert "engine.py" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("replaced", [False, True])
def test_nothing_is_written_into_a_file_that_was_deleted_or_replaced(
    service: Service, api: Api, file: Path, replaced: bool, fresh_answers: None
):
    directory = api.directory()
    assert status_of_health(api) == 200
    for end in ("", "-wal", "-shm"):
        Path(f"{file}{end}").unlink(missing_ok=True)
    if replaced:
        with closing(open_service(f"sqlite:///{file}")):
            pass
    before = file.read_bytes() if replaced else b""

    refused = [
        api.post("/directories", {"name": "Late"}),
        api.delete(directory["href"]),
        api.post(directory["href"], {"name": "Late"}),
    ]

    assert [each.error for each in refused] == [(503, 503)] * 3
    assert all(int(each.headers["retry-after"]) > 0 for each in refused)
    assert status_of_health(api) == 503
    assert file.exists() is replaced
    assert not replaced or file.read_bytes() == before


def test_a_check_of_the_file_takes_microseconds(service: Service):
    check = service.database.file.check  # type: ignore[union-attr]  # it has one
    rounds = []
    for _ in range(20):
        started = time.perf_counter()
        for _ in range(100):
            check()
        rounds.append((time.perf_counter() - started) / 100)

    assert min(rounds) < 50e-6


def test_a_new_client_opens_the_file_that_is_there_now(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'test.db'}"
    old = Client(database=url)
    old.applications.create({"name": "App"})
    for each in tmp_path.glob("test.db*"):
        if each.suffix != ".key":
            each.unlink()

    with Client(database=url) as new:
        new.applications.create({"name": "App"})
        assert (tmp_path / "test.db").exists()
        with pytest.raises(Error) as refused:
            old.applications.create({"name": "Late"})
        assert refused.value.status == 503
        assert {each.name for each in new.applications} >= {"App"}
    old.close()


def test_health_notices_a_file_that_is_no_database_any_more(api: Api, file: Path, fresh_answers: None):
    assert status_of_health(api) == 200
    Path(f"{file}-wal").write_bytes(b"")
    with file.open("r+b") as damaged:
        damaged.write(b"Just some notes.\n" * 1000)

    assert status_of_health(api) == 503


def test_health_notices_a_full_disk(initialized_sqlite_url: str):
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, initialized_sqlite_url], capture_output=True, text=True, timeout=60
    )

    assert done.stdout.startswith("Unavailable SQLITE_"), done


def test_health_notices_a_postgresql_that_is_read_only(initialized_postgresql_url: str, fresh_answers: None):
    name = initialized_postgresql_url.rpartition("/")[2]
    with closing(open_service(initialized_postgresql_url)) as service:
        with connected(initialized_postgresql_url) as admin:
            # What a standby answers to each write, too.
            admin.execute(sa.text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
        with pytest.raises(Unavailable):
            service.database.ping()


def test_health_looks_once_a_second_and_waits_for_no_writer(
    service: Service, api: Api, file: Path, monkeypatch: pytest.MonkeyPatch
):
    looked = []
    find = service.database._health._find_error

    def count() -> StorageError | None:
        looked.append(1)
        return find()

    monkeypatch.setattr(service.database._health, "_find_error", count)
    with closing(sqlite3.connect(file, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        started = time.monotonic()

        statuses = [status_of_health(api) for _ in range(20)]

        assert time.monotonic() - started < health.TIMEOUT
        writer.execute("ROLLBACK")
    assert statuses == [200] * 20
    assert len(looked) == 1


class TestABrokenUnit:
    """After a failed statement that ended the transaction, the error is what it was."""

    @pytest.fixture
    def postgresql(self, initialized_postgresql_url: str) -> Iterator[Service]:
        with closing(open_service(initialized_postgresql_url)) as service:
            yield service

    @pytest.mark.parametrize("attempts", [0, 1, 2])
    def test_a_connection_that_breaks_makes_it_unavailable(self, postgresql: Service, attempts: int):
        def write() -> None:
            with postgresql.database.write(postgresql.tenant_id) as unit:
                break_connection(postgresql, unit)
                for _ in range(attempts):
                    with suppress(Unavailable, sa.exc.SQLAlchemyError), unit.attempt():
                        unit.insert("directory", {"id": "x"})
                unit.find("directory", name="x")

        with pytest.raises(Unavailable):
            write()
        write_something(postgresql)

    def test_a_rule_that_answers_an_error_does_not_go_on(self, postgresql: Service):
        def write() -> None:
            with (
                postgresql.database.write(postgresql.tenant_id) as unit,
                suppress(ValueError),
                unit.attempt(),
            ):
                break_connection(postgresql, unit)
                raise ValueError("a rule's own, after the connection broke")

        with pytest.raises(Unavailable):
            write()
        write_something(postgresql)

    @pytest.mark.parametrize("is_attempt", [False, True])
    def test_a_statement_that_is_interrupted_is_timed_out(self, service: Service, is_attempt: bool):
        def write() -> None:
            with service.database.write(service.tenant_id) as unit:
                unit.connection.connection.driver_connection.allow(0.01)  # type: ignore[union-attr]  # it is open
                with unit.attempt() if is_attempt else nullcontext():
                    unit.connection.exec_driver_sql(ENDLESS)

        with pytest.raises(TimedOut):
            write()
        write_something(service)


def break_connection(service: Service, unit: Unit) -> None:
    """End the session of a unit, as a restart of PostgreSQL does."""
    pid = unit.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with service.database.engine.connect() as other:
        other.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 5000)")


def write_something(service: Service) -> None:
    with service.database.write(service.tenant_id) as unit:
        assert unit.update("tenant", service.tenant_id, {"modified_at": 1})
