"""The commands ``flask stormpath ...``, and the names in ``flask shell``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from flask_extension.sites import ADDRESS, PASSWORD, Site
from flask_stormpath import StormpathManager, user_created
from flask_stormpath.commands import shell_context
from stormpath import Client

#: No request is sent to it: an error, at once.
CLOSED = "https://api.stormpath.com/v1"
TWICE = f"{PASSWORD}\n{PASSWORD}\n"


def run(site: Site, *arguments: str, input: str | None = None) -> Result:
    return site.app.test_cli_runner().invoke(args=["stormpath", *arguments], input=input)


@pytest.fixture
def crowd(site: Site) -> Site:
    """A site with three people."""
    for name in ("ann", "bob", "cyd"):
        site.add(f"{name}@example.com", given_name=name.title(), username=name)
    return site


def test_people_are_listed_in_a_table_by_their_addresses(crowd: Site):
    shown = run(crowd, "users")

    assert shown.exit_code == 0
    head, *rows = shown.stdout.splitlines()
    assert head.split() == ["E-mail", "Username", "Name", "Status", "Since"]
    assert [row.split()[:5] for row in rows] == [
        [f"{name}@example.com", name, name.title(), "Doe", "ENABLED"] for name in ("ann", "bob", "cyd")
    ]
    assert len({row.index("ENABLED") for row in rows}) == 1


def test_people_are_listed_as_json(crowd: Site):
    shown = json.loads(run(crowd, "users", "--json", "--limit", "2").stdout)

    assert [(each["email"], each["givenName"], each["status"]) for each in shown] == [
        ("ann@example.com", "Ann", "ENABLED"),
        ("bob@example.com", "Bob", "ENABLED"),
    ]
    assert shown[0]["href"].startswith("http")
    assert "password" not in shown[0]


def test_people_are_searched_for(crowd: Site):
    assert [
        each["username"] for each in json.loads(run(crowd, "users", "--json", "--search", "BO").stdout)
    ] == ["bob"]
    assert json.loads(run(crowd, "users", "--json", "--search", "nobody").stdout) == []


def test_one_call_lists_a_part_of_many_and_says_so(crowd: Site):
    shown = run(crowd, "users", "--limit", "2", "--offset", "1")

    assert [each.split()[1] for each in shown.stdout.splitlines()[1:]] == ["bob", "cyd"]
    assert "2 of 3" in shown.stderr
    assert "2 of 3" not in run(crowd, "users", "--limit", "4").stderr
    for wrong in ("0", "-1", "10001", "many"):
        assert run(crowd, "users", "--limit", wrong).exit_code == 2


def test_a_list_of_people_costs_one_request(crowd: Site):
    count = crowd.count()

    run(crowd, "users")

    assert count == 1


def test_a_name_of_a_stranger_cannot_control_the_terminal(site: Site):
    site.add(given_name="\x1b[2J\x07Joe\u202e", surname=100 * "x")

    shown = run(site, "users").stdout

    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert all(len(line) < 200 for line in shown.splitlines())


def test_an_account_is_made_with_a_password_that_is_asked_for(site: Site):
    told = []

    with user_created.connected_to(lambda sender, user: told.append(user["email"])):
        made = run(site, "create-user", ADDRESS, "--given-name", "Joe", "--surname", "Doe", input=TWICE)

    assert made.exit_code == 0, made.output
    assert made.stdout.splitlines()[-1] == next(iter(site.application.accounts)).href
    assert PASSWORD not in made.output
    assert told == [ADDRESS]
    assert site.log_in().status_code == 302
    assert site.browser.get("/").text == f"Welcome {ADDRESS}"


def test_a_script_gives_the_password_by_the_standard_input(site: Site):
    made = run(site, "create-user", ADDRESS, "--username", "joe", "--password-stdin", input=f"{PASSWORD}\n")

    assert made.stdout.startswith("http")
    assert site.log_in("joe").status_code == 302
    empty = run(site, "create-user", "ann@example.com", "--password-stdin", input="\n")
    assert (empty.exit_code, "no password in its first line" in empty.output) == (1, True)


def test_a_password_is_no_argument(site: Site):
    for option in ("--password", "-p"):
        refused = run(site, "create-user", ADDRESS, option, PASSWORD)

        assert (refused.exit_code, "No such option" in refused.output) == (2, True)
    assert not len(site.application.accounts)


def test_an_account_joins_the_groups_that_are_named(site: Site):
    for name in ("admins", "staff"):
        site.directory.groups.create({"name": name})

    run(site, "create-user", ADDRESS, "--group", "admins", "--group", "staff", input=TWICE)

    (made,) = site.application.accounts
    assert made.has_groups(["admins", "staff"])


def test_an_unknown_group_is_named_and_no_account_is_made(site: Site):
    site.directory.groups.create({"name": "admins"})

    for wrong in ("admin", "ADMINS"):
        refused = run(site, "create-user", ADDRESS, "--group", "admins", "--group", wrong, input=TWICE)

        assert refused.exit_code == 1
        assert f"There is no group {wrong!r}" in refused.output
    assert not len(site.application.accounts)


def test_what_the_service_refuses_is_told_without_a_traceback(site: Site):
    site.add()

    for address, input, text in (
        (ADDRESS, TWICE, "already"),
        ("no address", TWICE, "email"),
        ("ann@example.com", "short\nshort\n", "password"),
    ):
        refused = run(site, "create-user", address, input=input)

        assert refused.exit_code == 1
        assert "Error: " in refused.output
        assert text in refused.output.lower()
        assert "Traceback" not in refused.output
    assert len(site.application.accounts) == 1


def test_passwords_that_differ_are_asked_for_again(site: Site):
    made = run(site, "create-user", ADDRESS, input=f"{PASSWORD}\nother\n{TWICE}")

    assert made.exit_code == 0
    assert site.log_in().status_code == 302


def test_setup_leads_e_mails_to_the_pages_of_the_app_as_often_as_it_is_run(new_site):
    site = new_site(STORMPATH_SITE_URL="https://shop.example.com/", STORMPATH_ENABLE_VERIFY_EMAIL=True)

    for _ in "once", "again":
        done = run(site, "setup")

        assert done.exit_code == 0, done.output
        assert "A forgotten password: https://shop.example.com/forgot/change" in done.stdout
        assert "The verification of an address: https://shop.example.com/verify" in done.stdout
    (reset,) = site.directory.password_policy.reset_email_templates
    assert reset.default_model["linkBaseUrl"] == "https://shop.example.com/forgot/change"
    assert site.add().status == "UNVERIFIED"


def test_setup_asks_for_the_address_of_the_site(site: Site):
    asked = run(site, "setup")

    assert (asked.exit_code, "STORMPATH_SITE_URL" in asked.output) == (1, True)


def test_the_shell_has_the_client_and_the_application(site: Site):
    with site.app.app_context():
        names: dict[str, Any] = site.app.make_shell_context()

    assert names["client"] is site.manager.client
    assert names["application"] is site.manager.application


def unreachable() -> Flask:
    app = Flask("site")
    app.config.update(
        SECRET_KEY="of the tests", STORMPATH_APPLICATION="My App", STORMPATH_API_KEY_ID="id",
        STORMPATH_API_KEY_SECRET="secret", STORMPATH_BASE_URL=CLOSED,
    )  # fmt: skip
    StormpathManager(app)
    return app


def test_a_shell_opens_also_where_the_service_cannot_be_reached(capsys: pytest.CaptureFixture[str]):
    with unreachable().app_context():
        names = shell_context()

    assert set(names) == {"client"}
    assert "There is no application in this shell: " in capsys.readouterr().err


def test_a_shell_opens_also_where_there_is_no_such_key_file(capsys: pytest.CaptureFixture[str]):
    app = Flask("site")
    app.config.update(STORMPATH_APPLICATION="My App", STORMPATH_API_KEY_FILE="/no/such/apiKey.properties")
    StormpathManager(app)

    with app.app_context():
        assert shell_context() == {}
    assert "There is no client and application in this shell: " in capsys.readouterr().err


def test_a_service_that_cannot_be_reached_is_told_without_a_traceback():
    for command in (["users"], ["setup"], ["create-user", ADDRESS, "--password-stdin"]):
        failed = unreachable().test_cli_runner().invoke(args=["stormpath", *command], input=f"{PASSWORD}\n")

        assert failed.exit_code == 1
        assert failed.output.startswith("Error: ")


def test_an_application_that_does_not_exist_is_named():
    app = Flask("site")
    app.config.update(STORMPATH_APPLICATION="http://localhost:8080/v1/applications/none")
    app.config.update(STORMPATH_DATABASE="sqlite://")
    StormpathManager(app)

    failed = app.test_cli_runner().invoke(args=["stormpath", "users"])

    assert (failed.exit_code, "There is no application 'http" in failed.output) == (1, True)


APP = """
from flask import Flask
from flask_stormpath import StormpathManager

app = Flask(__name__)
app.config.update(SECRET_KEY="s", STORMPATH_DATABASE="sqlite:///users.db", STORMPATH_APPLICATION="My App")
StormpathManager(app)
"""


def test_the_flask_program_finds_the_commands(tmp_path: Path):
    (tmp_path / "shop.py").write_text(APP)

    program = [sys.executable, "-m", "flask", "--app", "shop"]
    made = subprocess.run(
        [*program, "stormpath", "create-user", ADDRESS, "--password-stdin"],
        cwd=tmp_path, input=PASSWORD, capture_output=True, text=True, check=True,
    )  # fmt: skip

    with Client(database=f"sqlite:///{tmp_path}/users.db") as client:
        (account,) = client.applications.search({"name": "My App"})[0].accounts
        assert (account.email, account.href) == (ADDRESS, made.stdout.strip())
