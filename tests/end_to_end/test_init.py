"""``stormpath init``: the first run, later runs, and refusals that create nothing."""

import re
import shutil
import sqlite3

import pytest

from stormpath import Client
from stormpath.error import Error
from support.command import assert_refused, in_this_process, quiet_environment, stormpath
from support.terminal import Terminal

USERS = "sqlite:///users.db"
JOE = ("--admin-email", "joe@example.com")
PASSWORD = re.compile(r"^Password +(\S+) \(shown this once\)\r?$", re.MULTILINE)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty folder, which is the current folder and the home folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    # The tests' scheme cannot verify the real hashes that the command makes.
    monkeypatch.delenv("STORMPATH_PASSWORD_HASHING")
    return tmp_path


@pytest.fixture
def key_file(home):
    """The file that the key is written to by default."""
    return home / ".stormpath" / "apiKey.properties"


@pytest.fixture(scope="module")
def joes_folder(tmp_path_factory):
    """The folder of Joe after his first run, which makes him administrator. Copied, never used."""
    folder = tmp_path_factory.mktemp("joe")
    done = stormpath("init", "--database", USERS, *JOE, "--password-stdin", stdin="Changeme1!\n", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Changeme1!" not in done.stdout
    return folder


@pytest.fixture
def joes_home(home, joes_folder):
    """The folder of Joe, who is administrator with the password Changeme1!"""
    shutil.copytree(joes_folder, home, dirs_exist_ok=True)
    return home


def init(*arguments, database=USERS, stdin=""):
    return in_this_process("init", "--database", database, *arguments, stdin=stdin)


def can_log_in(email, password, database=USERS):
    """Return whether an administrator can log in."""
    with Client(database=database) as client:
        [application] = client.applications.search({"name": "Stormpath"})
        try:
            return application.authenticate_account(email, password).account.email == email
        except Error:
            return False


class TestFirstRun:
    def test_a_first_run_creates_a_database_and_a_working_key(self, home, key_file):
        done = init()

        assert (done.returncode, done.stderr) == (0, "")
        with Client(database=USERS, api_key_file_location=key_file) as client:
            assert "Stormpath" in [each.name for each in client.applications]
            assert "Stormpath Administrators" in [each.name for each in client.directories]

    def test_the_key_file_is_readable_by_its_owner_only(self, home, key_file):
        done = init(*JOE)

        assert key_file.stat().st_mode & 0o777 == 0o600
        assert key_file.parent.stat().st_mode & 0o777 == 0o700
        secret = key_file.read_text().split()[-1]
        assert secret not in done.stdout

    def test_the_database_may_come_from_the_environment_and_the_key_file_by_name(
        self, home, key_file, monkeypatch
    ):
        monkeypatch.setenv("STORMPATH_DATABASE", "sqlite:///elsewhere.db")

        done = stormpath("init", "--api-key-file", "keys.properties")

        assert "keys.properties" in done.stdout
        assert (home / "elsewhere.db").exists()
        assert "apiKey.secret = " in (home / "keys.properties").read_text()
        assert not key_file.exists()

    def test_a_password_is_generated_and_shown(self, home):
        done = init(*JOE)

        assert can_log_in("joe@example.com", PASSWORD.search(done.stdout)[1])

    def test_a_password_can_be_given_on_standard_input(self, joes_home):
        assert can_log_in("joe@example.com", "Changeme1!")

    def test_the_output_says_what_was_made_and_what_comes_next(self, home):
        said = init().stdout

        assert f"Database       {USERS} (made)\n" in said
        assert "Administrator  none yet; add one with --admin-email\n" in said
        assert f"  export STORMPATH_DATABASE={USERS}\n  stormpath serve\n" in said
        tenant = re.search(r"Tenant +(\S+)", said)[1]
        assert "in a browser: http://localhost:8080/ " in said
        assert f"log in to the tenant {tenant})" in said

    def test_a_renamed_tenant_is_told_by_what_its_people_enter(self, joes_home, key_file):
        with Client(database=USERS, api_key_file_location=key_file) as client:
            key, client.tenant.name = client.tenant.key, "Acme & Sons"
            client.tenant.save()

        said = init().stdout

        assert "Tenant         Acme & Sons\n" in said
        assert f"log in to the tenant {key})" in said

    def test_postgresql_works_and_its_password_is_not_shown(self, home, postgresql_url):
        done = init(*JOE, database=postgresql_url)

        assert (done.returncode, done.stderr) == (0, "")
        assert can_log_in("joe@example.com", PASSWORD.search(done.stdout)[1], postgresql_url)
        assert re.search(r"://\w+:(.+)@", postgresql_url)[1] not in done.stdout
        assert ":***@" in done.stdout


class TestLaterRun:
    def test_a_later_run_changes_nothing(self, joes_home, key_file):
        key = key_file.read_bytes()

        done = init(*JOE, "--password-stdin", stdin="Different1!")

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.count("(is there)") == 3
        assert key_file.read_bytes() == key
        assert can_log_in("joe@example.com", "Changeme1!")

    def test_a_later_run_without_a_name_keeps_the_owner(self, joes_home):
        assert "joe@example.com (is there)" in init().stdout

    def test_a_later_run_creates_an_owner_not_named_before(self, home, initialized_sqlite_url):
        init(*JOE, "--password-stdin", database=initialized_sqlite_url, stdin="Changeme1!")

        assert can_log_in("joe@example.com", "Changeme1!", initialized_sqlite_url)
        assert "joe@example.com (is there)" in init(database=initialized_sqlite_url).stdout

    def test_a_later_run_adds_another_administrator(self, joes_home):
        init("--admin-email", "jane@example.com", "--password-stdin", stdin="Changeme2!")

        assert can_log_in("joe@example.com", "Changeme1!")
        assert can_log_in("jane@example.com", "Changeme2!")

    def test_a_later_run_replaces_a_lost_key_file(self, joes_home, key_file):
        key_file.unlink()

        init()

        with Client(database=USERS, api_key_file_location=key_file) as client:
            assert client.tenant.name


class TestRefusals:
    """Each in one line, with status 2, and without creating anything."""

    @pytest.mark.parametrize(
        ("arguments", "stdin", "word"),
        [
            ([*JOE, "--password-stdin"], "weak\n", "at least 8 characters"),
            ([*JOE, "--password-stdin"], "", "standard input holds no password"),
            (["--password-stdin"], "Changeme1!", "--admin-email"),
            (["--admin-email", "joe"], "", "joe@example.com"),
            (["--api-key-file", "/dev/null/keys.properties"], "", "--api-key-file"),
        ],
    )
    def test_an_invalid_administrator_or_key_file_path_is_refused(self, home, arguments, stdin, word):
        assert_refused(init(*arguments, stdin=stdin), word)
        assert list(home.iterdir()) == []

    def test_a_weak_password_for_an_existing_database_is_refused(
        self, home, key_file, initialized_sqlite_url
    ):
        done = init(*JOE, "--password-stdin", database=initialized_sqlite_url, stdin="weak")

        assert_refused(done, "at least 8 characters")
        assert not key_file.exists()

    @pytest.mark.parametrize("content", ["apiKey.id = ID\napiKey.secret = secret\n", "a shopping list\n"])
    def test_a_key_file_with_other_content_is_refused(self, home, content):
        file = home / "keys.properties"
        file.write_text(content)

        assert_refused(init("--api-key-file", "keys.properties"), "keys.properties", "--api-key-file")

        assert file.read_text() == content
        assert list(home.iterdir()) == [file]

    def test_a_key_file_of_another_database_is_refused(self, joes_home, key_file, sqlite_template, tmp_path):
        key = key_file.read_bytes()

        done = init("--admin-email", "jane@example.com", database=sqlite_template)

        assert_refused(done, "does not know", "--api-key-file")
        assert key_file.read_bytes() == key
        with Client(database=sqlite_template) as client:
            assert list(client.accounts.search({"email": "jane@example.com"})) == []

    def test_a_database_that_another_program_writes_is_refused(self, joes_home):
        writer = sqlite3.connect("users.db", isolation_level=None)
        writer.execute("BEGIN EXCLUSIVE")

        done = init("--admin-email", "jane@example.com")

        writer.close()
        assert_refused(done, "locked by another writer")


class TestTerminal:
    @pytest.fixture
    def terminal(self, home):
        with Terminal("init", "--database", USERS, environment=quiet_environment()) as terminal:
            yield terminal

    def test_a_person_is_asked_and_the_password_is_hidden(self, terminal):
        terminal.answer("E-mail address", "joe@example.com")
        terminal.answer("Password of joe@example.com", "Changeme1!")
        terminal.answer("The same again", "Changeme1!")

        assert terminal.exit_status() == 0
        assert "Changeme1!" not in terminal.output
        assert can_log_in("joe@example.com", "Changeme1!")

    def test_a_weak_password_is_explained_and_asked_for_again(self, terminal):
        terminal.answer("E-mail address", "joe@example.com")
        terminal.answer("Password of", "weak")
        terminal.answer("The same again", "weak")
        terminal.wait_for("at least 8 characters")
        terminal.answer("Password of", "Changeme1!")
        terminal.answer("The same again", "Changeme1!")

        assert terminal.exit_status() == 0
        assert can_log_in("joe@example.com", "Changeme1!")

    def test_an_empty_password_is_replaced_by_a_generated_one(self, terminal):
        terminal.answer("E-mail address", "joe@example.com")
        terminal.answer("Password of", "")

        assert terminal.exit_status() == 0
        assert can_log_in("joe@example.com", PASSWORD.search(terminal.output)[1])

    def test_ctrl_c_leaves_nothing_behind(self, terminal, home):
        terminal.answer("E-mail address", "joe@example.com")
        terminal.wait_for("Password of")
        terminal.interrupt()

        assert terminal.exit_status() == 130
        assert "stormpath: stopped." in terminal.output
        assert list(home.iterdir()) == []
