"""The life of a client and its database: shared, closed, dropped, deleted, and opened by threads at once."""

import gc
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stormpath import Client
from stormpath.error import Error
from stormpath.server.storage import sqlite_files
from support.accounts import PASSWORD
from support.smtp_server import SmtpServer

NAMED = "sqlite:///file:shop?mode=memory"


def names(client: Client) -> set[str]:
    return {each.name for each in client.directories}


def use(client: Client, name: str = "Crew") -> None:
    """Read, write and hash, so that the service has all its threads and connections."""
    app = client.applications.create({"name": name}, create_directory=name)
    account = {"given_name": "Ann", "surname": "Lee", "email": "ann@example.com", "password": PASSWORD}
    app.accounts.create(account)
    app.authenticate_account("ann@example.com", PASSWORD)


def open_files(path: str) -> list[str]:
    found = []
    for each in Path("/proc/self/fd").iterdir():
        try:
            found.append(str(each.readlink()))
        except OSError:  # The one that lists them.
            continue
    return [each for each in found if each.startswith(path)]


class OwnThreads:
    """The service's threads that were started during a test."""

    def __init__(self) -> None:
        self._before = set(threading.enumerate())

    def now(self) -> list[str]:
        new = set(threading.enumerate()) - self._before
        return sorted(each.name for each in new if each.name.startswith("stormpath"))

    def left(self) -> list[str]:
        """Return those that are left once those that end have ended."""
        deadline = time.monotonic() + 5
        while self.now() and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.now()


@pytest.fixture
def threads() -> OwnThreads:
    return OwnThreads()


@pytest.fixture
def path(initialized_sqlite_url: str) -> Path:
    return Path(initialized_sqlite_url.removeprefix("sqlite:///"))


class TestInMemory:
    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
    def test_two_clients_without_a_name_have_two_databases(self, url: str) -> None:
        with Client(database=url) as one, Client(database=url) as other:
            one.directories.create({"name": "Crew"})

            assert "Crew" in names(one)
            assert "Crew" not in names(other)
            assert one.tenant.href != other.tenant.href

    def test_clients_that_give_one_name_share_a_database_until_the_last_is_closed(self) -> None:
        first = Client(database=NAMED)
        use(first)
        with Client(database=f"{NAMED}&cache=shared&uri=true") as second:
            first.close()
            assert "Crew" in names(second)
            with Client(database="sqlite:///file:other?mode=memory") as other:
                assert "Crew" not in names(other)

        with Client(database=NAMED) as later:
            assert "Crew" not in names(later)

    def test_a_named_one_has_one_base_url(self) -> None:
        with Client("https://a.example.com/v1", database=NAMED) as first:
            with Client(database=NAMED) as second:
                assert second.BASE_URL == first.BASE_URL
            with pytest.raises(Error, match="another base_url"):
                Client("https://b.example.com/v1", database=NAMED)

    def test_a_uri_of_a_file_is_refused(self) -> None:
        with pytest.raises(Error, match=r"write sqlite:///users\.db"):
            Client(database="sqlite:///file:users.db?mode=ro&uri=true")


class TestADeletedFile:
    def test_a_new_client_gets_a_new_database(self, path: Path) -> None:
        earlier = Client(database=path)
        use(earlier)
        for each in (path, *(path.with_name(path.name + end) for end in sqlite_files.BESIDE)):
            each.unlink(missing_ok=True)

        with Client(database=path) as later:
            assert "Crew" not in names(later)
            use(later)
            assert "Crew" in names(later)
        earlier.close()

    @pytest.mark.parametrize("how", ["deleted", "replaced", "relinked"])
    def test_the_earlier_client_s_reads_and_writes_are_refused(
        self,
        how: str,
        path: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        monkeypatch.setenv("STORMPATH_KEY_CACHE", "0")
        link = tmp_path / "link.db"
        link.symlink_to(path)
        other = tmp_path / "other.db"
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(other)) as target:
            source.backup(target)
        with Client(database=link) as earlier:
            directory = earlier.directories.create({"name": "Crew"})
            if how == "deleted":
                path.unlink()
            elif how == "replaced":
                for end in sqlite_files.BESIDE:
                    path.with_name(path.name + end).unlink(missing_ok=True)
                other.replace(path)
            else:
                link.unlink()
                link.symlink_to(other)

            for use_it in (directory.refresh, lambda: earlier.directories.create({"name": "Lost"})):
                caplog.clear()
                with pytest.raises(Error) as refused:
                    use_it()
                assert refused.value.status == 503
                assert "deleted or replaced" in caplog.text
            with Client(database=link) as later:
                assert "Crew" not in names(later)
                later.directories.create({"name": "New"})
                assert "New" in names(later)


class TestClosing:
    @pytest.fixture(params=["embedded", "served"])
    def client(self, request: pytest.FixtureRequest, initialized_sqlite_url: str) -> Iterator[Client]:
        if request.param == "embedded":
            client = Client(database=initialized_sqlite_url)
        else:
            client = Client("http://127.0.0.1:9/v1", id="ID", secret="sEcReT")
        yield client
        client.close()

    def test_a_request_after_it_is_an_error_that_says_so(self, client: Client) -> None:
        lazy = client.directories.get("/directories/x")
        with client as entered:
            assert entered is client
        client.close()

        for request in (lambda: lazy.name, lambda: client.tenant.name, lambda: list(client.accounts)):
            with pytest.raises(Error, match="client is closed"):
                request()

    def test_it_ends_the_threads_and_closes_the_files_of_the_last_client(
        self, path: Path, mailbox: SmtpServer, threads: OwnThreads
    ) -> None:
        first, second = Client(database=path, smtp_url=mailbox.url), Client(database=path)
        use(first)
        use(second, "Other")

        first.close()
        assert open_files(str(path))
        assert "Crew" in names(second)
        second.close()

        assert open_files(str(path)) == []
        assert threads.left() == []
        assert path.with_name(path.name + "-wal").exists() is False

    def test_a_thread_that_is_sending_meanwhile_gets_an_answer_or_that_error(self, path: Path) -> None:
        client = Client(database=path)
        failures, begun = [], threading.Event()

        def go_on() -> None:
            for _ in range(10_000):
                try:
                    client.directories.refresh()
                except Error as error:
                    failures.append(str(error))
                    return
                begun.set()

        threads = [threading.Thread(target=go_on) for _ in range(4)]
        for each in threads:
            each.start()
        begun.wait(10)
        client.close()
        for each in threads:
            each.join(20)

        assert len(failures) == 4
        assert all("client is closed" in each for each in failures)


class TestGarbage:
    def test_clients_that_are_dropped_close_their_database(
        self, path: Path, mailbox: SmtpServer, threads: OwnThreads
    ) -> None:
        for database in (path, "sqlite://", NAMED):
            client = Client(database=database, smtp_url=mailbox.url)
            use(client, "Dropped")
            assert threads.now() == ["stormpath-events", "stormpath-hash", "stormpath-sender"]
            del client

            gc.collect()

            assert threads.left() == []
        assert open_files(str(path)) == []

    def test_a_named_database_is_gone_with_them(self) -> None:
        use(Client(database=NAMED))
        gc.collect()

        with Client(database=NAMED) as later:
            assert "Crew" not in names(later)

    def test_they_do_not_decide_what_a_later_client_may_ask_for(self, path: Path) -> None:
        gc.disable()
        try:
            use(Client(database=path, mail_from="a@example.com"))

            with Client(database=path, mail_from="b@example.com") as later:
                assert "Crew" in names(later)
        finally:
            gc.enable()


class TestThreads:
    @pytest.mark.parametrize("database", ["file", "named"])
    def test_that_open_a_new_database_at_once_share_one(self, database: str, tmp_path: Path) -> None:
        named = tmp_path / "new.db" if database == "file" else NAMED
        clients: list[Client] = []
        barrier = threading.Barrier(8)

        def make(number: int) -> None:
            barrier.wait()
            clients.append(Client(database=named))
            clients[-1].directories.create({"name": f"D{number}"})

        threads = [threading.Thread(target=make, args=[number]) for number in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

        assert {f"D{number}" for number in range(8)} <= names(clients[0])
        for client in clients:
            client.close()
        assert open_files(str(tmp_path)) == []

    def test_that_open_and_close_one_get_a_database_that_works(self, path: Path) -> None:
        failures = []

        def open_and_close() -> None:
            for _ in range(5):
                try:
                    with Client(database=path) as client:
                        client.directories.refresh()
                except Exception as error:
                    failures.append(error)

        threads = [threading.Thread(target=open_and_close) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()

        assert failures == []
        assert open_files(str(path)) == []


class TestPaths:
    @pytest.mark.parametrize("name", ["users.db", "a #1 %20.db"])
    def test_a_path_names_a_file(self, name: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(path.parent)
        path.rename(path.with_name(name))
        with Client(database=Path(name)) as one, Client(database=path.with_name(name)) as other:
            one.directories.create({"name": "Crew"})

            assert "Crew" in names(other)
            assert {each.name for each in path.parent.iterdir()} == {name, f"{name}-wal", f"{name}-shm"}

    def test_a_path_that_no_url_can_hold_is_one_clear_error(self, tmp_path: Path) -> None:
        with pytest.raises(Error, match="question mark"):
            Client(database=tmp_path / "why?.db")

        assert os.listdir(tmp_path) == []

    def test_a_link_is_another_name_of_its_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("STORMPATH_SECRET_KEY")
        (tmp_path / "data").mkdir()
        target, link = tmp_path / "data" / "users.db", tmp_path / "link.db"
        link.symlink_to(target)
        with Client(database=link) as by_link, Client(database=target) as by_name:
            by_link.directories.create({"name": "Crew"})

            assert by_link.data_store.executor._app is by_name.data_store.executor._app
            assert {each.name for each in tmp_path.iterdir()} == {"data", "link.db"}
            assert {each.name for each in target.parent.iterdir()} == {
                f"users.db{end}" for end in ("", "-wal", "-shm", ".key")
            }
        with Client(database=target) as later:
            assert "Crew" in names(later)
        # Where it was put in the past.
        target.with_name("users.db.key").rename(tmp_path / "link.db.key")
        with Client(database=link) as later:
            assert "Crew" in names(later)
