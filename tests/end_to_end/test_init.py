"""``stormpath init``: the first run, later runs, and what is refused with nothing made."""

import re
import shutil
import sqlite3

import pytest

from stormpath import Client
from stormpath.error import Error
from support.command import assert_refused, in_this_process, quiet_environment, stormpath
from support.person import Person

USERS = "sqlite:///users.db"
JOE = ("--admin-email", "joe@example.com")
PASSWORD = re.compile(r"^Password +(\S+) \(shown this once\)\r?$", re.MULTILINE)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty folder: the one a person works in, and is at home."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    # What the command has hashed for real is not read by the tests' scheme.
    monkeypatch.delenv("STORMPATH_PASSWORD_HASHING")
    return tmp_path


@pytest.fixture
def key_file(home):
    """Where the key is written when no other place is named."""
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
    """Tell whether an administrator can log in."""
    with Client(database=database) as client:
        [application] = client.applications.search({"name": "Stormpath"})
        try:
            return application.authenticate_account(email, password).account.email == email
        except Error:
            return False


class TestAFirstRun:
    def test_makes_a_database_and_a_key_that_opens_it(self, home, key_file):
        done = init()

        assert (done.returncode, done.stderr) == (0, "")
        with Client(database=USERS, api_key_file_location=key_file) as client:
            assert "Stormpath" in [each.name for each in client.applications]
            assert "Stormpath Administrators" in [each.name for each in client.directories]

    def test_keeps_the_secret_for_its_owner(self, home, key_file):
        done = init(*JOE)

        assert key_file.stat().st_mode & 0o777 == 0o600
        assert key_file.parent.stat().st_mode & 0o777 == 0o700
        secret = key_file.read_text().split()[-1]
        assert secret not in done.stdout

    def test_takes_the_database_from_the_environment_and_the_key_file_by_name(
        self, home, key_file, monkeypatch
    ):
        monkeypatch.setenv("STORMPATH_DATABASE", "sqlite:///elsewhere.db")

        done = stormpath("init", "--api-key-file", "keys.properties")

        assert "keys.properties" in done.stdout
        assert (home / "elsewhere.db").exists()
        assert "apiKey.secret = " in (home / "keys.properties").read_text()
        assert not key_file.exists()

    def test_makes_up_a_password_and_shows_it(self, home):
        done = init(*JOE)

        assert can_log_in("joe@example.com", PASSWORD.search(done.stdout)[1])

    def test_takes_a_password_from_standard_input(self, joes_home):
        assert can_log_in("joe@example.com", "Changeme1!")

    def test_says_what_is_there_and_what_comes_next(self, home):
        said = init().stdout

        assert f"Database       {USERS} (made)\n" in said
        assert "Administrator  none yet; add one with --admin-email\n" in said
        assert f"  export STORMPATH_DATABASE={USERS}\n  stormpath serve\n" in said

    def test_works_on_postgresql_and_does_not_show_its_password(self, home, postgresql_url):
        done = init(*JOE, database=postgresql_url)

        assert (done.returncode, done.stderr) == (0, "")
        assert can_log_in("joe@example.com", PASSWORD.search(done.stdout)[1], postgresql_url)
        assert re.search(r"://\w+:(.+)@", postgresql_url)[1] not in done.stdout
        assert ":***@" in done.stdout


class TestALaterRun:
    def test_changes_nothing(self, joes_home, key_file):
        key = key_file.read_bytes()

        done = init(*JOE, "--password-stdin", stdin="Different1!")

        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.count("(is there)") == 3
        assert key_file.read_bytes() == key
        assert can_log_in("joe@example.com", "Changeme1!")

    def test_keeps_the_owner_when_nobody_is_named(self, joes_home):
        assert "joe@example.com (is there)" in init().stdout

    def test_makes_the_owner_who_was_not_named_before(self, home, initialized_sqlite_url):
        init(*JOE, "--password-stdin", database=initialized_sqlite_url, stdin="Changeme1!")

        assert can_log_in("joe@example.com", "Changeme1!", initialized_sqlite_url)
        assert "joe@example.com (is there)" in init(database=initialized_sqlite_url).stdout

    def test_adds_another_administrator(self, joes_home):
        init("--admin-email", "jane@example.com", "--password-stdin", stdin="Changeme2!")

        assert can_log_in("joe@example.com", "Changeme1!")
        assert can_log_in("jane@example.com", "Changeme2!")

    def test_replaces_a_lost_key_file_by_one_that_works(self, joes_home, key_file):
        key_file.unlink()

        init()

        with Client(database=USERS, api_key_file_location=key_file) as client:
            assert client.tenant.name


class TestWhatIsRefused:
    """Each in one line, with status 2, and with nothing made."""

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
    def test_an_administrator_or_a_place_that_cannot_be(self, home, arguments, stdin, word):
        assert_refused(init(*arguments, stdin=stdin), word)
        assert list(home.iterdir()) == []

    def test_a_weak_password_for_an_existing_database(self, home, key_file, initialized_sqlite_url):
        done = init(*JOE, "--password-stdin", database=initialized_sqlite_url, stdin="weak")

        assert_refused(done, "at least 8 characters")
        assert not key_file.exists()

    @pytest.mark.parametrize("content", ["apiKey.id = ID\napiKey.secret = secret\n", "a shopping list\n"])
    def test_a_key_file_of_something_else(self, home, content):
        file = home / "keys.properties"
        file.write_text(content)

        assert_refused(init("--api-key-file", "keys.properties"), "keys.properties", "--api-key-file")

        assert file.read_text() == content
        assert list(home.iterdir()) == [file]

    def test_a_key_file_of_another_database(self, joes_home, key_file, sqlite_template, tmp_path):
        key = key_file.read_bytes()

        done = init("--admin-email", "jane@example.com", database=sqlite_template)

        assert_refused(done, "does not know", "--api-key-file")
        assert key_file.read_bytes() == key
        with Client(database=sqlite_template) as client:
            assert list(client.accounts.search({"email": "jane@example.com"})) == []

    def test_a_database_that_another_program_is_writing(self, joes_home):
        writer = sqlite3.connect("users.db", isolation_level=None)
        writer.execute("BEGIN EXCLUSIVE")

        done = init("--admin-email", "jane@example.com")

        writer.close()
        assert_refused(done, "locked by another writer")


class TestAtATerminal:
    @pytest.fixture
    def person(self, home):
        with Person("init", "--database", USERS, environment=quiet_environment()) as person:
            yield person

    def test_a_person_is_asked_and_the_password_is_hidden(self, person):
        person.answers("E-mail address", "joe@example.com")
        person.answers("Password of joe@example.com", "Changeme1!")
        person.answers("The same again", "Changeme1!")

        assert person.leaves() == 0
        assert "Changeme1!" not in person.seen
        assert can_log_in("joe@example.com", "Changeme1!")

    def test_a_weak_password_is_explained_and_asked_for_again(self, person):
        person.answers("E-mail address", "joe@example.com")
        person.answers("Password of", "weak")
        person.answers("The same again", "weak")
        person.hears("at least 8 characters")
        person.answers("Password of", "Changeme1!")
        person.answers("The same again", "Changeme1!")

        assert person.leaves() == 0
        assert can_log_in("joe@example.com", "Changeme1!")

    def test_an_empty_password_is_made_up_and_shown(self, person):
        person.answers("E-mail address", "joe@example.com")
        person.answers("Password of", "")

        assert person.leaves() == 0
        assert can_log_in("joe@example.com", PASSWORD.search(person.seen)[1])

    def test_ctrl_c_leaves_nothing_behind(self, person, home):
        person.answers("E-mail address", "joe@example.com")
        person.hears("Password of")
        person.interrupts()

        assert person.leaves() == 130
        assert "stormpath: stopped." in person.seen
        assert list(home.iterdir()) == []
