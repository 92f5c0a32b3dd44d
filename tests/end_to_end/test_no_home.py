"""A user without a home folder, as in many containers: everything works that is given a place."""

from pathlib import Path

import pytest

from stormpath import Client
from stormpath.error import Error
from support.command import Done, assert_refused, in_this_process

SQLITE = "sqlite:///users.db"


@pytest.fixture(autouse=True)
def folder(homeless: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The empty current folder of a user without a home folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STORMPATH_PASSWORD_HASHING")
    return tmp_path


def init(database: str, *arguments: str) -> Done:
    return in_this_process("init", "--database", database, "--admin-email", "ann@example.com", *arguments)


def test_init_works_where_the_key_file_is_named(folder: Path) -> None:
    done = init(SQLITE, "--api-key-file", "key")

    assert (done.returncode, done.stderr) == (0, "")
    assert "api_key_file_location='key'" in done.stdout
    with Client(database=folder / "users.db", api_key_file_location="key") as client:
        assert client.tenant.name


def test_init_creates_nothing_where_it_is_not_named(folder: Path) -> None:
    assert_refused(init(SQLITE), "~/.stormpath/apiKey.properties", "set HOME", "--api-key-file")

    assert list(folder.iterdir()) == []


def test_a_secret_key_without_a_place_is_one_clear_error_and_nothing_is_made(
    folder: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STORMPATH_SECRET_KEY")
    monkeypatch.setenv("STORMPATH_DATABASE", postgresql_url)

    def init_here() -> Done:
        return in_this_process("init", "--admin-email", "ann@example.com", "--api-key-file", "key")

    assert_refused(init_here(), "set HOME", "STORMPATH_SECRET_KEY", "STORMPATH_SECRET_KEY_FILE")
    monkeypatch.setenv("STORMPATH_SECRET_KEY_FILE", "~/secret.key")
    with pytest.raises(Error, match=r"~/secret\.key, is in a home folder that is not known"):
        Client(database=postgresql_url)

    assert list(folder.iterdir()) == []


def test_a_file_with_a_url_in_an_unknown_home_is_refused() -> None:
    done = in_this_process("send-mail", "--database-file", "~/url", "--smtp", "smtp://localhost:1")

    assert_refused(done, "~/url", "set HOME")


def test_a_bare_path_is_refused_with_the_url_to_write() -> None:
    assert_refused(init("users.db", "--api-key-file", "key"), "write sqlite:///users.db (a file)")
