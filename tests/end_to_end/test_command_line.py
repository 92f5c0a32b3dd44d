"""The ``stormpath`` command: its help, and its refusals in one line with status 2."""

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import stormpath as package
from support.command import assert_refused, in_this_process, quiet_environment, stormpath
from support.programs import PROGRAM

USERS = "sqlite:///users.db"
COMMANDS = ["init", "serve", "console", "send-mail", "outbox", "quickstart"]
SEND_MAIL = ["send-mail", "--smtp", "smtp://localhost"]


def run_without(module, *arguments, cwd):
    """Run the command where a module is not installed."""
    program = f"""
import sys
sys.modules[{module!r}] = None
from stormpath.cli import main
main()
"""
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(
        command, env=quiet_environment(), cwd=cwd, capture_output=True, text=True, check=False
    )


def in_parallel(function, *arguments):
    with ThreadPoolExecutor() as threads:
        return list(threads.map(function, *arguments))


class TestHelpAndVersion:
    def test_the_version_is_printed(self):
        done = stormpath("--version")

        assert (done.returncode, done.stdout) == (0, f"stormpath {package.__version__}\n")

    def test_the_version_is_printed_without_loading_the_service_or_the_command_line(self):
        program = (
            "import sys; sys.argv = ['stormpath', '--version']; from stormpath.cli import main; main();"
            "print(*sys.modules)"
        )

        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

        loaded = set(done.stdout.split())
        assert {"stormpath.server", "requests", "typer", "rich", "granian"} & loaded == set()

    def test_the_commands_are_listed_without_arguments(self):
        done = stormpath()

        assert done.returncode == 0
        assert all(each in done.stdout for each in COMMANDS)

    @pytest.mark.parametrize("command", [*COMMANDS, "outbox show", "outbox retry"])
    def test_help_shows_the_options_of_each_command_and_an_example(self, command):
        done = in_this_process(*command.split(), "--help")

        assert done.returncode == 0
        assert f"Example: stormpath {command}" in done.stdout

    def test_help_shows_the_form_of_a_mail_server_url(self):
        done = in_this_process("send-mail", "--help")

        assert {"smtp://user:password@host:port,", "smtps://."} <= set(done.stdout.split())

    def test_a_closed_output_is_no_traceback(self):
        reader, writer = os.pipe()
        os.close(reader)

        done = subprocess.run(
            [PROGRAM, "--help"], stdout=writer, stderr=subprocess.PIPE, text=True, check=False
        )

        os.close(writer)
        assert (done.returncode, done.stderr) == (1, "")


class TestRefusedCommand:
    @pytest.mark.parametrize(
        "arguments", [["nope"], ["--nope"], ["init", "--nope"], ["serve", "--workers", "x"], ["init", "more"]]
    )
    def test_a_malformed_command_line_is_refused(self, arguments):
        assert_refused(
            in_this_process(*arguments), arguments[-1] if "x" not in arguments else "--workers", "--help"
        )

    @pytest.mark.parametrize(
        ("module", "arguments"),
        [
            ("typer", ["init"]),
            ("rich", ["quickstart"]),
            ("sqlalchemy", ["init", "--database", USERS]),
            ("sqlalchemy", ["outbox", "--database", USERS]),
            ("granian", ["serve", "--database", USERS, "--bind", "127.0.0.1:0"]),
            ("falcon", ["serve", "--database", USERS, "--bind", "127.0.0.1:0"]),
        ],
    )
    def test_a_missing_dependency_of_the_service_is_reported_with_its_install_command(
        self, tmp_path, module, arguments
    ):
        done = run_without(module, *arguments, cwd=tmp_path)

        assert_refused(done, module, "pip install 'stormpath[server]'")
        assert list(tmp_path.iterdir()) == []

    def test_a_missing_database_driver_is_reported(self, tmp_path):
        done = run_without("psycopg", "init", "--database", "postgresql://localhost/users", cwd=tmp_path)

        assert_refused(done, "psycopg", "pip install 'stormpath[postgresql]'")

    @pytest.mark.parametrize("command", [*COMMANDS[:-1], "outbox show", "outbox retry --dead"])
    def test_a_missing_database_option_is_reported(self, command):
        assert_refused(in_this_process(*command.split()), "--database", "STORMPATH_DATABASE")


@pytest.mark.parametrize(
    "command",
    [["init"], ["serve", "--bind", "127.0.0.1:0"], SEND_MAIL, ["outbox"]],
    ids=["init", "serve", "send-mail", "outbox"],
)
class TestUnusableDatabase:
    @pytest.mark.parametrize(
        ("database", "words"),
        [
            ("sqlite:///folder", ["folder", "not a file"]),
            ("sqlite:///missing/users.db", ["missing", "does not exist"]),
            ("sqlite:///list.txt", ["list.txt", "not a SQLite database"]),
            ("mysql://localhost/users", ["mysql", "sqlite:///users.db", "postgresql://"]),
            ("users.db", ["sqlite:///users.db"]),
            ("postgresql://joe:hunter2@127.0.0.1:1/users", ["127.0.0.1", "refused"]),
        ],
    )
    def test_what_is_no_database_is_refused_and_left_unchanged(self, tmp_path, command, database, words):
        (tmp_path / "folder").mkdir()
        (tmp_path / "list.txt").write_text("a shopping list, long enough to be taken for a header " * 40)

        done = in_this_process(*command, "--database", database, cwd=tmp_path)

        assert_refused(done, *words)
        assert "hunter2" not in done.stderr
        assert sorted(each.name for each in tmp_path.rglob("*")) == ["folder", "list.txt"]

    def test_a_database_of_a_newer_version_is_refused(self, tmp_path, initialized_sqlite_url, command):
        path = initialized_sqlite_url.removeprefix("sqlite:///")
        with sqlite3.connect(path) as database:
            database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.close()

        done = in_this_process(*command, "--database", initialized_sqlite_url, cwd=tmp_path)

        assert_refused(done, "9999", "newer", "Upgrade")


def test_a_database_that_another_program_writes_is_left_unchanged(tmp_path):
    writer = sqlite3.connect(tmp_path / "users.db", isolation_level=None)
    writer.execute("CREATE TABLE theirs (word text)")
    writer.execute("BEGIN EXCLUSIVE")
    (tmp_path / "users.db").chmod(0o600)

    # Both wait for five seconds.
    refused = in_parallel(
        lambda command: stormpath(*command, "--database", USERS, cwd=tmp_path),
        [["init"], ["serve", "--bind", "127.0.0.1:0"]],
    )

    for each in refused:
        assert_refused(each, "users.db", "another program")
    writer.execute("ROLLBACK")
    assert writer.execute("SELECT name FROM sqlite_schema").fetchall() == [("theirs",)]
    writer.close()


def test_a_missing_database_is_neither_served_nor_created(tmp_path):
    done = stormpath("serve", "--database", USERS, "--bind", "127.0.0.1:0", cwd=tmp_path)

    assert_refused(done, f"stormpath init --database {USERS}")
    assert list(tmp_path.iterdir()) == []
