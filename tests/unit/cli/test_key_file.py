"""The API key file."""

import os
import stat

import pytest

from stormpath.auth import Auth
from stormpath.cli.errors import CommandError
from stormpath.cli.key_file import DEFAULT, KeyFile, is_default


def test_clients_read_the_key_that_is_written(tmp_path):
    path = tmp_path / "apiKey.properties"

    with KeyFile(path) as file:
        file.write("ID", "se/cr+et=")

    auth = Auth(api_key_file_location=path)
    assert (auth.id, auth.secret) == ("ID", "se/cr+et=")


def test_the_secret_is_never_in_a_file_that_others_may_read(tmp_path, monkeypatch):
    modes = []
    link = os.link
    monkeypatch.setattr(os, "link", lambda draft, path: (modes.append(mode(draft)), link(draft, path)))
    old = os.umask(0)
    try:
        with KeyFile(tmp_path / "apiKey.properties") as file:
            modes += [mode(each) for each in tmp_path.iterdir()]
            file.write("ID", "secret")
    finally:
        os.umask(old)

    assert modes == [0o600, 0o600]
    assert mode(tmp_path / "apiKey.properties") == 0o600


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_nothing_but_the_file_is_left(tmp_path):
    with KeyFile(tmp_path / "apiKey.properties") as file:
        file.write("ID", "secret")

    assert [each.name for each in tmp_path.iterdir()] == ["apiKey.properties"]


def test_nothing_is_left_of_a_file_that_was_not_written(tmp_path):
    with pytest.raises(KeyError), KeyFile(tmp_path / "new" / "apiKey.properties"):
        raise KeyError

    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_created_for_its_owner_alone(tmp_path):
    with KeyFile(tmp_path / ".stormpath" / "apiKey.properties") as file:
        file.write("ID", "secret")

    assert mode(tmp_path / ".stormpath") == 0o700


def test_an_existing_key_is_read_and_kept(tmp_path):
    path = tmp_path / "apiKey.properties"
    path.write_text("# mine\napiKey.id=ID\n apiKey.secret =  a=b \n")

    with KeyFile(path) as file:
        assert file.pair == ("ID", "a=b")

    assert path.read_text().startswith("# mine")


def test_a_file_that_appears_meanwhile_is_kept(tmp_path):
    path = tmp_path / "apiKey.properties"

    with KeyFile(path) as file:
        path.write_text("theirs")
        with pytest.raises(CommandError, match="Another program"):
            file.write("ID", "secret")

    assert path.read_text() == "theirs"
    assert list(tmp_path.iterdir()) == [path]


def test_a_dangling_link_is_not_followed(tmp_path):
    path = tmp_path / "apiKey.properties"
    path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(CommandError, match="cannot be read"), KeyFile(path):
        pass

    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("content", [b"", b"apiKey.id = ID\n", b"apiKey.id=\napiKey.secret=x\n", b"\xff\xfe"])
def test_a_file_without_a_key_is_refused_by_name(tmp_path, content):
    path = tmp_path / "apiKey.properties"
    path.write_bytes(content)

    with pytest.raises(CommandError, match=str(path)), KeyFile(path):
        pass

    assert path.read_bytes() == content


def test_entering_fails_where_the_file_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()

    with (
        pytest.raises(CommandError, match="--api-key-file"),
        KeyFile(tmp_path / "file" / "apiKey.properties"),
    ):
        pass


def test_only_the_last_folder_is_created(tmp_path):
    with (
        pytest.raises(CommandError, match="cannot be written"),
        KeyFile(tmp_path / "a" / "b" / "apiKey.properties"),
    ):
        pass

    assert list(tmp_path.iterdir()) == []


def test_a_key_file_of_another_system_is_read(tmp_path):
    path = tmp_path / "apiKey.properties"
    path.write_bytes(b"\xef\xbb\xbfapiKey.id = ID\r\napiKey.secret = x\r\n")

    with KeyFile(path) as file:
        assert file.pair == ("ID", "x")


def test_without_a_known_home_folder_the_default_is_refused_and_a_named_file_is_not(homeless, tmp_path):
    with pytest.raises(CommandError, match=r"home folder .* set HOME.*--api-key-file"):
        KeyFile(DEFAULT)

    with KeyFile(tmp_path / "key") as file:
        file.write("ID", "x")
    assert not is_default(tmp_path / "key")


def test_the_default_is_recognized(own_home):
    assert is_default(own_home / ".stormpath" / "apiKey.properties")
