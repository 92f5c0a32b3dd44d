"""``stormpath serve --show-config``: each setting on a line with its source, and no secret."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from stormpath.server.app import CannotOpen, open_service
from stormpath.server.settings import SETTINGS, Settings, variable_of
from support.certificates import self_signed
from support.command import Done, assert_refused, in_this_process, stormpath
from unit.server.test_settings import VALUES

MARK = "hunter2"
KEY = "dGhpcyBrZXkgcHJvdGVjdHMgb25seSB0ZXN0IGRhdGE="

LINE = re.compile(r"(STORMPATH_[A-Z_]+)=(.*?)  # (default|environment|option --[a-z-]+|file .+)")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin without any setting in the environment."""
    for name in [each for each in os.environ if each.startswith("STORMPATH_")]:
        monkeypatch.delenv(name)


def show_config(*options: str, database: str = "sqlite:///users.db") -> Done:
    named = ["--database", database] if database else []
    return in_this_process("serve", "--show-config", *named, *options)


def settings(done: Done) -> dict[str, tuple[str, str]]:
    """Return value and source of each variable; the value as a shell reads it."""
    assert (done.returncode, done.stderr) == (0, "")
    found = [LINE.fullmatch(each) for each in done.stdout.splitlines()]
    assert all(found), done.stdout
    values = {each[1]: (shlex.split(each[2]), each[3]) for each in found if each}
    assert all(len(words) <= 1 for words, _ in values.values())
    return {name: ("".join(words), source) for name, (words, source) in values.items()}


def sources(done: Done) -> dict[str, str]:
    """Return the sources of what is no default."""
    return {name: source for name, (_, source) in settings(done).items() if source != "default"}


def test_every_setting_has_a_line_with_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    shown = settings(show_config())

    usual = Settings("sqlite:///users.db")
    values = {variable_of(each): getattr(usual, each) for each in SETTINGS}
    assert {name: value for name, (value, _) in shown.items()} == {
        name: "" if value is None else str(value) for name, value in values.items()
    }
    assert list(shown) == list(values)
    assert {name for name, (_, source) in shown.items() if source != "default"} == {"STORMPATH_DATABASE"}
    assert list(tmp_path.iterdir()) == []


def test_every_setting_can_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # What cannot be used is no setting: the key, and the file of certificates.
    given = VALUES | {"STORMPATH_SECRET_KEY": KEY, "STORMPATH_OUTBOUND_CA": str(self_signed(tmp_path))}
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    shown = settings(show_config(database=""))

    assert {source for _, source in shown.values()} == {"environment"}
    read = Settings.from_environment(given)
    hidden = ("secret_key", "sms_header")
    open_values = {each: str(getattr(read, each)) for each in SETTINGS if each not in hidden}
    assert {name: shown[variable_of(name)][0] for name in open_values} == open_values
    assert {shown[variable_of(each)] for each in hidden} == {("***", "environment")}


def test_an_option_goes_before_the_environment_and_a_file_before_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("DATABASE", "BASE_URL", "SMTP_URL", "MAIL_FROM"):
        monkeypatch.setenv(f"STORMPATH_{name}", VALUES[f"STORMPATH_{name}"])
    (tmp_path / "database").write_text("sqlite:///other.db\n")
    (tmp_path / "smtp").write_text("smtp://other.example.com\n")
    options = ["--base-url", "https://other.example.com/v1", "--mail-from", "other@example.com"]
    smtp = ["--smtp", "smtp://option.example.com"]
    files = ["--database-file", str(tmp_path / "database"), "--smtp-file", str(tmp_path / "smtp")]

    assert sources(show_config(*options, *smtp)) == {
        "STORMPATH_DATABASE": "option --database",
        "STORMPATH_BASE_URL": "option --base-url",
        "STORMPATH_SMTP_URL": "option --smtp",
        "STORMPATH_MAIL_FROM": "option --mail-from",
    }
    shown = settings(show_config(*options, *smtp, *files))
    assert shown["STORMPATH_DATABASE"] == ("sqlite:///other.db", f"file {tmp_path / 'database'}")
    assert shown["STORMPATH_SMTP_URL"] == ("smtp://other.example.com", f"file {tmp_path / 'smtp'}")


def test_the_console_is_left_out_by_an_option():
    assert settings(show_config("--no-console"))["STORMPATH_CONSOLE"] == ("False", "option --no-console")


def test_a_default_that_follows_from_an_option_names_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    options = ["--workers", "4", "--bind", "127.0.0.2:9000"]

    shown = settings(show_config(*options))

    assert shown["STORMPATH_HASH_SLOTS"] == ("2", "option --workers")
    assert shown["STORMPATH_BASE_URL"] == ("http://127.0.0.2:9000/v1", "option --bind")
    monkeypatch.setenv("STORMPATH_HASH_SLOTS", "3")
    monkeypatch.setenv("STORMPATH_BASE_URL", "https://id.example.com/v1")
    assert set(sources(show_config(*options)).values()) == {"option --database", "environment"}


def test_no_secret_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "smtp").write_text(f"smtps://us:{MARK}@mail.example.com\n")
    monkeypatch.setenv("STORMPATH_SECRET_KEY", KEY)
    monkeypatch.setenv("STORMPATH_BASE_URL_ALIASES", f"https://joe:{MARK}@other.example.com/v1")
    monkeypatch.setenv("STORMPATH_SMS_URL", f"https://us:{MARK}@sms.example.com/send?key={MARK}")
    monkeypatch.setenv("STORMPATH_SMS_HEADER", f"X-Key: {MARK}://x")
    monkeypatch.setenv("STORMPATH_SMS_FROM", "Shop")
    urls = [f"postgresql://joe:{MARK}@h/users", f"postgresql://h/users?password={MARK}"]

    for url in urls:
        done = show_config("--smtp-file", str(tmp_path / "smtp"), database=url)

        shown = settings(done)
        assert shown["STORMPATH_DATABASE"] == (url.replace(MARK, "***"), "option --database")
        assert shown["STORMPATH_SMTP_URL"][0] == "smtps://us:***@mail.example.com"
        assert shown["STORMPATH_SECRET_KEY"] == ("***", "environment")
        assert shown["STORMPATH_SMS_URL"][0] == "https://us:***@sms.example.com/send?***"
        assert shown["STORMPATH_SMS_HEADER"] == ("***", "environment")
        assert MARK not in done.stdout
        assert KEY not in done.stdout


def test_an_option_that_is_hidden_from_the_process_list_is_still_an_option(tmp_path: Path):
    # A process of its own: it starts itself again without the option.
    done = stormpath(
        *("serve", "--show-config", f"--smtp=smtp://us:{MARK}@mail.example.com"),
        cwd=tmp_path,
        STORMPATH_DATABASE=f"postgresql://joe:{MARK}@h/users",
        STORMPATH_SMTP_URL="smtp://other.example.com",
    )

    shown = settings(done)
    assert shown["STORMPATH_SMTP_URL"] == ("smtp://us:***@mail.example.com", "option --smtp")
    assert shown["STORMPATH_DATABASE"] == ("postgresql://joe:***@h/users", "environment")
    assert MARK not in done.stdout + done.stderr


def test_a_value_cannot_write_a_line_of_its_own(monkeypatch: pytest.MonkeyPatch):
    forged = "key\nSTORMPATH_MAX_BODY=1  # default\x1b[2J"
    monkeypatch.setenv("STORMPATH_SECRET_KEY_FILE", forged)

    done = show_config()

    assert len(done.stdout.splitlines()) == len(SETTINGS)
    assert settings(done)["STORMPATH_SECRET_KEY_FILE"][0].startswith(r"key\nSTORMPATH_MAX_BODY=1")
    assert "\x1b" not in done.stdout


def test_the_database_is_not_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    # Nothing listens there, and none of these files exists.
    for database in ("postgresql://127.0.0.1:1/users", "sqlite:///missing/users.db", "sqlite:///users.db"):
        assert show_config(database=database).returncode == 0

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--workers", "0"], "--workers"),
        (["--bind", "8080"], "--bind"),
        (["--base-url", f"https://joe:{MARK}@id.example.com/v1"], "--base-url"),
        (["--smtp", f"joe:{MARK}@mail"], "SMTP URL"),
        (["--database-file", "missing"], "missing"),
    ],
)
def test_invalid_options_are_refused_as_serve_refuses_them(options: list[str], word: str):
    done = show_config(*options)

    assert_refused(done, word)
    assert MARK not in done.stderr
    serving = in_this_process("serve", "--database", "sqlite:///users.db", *options)
    assert serving.stderr == done.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MAIL_FROM", "nobody"),
        ("BASE_URL_ALIASES", f"joe:{MARK}@x"),
        ("MAX_BODY", "many"),
        ("HASH_SLOTS", "0"),
        ("PASSWORD_HASHING", "md5"),
        ("TENANT_MAIL_TARGETS", "10.0.0.0/99"),
        ("SMS_URL", f"joe:{MARK}@sms.example.com"),
    ],
)
def test_invalid_settings_are_refused_as_a_worker_refuses_them(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
):
    monkeypatch.setenv(f"STORMPATH_{variable}", value)

    done = show_config()

    with pytest.raises(CannotOpen) as caught:
        open_service("sqlite:///users.db", create=False)
    assert_refused(done, str(caught.value))
    assert MARK not in done.stderr


def test_an_invalid_secret_key_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STORMPATH_SECRET_KEY", MARK)

    done = show_config()

    assert_refused(done, "STORMPATH_SECRET_KEY must hold 32 bytes")
    assert MARK not in done.stderr


@pytest.mark.parametrize("database", ["", f"mysql://joe:{MARK}@h/users", "users.db"])
def test_what_names_no_database_is_refused(database: str):
    done = show_config(database=database)

    assert_refused(done, "sqlite:///users.db")
    assert MARK not in done.stderr
