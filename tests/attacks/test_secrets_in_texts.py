"""Secrets where they could be read: in texts for people, in the list of processes, in caches of answers."""

from __future__ import annotations

import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from service.calls import Answer, Api
from service.description import CheckedApi
from service.example_values import PROVIDERS
from service.examples import Examples
from stormpath import Client
from stormpath.cli.arguments import VARIABLES, given
from stormpath.cli.urls import has_password, url_in, without_password
from stormpath.error import Error
from stormpath.server.app import CannotOpen, open_service
from stormpath.server.mail.mail_server import MailServer
from stormpath.server.resources import RESOURCES
from stormpath.server.schema import Secret
from stormpath.server.settings import Settings
from stormpath.server.storage import engines
from support.command import in_this_process, quiet_environment
from support.ports import free_port
from support.programs import PROGRAM

MARK = "hunter2"

#: The members of JSON that hold a secret, when they are not null.
SECRETS = {
    each.name for resource in RESOURCES for each in resource.own if isinstance(each, Secret) and each.shown
}


def urls(port: int) -> list[str]:
    """Return URLs of a database that nobody serves, with a password in each place that may hold one."""
    place = f"127.0.0.1:{port}/users"
    return [
        f"postgresql://joe:{MARK}@{place}",
        f"postgresql://joe:p%40{MARK}@{place}?connect_timeout=1",
        f"postgresql://joe@{place}?password={MARK}",
        f"postgresql://joe@{place}?sslpassword={MARK}&password={MARK}",
    ]


@pytest.fixture(params=range(4))
def url(request: pytest.FixtureRequest) -> str:
    return urls(free_port())[int(request.param)]


class TestTexts:
    def test_no_object_shows_a_password_of_its_settings(self):
        smtp = f"smtp://us:{MARK}@mail.example.com"
        settings = Settings(f"postgresql://joe:{MARK}@localhost/x", secret_key=MARK, smtp_url=smtp)

        with closing(open_service("sqlite://", smtp_url=smtp)) as service:
            shown = [settings, service, service.settings, service._sender, service.operator, service._box]
            shown += [service._authenticator, service.database, MailServer.parse(smtp)]
            assert not any(MARK in text for each in shown for text in (repr(each), str(each), f"{each!r:>3}"))

    def test_no_object_of_the_sdk_shows_the_secret_of_its_key(self):
        with Client("https://id.example.com/v1", id="key id", secret=MARK) as client:
            executor = client.data_store.executor
            shown = [client, client.auth, client.data_store, executor, client.auth.scheme]

        assert not any(MARK in text for each in shown for text in (repr(each), str(each)))

    def test_a_database_is_named_without_its_passwords(self, url: str):
        assert MARK not in engines.parse_url(url).shown
        assert MARK not in without_password(url)
        assert has_password(url)

    def test_no_error_shows_the_password_of_a_database(self, url: str):
        with pytest.raises(CannotOpen) as refused:
            open_service(url)
        with pytest.raises(Error) as of_client:
            Client(database=url)

        for error in (refused.value, of_client.value):
            text = "".join(traceback.format_exception(error))
            assert MARK not in text
            assert MARK not in repr(error)

    @pytest.mark.parametrize(
        "command", [["init"], ["outbox"], ["send-mail", "--smtp", f"smtp://us:{MARK}@localhost"]]
    )
    def test_no_command_shows_the_password_of_a_database(self, command: list[str], tmp_path: Path):
        url = f"postgresql://joe:{MARK}@127.0.0.1:{free_port()}/users?password={MARK}"

        done = in_this_process(*command, "--database", url, "--verbose", cwd=tmp_path)

        assert done.returncode == 2
        assert MARK not in done.stdout + done.stderr


class TestProcessList:
    """Every user of a machine can read the arguments of its processes."""

    def run(self, *arguments: str, **variables: str) -> tuple[bool, float, str]:
        """Return whether an argument held the password, until when in seconds, and what the program said."""
        start = time.monotonic()
        process = subprocess.Popen(
            [PROGRAM, *arguments],
            env={**quiet_environment(), **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        seen, until = False, 0.0
        while process.poll() is None:
            if MARK in Path(f"/proc/{process.pid}/cmdline").read_text():
                seen, until = True, time.monotonic() - start
            time.sleep(0.001)
        said = process.communicate()[0]
        return seen, until, said

    def test_a_url_from_a_file_is_in_no_argument_at_any_time(self, tmp_path: Path):
        database, smtp = tmp_path / "database", tmp_path / "smtp"
        database.write_text(f"postgresql://joe:{MARK}@127.0.0.1:{free_port()}/users\n")
        smtp.write_text(f"smtp://us:{MARK}@localhost\n")

        seen, _, said = self.run("send-mail", "--database-file", str(database), "--smtp-file", str(smtp))

        assert not seen
        assert "Cannot open the database postgresql://joe:***@127.0.0.1" in said
        assert MARK not in said

    def test_the_program_hides_an_argument_before_it_loads_anything_else(self):
        program = f"""
import os, sys
os.execv = lambda *_: (print(sorted(sys.modules), flush=True), os._exit(0))
sys.orig_argv = ["stormpath", "serve", "--database", "postgresql://joe:{MARK}@localhost/x"]
from stormpath.cli import main
main()
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        loaded = {each.strip("' ") for each in done.stdout.strip("[]\n").split(",")}

        assert not {"typer", "click", "rich", "requests", "sqlalchemy"} & loaded
        assert {each for each in loaded if each.startswith("stormpath")} == {
            "stormpath",
            "stormpath.cli",
            "stormpath.cli.arguments",
            "stormpath.cli.urls",
            "stormpath.key_files",
        }

    def test_an_argument_is_hidden_for_the_rest_of_the_run(self):
        arguments = ["send-mail", "--database", f"postgresql://joe:{MARK}@127.0.0.1:{free_port()}/users"]

        _, until, said = self.run(*arguments)

        assert "Cannot open the database" in said
        # A start of Python and of this package's first modules. The whole start takes several times as long.
        assert until < 2

    @pytest.mark.parametrize(
        ("arguments", "found"),
        [
            (["serve", "--database", "a", "--smtp=b"], [("--database", "a"), ("--smtp", "b")]),
            (["serve", "--database=a", "--database", "b"], [("--database", "a"), ("--database", "b")]),
            (["serve", "--database"], []),
            (["serve", "--databases", "a", "database", "b"], []),
        ],
    )
    def test_the_options_are_found_as_the_program_reads_them(
        self, arguments: list[str], found: list[tuple[str, str]]
    ):
        assert list(given(VARIABLES, arguments)) == found


class TestFiles:
    def test_a_file_goes_before_the_environment(
        self, initialized_sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setenv("STORMPATH_DATABASE", "sqlite:////nowhere/at/all.db")
        file = tmp_path / "url"
        file.write_text(f"  {initialized_sqlite_url}\n\n")

        for command in (["outbox"], ["outbox", "--json"]):
            assert in_this_process(*command, "--database-file", str(file)).returncode == 0
        for command in (["outbox", "show"], ["outbox", "retry", "--dead"]):
            assert "all.db" not in in_this_process(*command, "--database-file", str(file)).stderr
            before = in_this_process("outbox", "--database-file", str(file), *command[1:])
            assert "all.db" not in before.stderr

    @pytest.mark.parametrize("content", ["", "\n", f"sqlite://\n{MARK}\n"])
    def test_a_file_without_one_line_is_refused_and_not_shown(self, tmp_path: Path, content: str):
        file = tmp_path / "url"
        file.write_text(content)

        done = in_this_process("outbox", "--database-file", str(file))

        assert done.returncode == 2
        assert f"{file} must hold one line" in done.stderr
        assert MARK not in done.stderr

    def test_a_file_that_cannot_be_read_is_named(self, tmp_path: Path):
        with pytest.raises(ValueError, match="No such file"):
            url_in(tmp_path / "none")
        (tmp_path / "bytes").write_bytes(b"\xff\xfe")
        with pytest.raises(ValueError, match="it is no text"):
            url_in(tmp_path / "bytes")


@pytest.mark.either_database
class TestCaches:
    """Any answer with a secret in it says that it is not to be stored; others can be asked for again."""

    def test_every_answer_with_a_secret_is_not_to_be_stored(self, api: Api):
        examples = Examples(CheckedApi.like(api))
        held, plain = set(), set()

        for kind, href in hrefs(examples):
            for answer in answers(api, href):
                if holds_secret(answer.json):
                    assert answer.headers["cache-control"] == "no-store", href
                    assert "etag" not in answer.headers, href
                    held.add(kind)
                else:
                    assert "cache-control" not in answer.headers, href
                    assert "etag" in answer.headers, href
                    plain.add(kind)

        # Directly, inline, in lists, and behind links.
        assert {"apiKeys", "google", "accounts"} <= held
        assert {"applications", "groups", "accounts", "directories"} <= plain

    def test_a_created_key_and_a_token_are_not_to_be_stored(self, api: Api):
        application, directory = api.application_with_directory()
        account = api.account(directory)
        asked = {"email": account["email"]}

        answers = [
            api.post(account["apiKeys"]["href"]),
            token := api.post(f"{application['href']}/passwordResetTokens", asked),
            api.get(token["href"]),
            api.post(token["href"], {"password": "An0therPassword"}),
        ]

        assert [each.status for each in answers] == [201, 200, 200, 200]
        assert {each.headers["cache-control"] for each in answers} == {"no-store"}
        assert not any("etag" in each.headers for each in answers)

    def test_no_request_is_answered_304_for_a_secret(self, api: Api):
        _, directory = api.application_with_directory()
        key = api.api_key(api.account(directory))

        for tag in ("*", '"x"'):
            assert api.request("GET", key["href"], headers={"If-None-Match": tag}).ok == key

    def test_an_answer_after_one_with_a_secret_can_be_stored(self, api: Api):
        _, directory = api.application_with_directory()
        key = api.api_key(api.account(directory))
        api.get(key["href"])

        assert "etag" in api.get(directory["href"]).headers


def hrefs(examples: Examples) -> Iterator[tuple[str, str]]:
    """Return the href of an example of every kind of resource and provider, by kind."""
    for kind in {**examples.all(), **dict.fromkeys(PROVIDERS)}:
        yield kind, examples[kind]["href"]


def answers(api: Api, href: str) -> Iterator[Answer]:
    """Return the JSON answers to a GET of that, and with each of its links expanded."""
    plain = api.get(href)
    if plain.status != 200 or "json" not in plain.headers["content-type"]:
        return
    yield plain
    links = [name for name, value in plain.json.items() if isinstance(value, dict) and "href" in value]
    for name in links:
        expanded = api.get(href, expand=name)
        if expanded.status == 200:
            yield expanded
            listed = api.get(plain[name]["href"])
            if listed.status == 200 and "json" in listed.headers["content-type"] and "items" in listed.json:
                yield listed


def holds_secret(body: Any) -> bool:
    """Tell whether there is a secret anywhere in JSON."""
    if isinstance(body, list):
        return any(map(holds_secret, body))
    if not isinstance(body, dict):
        return False
    return any((name in SECRETS and value) or holds_secret(value) for name, value in body.items())
