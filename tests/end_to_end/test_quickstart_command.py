"""``stormpath quickstart``: a tour whose printed code runs, and that can be repeated."""

import contextlib
import re
import socket
import subprocess
import sys

import pytest

from support.command import quiet_environment, stormpath


@pytest.fixture(scope="module")
def taken_port():
    """Another program listens on the service's default port."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # The port may be taken already.
            other.bind(("127.0.0.1", 8080))
            other.listen()
        yield


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder in which the tour was taken twice."""
    return tmp_path_factory.mktemp("tours")


@pytest.fixture(scope="module")
def tours(folder, taken_port):
    """Two tours, one after the other in the same folder."""
    return [stormpath("quickstart", cwd=folder) for _ in range(2)]


def results_of(tour):
    return [line.removeprefix("  → ") for line in tour.stdout.splitlines() if "→" in line]


def test_the_quickstart_can_be_run_twice(tours):
    first, second = tours

    assert [(each.returncode, each.stderr) for each in tours] == [(0, ""), (0, "")]
    assert "You were here before" not in first.stdout
    assert "You were here before" in second.stdout
    assert len(results_of(second)) == len(results_of(first))


def test_the_quickstart_shows_user_management_embedded_and_served(tours):
    results = results_of(tours[0])

    assert "('Joe Doe', 'green')" in results
    assert "['Admins']" in results
    assert "400 7100 Login attempt failed because the specified password is incorrect." in results
    assert "['joe@example.com', 'jane@example.com']" in results
    assert "('Joe Dough', 'blue')" in results
    assert results[-2:] == ["True", "exit status 0"]


def test_the_quickstart_shows_an_e_mail_and_the_purpose_of_its_link(tours):
    for each in tours:
        results = results_of(each)
        [token] = re.findall(r"sptoken=(\S+)", each.stdout)

        assert "To:          ann@example.com" in results
        assert f'client.accounts.verify_email_token("{token}")' in each.stdout
        assert results.index("'UNVERIFIED'") < results.index("To:          ann@example.com")
        assert results.index("To:          ann@example.com") < results.index("'ENABLED'")


def test_the_shown_hrefs_are_those_of_the_served_service(tours):
    said = tours[0].stdout

    [base_url] = re.findall(r"Stormpath serves (http://localhost:\d+/v1) on", said)
    hrefs = re.findall(r"http://[^\s'>]+/(?:applications|accounts|groupMemberships)/\w+", said)

    assert len(hrefs) >= 3
    assert all(each.startswith(f"{base_url}/") for each in hrefs)


def test_the_served_service_is_stopped_afterwards(tours):
    [port] = re.findall(r"Stormpath serves http://localhost:(\d+)/v1 on", tours[0].stdout)

    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port))) != 0


def test_the_quickstart_names_its_database_file(tours, folder):
    assert f"still there, in {folder / 'stormpath-quickstart.db'}:" in tours[0].stdout
    assert (folder / "stormpath-quickstart.db").exists()


def test_the_quickstart_shows_no_secret(tours):
    assert all(
        "secret" not in line.replace("client.auth.secret", "").replace("secret=", "")
        for line in tours[0].stdout.splitlines()
    )


def test_the_printed_python_runs(tours, tmp_path):
    printed = tours[0].stdout.split("  $ ")[0]
    code = [line.removeprefix("  ") for line in printed.splitlines() if re.match("  (?!→)", line)]
    program = "\n".join([*code, "print(joe.custom_data['favorite_color'])"])

    done = subprocess.run(
        [sys.executable, "-c", program],
        env=quiet_environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.splitlines()[-1:] == ["blue"]
    # The wrong password of the tour is a warning in the log, which nothing has configured.
    assert re.fullmatch(r"event=authn_login_fail [^\n]+\n", done.stderr)


def test_the_quickstart_ignores_settings_of_the_environment(tmp_path, taken_port, monkeypatch):
    monkeypatch.setenv("STORMPATH_DATABASE", "sqlite:///mine.db")
    monkeypatch.setenv("STORMPATH_CLIENT_BASEURL", "https://id.example.com/v1")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    done = stormpath("quickstart", cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert "id.example.com" not in done.stdout
    assert not (tmp_path / "mine.db").exists()


def test_a_folder_in_place_of_the_database_is_reported_in_one_line(tmp_path):
    (tmp_path / "stormpath-quickstart.db").mkdir()

    done = stormpath("quickstart", cwd=tmp_path)

    assert done.returncode == 2
    assert re.fullmatch(r"stormpath: [^\n]+stormpath-quickstart\.db[^\n]+\n", done.stderr)
