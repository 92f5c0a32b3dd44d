"""``stormpath outbox``: the list of e-mails, their contents, and retries of failed ones."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from stormpath import Client
from stormpath.server.app import open_service
from support.command import Done, assert_refused, in_this_process, quiet_environment, stormpath
from support.mail import put
from support.registering import recipients, register, token_in, verifying_application
from support.smtp_server import SmtpServer
from support.terminal import Terminal

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
ID = r"[0-9A-Za-z]{22}"
TRICKS = "\x1b]0;owned\x07\x1b[2J\u202e\x9b\r"


@pytest.fixture
def database(initialized_database_url: str) -> str:
    """A database whose outbox has three e-mails: to Han, to Leia, and the newest to Luke."""
    fill(initialized_database_url, "han", "leia", "luke")
    return initialized_database_url


def fill(database: str, *names: str) -> None:
    with closing(open_service(database)) as service:
        for each in names:
            put(service, to=f"{each}@example.com")


def outbox(database: str, *arguments: str) -> Done:
    return in_this_process("outbox", *arguments, "--database", database)


def entries(database: str) -> list[dict[str, str]]:
    done = outbox(database, "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


def send(database: str, server: SmtpServer) -> Done:
    return in_this_process("send-mail", "--database", database, "--smtp", server.url)


def at_a_terminal(database: str, *arguments: str, **variables: str) -> str:
    """Return the output of the command on a terminal of 160 columns."""
    environment = {**quiet_environment(), "TERM": "xterm", "COLUMNS": "160", **variables}
    with Terminal("outbox", *arguments, "--database", database, environment=environment) as terminal:
        assert terminal.exit_status() == 0, terminal.output
        return terminal.output.replace("\r\n", "\n")


class TestList:
    def test_the_list_has_a_line_for_each_e_mail_the_newest_first(self, database: str) -> None:
        done = outbox(database)

        assert (done.returncode, done.stderr) == (0, "")
        lines = done.stdout.splitlines()
        assert [line.split("\t")[3] for line in lines] == [
            "luke@example.com",
            "leia@example.com",
            "han@example.com",
        ]
        for line in lines:
            assert re.fullmatch(rf"{ID}\t{TIME}\tWELCOME\t\w+@example\.com\tPENDING\t0\t", line), line

    def test_the_list_can_be_limited_to_a_state_or_a_number(self, database: str, mailbox: SmtpServer) -> None:
        assert outbox(database, "--limit", "1").stdout.split("\t")[3] == "luke@example.com"
        assert outbox(database, "--state", "sent").stdout == ""

        send(database, mailbox)

        assert outbox(database, "--state", "pending").stdout == ""
        assert len(outbox(database, "--state", "SENT").stdout.splitlines()) == 3

    def test_the_list_as_json_has_the_documented_names(self, database: str) -> None:
        newest, _, _ = entries(database)

        assert re.fullmatch(ID, newest["id"])
        assert re.fullmatch(TIME, newest["createdAt"])
        assert newest == {
            "id": newest["id"],
            "channel": "email",
            "kind": "WELCOME",
            "to": "luke@example.com",
            "state": "PENDING",
            "attempts": 0,
            "createdAt": newest["createdAt"],
            "dueAt": newest["createdAt"],
            "expiresAt": None,
            "finishedAt": None,
            "lastError": None,
        }

    def test_the_list_shows_no_secret(self, database: str) -> None:
        token = token_in(outbox(database, "show").stdout)

        assert token not in outbox(database).stdout + outbox(database, "--json").stdout

    def test_the_list_has_columns_and_errors_at_a_terminal(
        self, initialized_sqlite_url: str, mailbox: SmtpServer
    ) -> None:
        fill(initialized_sqlite_url, "leia")
        mailbox.misbehave("RCPT", "450 4.2.1 try later")
        send(initialized_sqlite_url, mailbox)
        fill(initialized_sqlite_url, "han")

        shown = at_a_terminal(initialized_sqlite_url)
        plain = at_a_terminal(initialized_sqlite_url, NO_COLOR="1")

        assert "\x1b[33mPENDING" in shown
        assert re.search(r"\x1b\[3\dm", plain) is None
        title, han, leia, error, _, counts = re.sub(r"\x1b\[[\d;]*m", "", plain).splitlines()
        assert title.split() == ["Id", "Created", "(UTC)", "Kind", "State", "Tries", "To"]
        assert re.fullmatch(
            rf"{ID}  \d{{4}}-\d\d-\d\d \d\d:\d\d  WELCOME  PENDING      1  leia@example.com", leia
        )
        assert error == "    RCPT TO: 450 4.2.1 try later"
        assert han.endswith("PENDING      0  han@example.com")
        assert counts == "2 pending, 0 sent, 0 dead"

    def test_the_list_of_an_empty_outbox_is_empty(self, initialized_sqlite_url: str) -> None:
        assert outbox(initialized_sqlite_url).stdout == ""
        assert entries(initialized_sqlite_url) == []
        assert at_a_terminal(initialized_sqlite_url) == "0 pending, 0 sent, 0 dead\n"


class TestShow:
    def test_an_e_mail_is_shown_with_its_headers_and_a_working_link(
        self, initialized_database_url: str
    ) -> None:
        with Client(database=initialized_database_url) as client:
            register(verifying_application(client), "han")
            [entry] = entries(initialized_database_url)

            done = outbox(initialized_database_url, "show", entry["id"])

            assert done.returncode == 0, done.stderr
            facts, message = done.stdout.split("\n\n", 1)
            assert re.fullmatch(
                rf"Id: +{entry['id']}\nCreated: +{TIME}\nKind: +verification\nState: +PENDING\n"
                rf"Attempts: +0\nDue: +{TIME}",
                facts,
            )
            assert re.match(r"From: +\S.*\nTo: +han@example\.com\nSubject: +Verify your account\n", message)
            assert client.accounts.verify_email_token(token_in(message)).email == "han@example.com"

    def test_show_without_an_id_shows_the_newest_e_mail(self, database: str) -> None:
        assert re.search(r"To: +luke@example\.com\n", outbox(database, "show").stdout)

    def test_an_e_mail_is_shown_with_all_headers_and_both_bodies(self, initialized_sqlite_url: str) -> None:
        message: dict[str, Any] = {
            "subject": "Grüße",
            "reply_to": "answers@example.com",
            "text": "One\r\n\tTwo\n",
            "html": "<p>One</p>",
        }
        with closing(open_service(initialized_sqlite_url)) as service:
            put(service, **message)

        shown = outbox(initialized_sqlite_url, "show").stdout
        content = json.loads(outbox(initialized_sqlite_url, "show", "--json").stdout)["content"]

        assert shown.partition("\n\n")[2] == (
            "From:        Alliance <no-reply@example.com>\n"
            "To:          leia@example.com\n"
            "Reply-To:    answers@example.com\n"
            "Subject:     Grüße\n"
            "\n--- text/plain ---\n\nOne\n\tTwo\n"
            "\n--- text/html ---\n\n<p>One</p>\n"
        )
        assert content == {
            "from": {"name": "Alliance", "address": "no-reply@example.com"},
            "to": "leia@example.com",
            "replyTo": "answers@example.com",
            "subject": "Grüße",
            "text": "One\r\n\tTwo\n",
            "html": "<p>One</p>",
        }

    def test_a_sent_e_mail_is_shown_without_its_content(self, database: str, mailbox: SmtpServer) -> None:
        token = token_in(outbox(database, "show").stdout)
        send(database, mailbox)

        shown = outbox(database, "show").stdout
        as_json = outbox(database, "show", "--json").stdout

        assert re.search(rf"State: +SENT\nAttempts: +1\nFinished: +{TIME}\n\nIt was sent, and", shown)
        assert json.loads(as_json)["content"] is None
        assert token not in shown + as_json

    @pytest.mark.parametrize("options", [(), ("--json",)])
    @pytest.mark.parametrize("command", [(), ("show",)])
    def test_control_characters_of_an_e_mail_do_not_reach_the_terminal(
        self, initialized_sqlite_url: str, command: tuple[str, ...], options: tuple[str, ...]
    ) -> None:
        text = f"{TRICKS} [bold]x[/]"
        with closing(open_service(initialized_sqlite_url)) as service:
            put(service, to=f"{TRICKS}@example.com", subject=text, reply_to=text, text=text, html=text)

        shown = at_a_terminal(initialized_sqlite_url, *command, *options, NO_COLOR="1")

        assert "example.com" in shown
        assert "[bold]x[/]" in shown or not command
        assert not re.search("\x1b\\]|\x1b\\[2J|\x07|\x9b|\u202e|\r", shown)


class TestRetry:
    def test_retry_makes_an_e_mail_due_now(self, database: str, mailbox: SmtpServer) -> None:
        mailbox.misbehave("RCPT", "450 4.2.1 try later", times=3)
        assert send(database, mailbox).stdout == "0 sent, 3 postponed, 0 given up.\n"
        assert send(database, mailbox).stdout == "0 sent, 0 postponed, 0 given up.\n"
        first, second, _ = entries(database)
        assert "try later" in first["lastError"]

        done = outbox(database, "retry", first["id"], second["id"])

        assert (done.returncode, done.stdout) == (0, "2 messages are due now.\n")
        assert send(database, mailbox).stdout == "2 sent, 0 postponed, 0 given up.\n"
        assert recipients(mailbox.messages) == ["leia@example.com", "luke@example.com"]

    def test_retry_dead_makes_all_dead_letters_due_now(self, database: str, mailbox: SmtpServer) -> None:
        mailbox.misbehave("RCPT", "550 5.1.1 no such user", times=2)
        assert send(database, mailbox).stdout == "1 sent, 0 postponed, 2 given up.\n"
        assert [each["state"] for each in entries(database)] == ["SENT", "DEAD", "DEAD"]

        done = outbox(database, "retry", "--dead")

        assert (done.returncode, done.stdout) == (0, "2 messages are due now.\n")
        assert send(database, mailbox).stdout == "2 sent, 0 postponed, 0 given up.\n"
        assert outbox(database, "retry", "--dead").stdout == "0 messages are due now.\n"

    def test_retry_is_refused_for_a_sent_e_mail(self, database: str, mailbox: SmtpServer) -> None:
        mailbox.misbehave("RCPT", "550 5.1.1 no such user", times=1)
        send(database, mailbox)
        sent, _, dead = entries(database)

        assert_refused(outbox(database, "retry", dead["id"], sent["id"]), sent["id"], "sent already")

        assert entries(database)[-1]["state"] == "DEAD"

    def test_retry_is_refused_for_an_e_mail_that_is_being_sent(self, initialized_sqlite_url: str) -> None:
        fill(initialized_sqlite_url, "han")
        with closing(open_service(initialized_sqlite_url)) as service:
            leased = service.outbox.lease("another sender", 10**15, 60)
        assert leased is not None

        assert "PENDING, being sent" in outbox(initialized_sqlite_url, "show").stdout
        assert_refused(outbox(initialized_sqlite_url, "retry", leased.id), "being sent")


class TestRefusedArguments:
    @pytest.mark.parametrize("command", ["show", "retry"])
    @pytest.mark.parametrize("id", ["0" * 22, "nope", "\x1b[2J", "'; --"])
    def test_an_unknown_id_is_refused(self, initialized_sqlite_url: str, command: str, id: str) -> None:
        done = outbox(initialized_sqlite_url, command, id)

        assert_refused(done, "no message", "stormpath outbox")
        assert "\x1b" not in done.stderr

    @pytest.mark.parametrize(
        ("arguments", "word"),
        [
            (["show"], "empty"),
            (["retry"], "--dead"),
            (["retry", "0" * 22, "--dead"], "--dead"),
            (["--state", "lost"], "--state"),
            (["--limit", "0"], "--limit"),
            (["--limit", "5", "show"], "--limit"),
            (["open"], "open"),
        ],
    )
    def test_invalid_arguments_are_refused(
        self, initialized_sqlite_url: str, arguments: list[str], word: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STORMPATH_DATABASE", initialized_sqlite_url)

        assert_refused(in_this_process("outbox", *arguments), word)

    def test_an_outbox_under_another_secret_key_is_refused(
        self, database: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STORMPATH_SECRET_KEY", "b3RoZXIga2V5IG90aGVyIGtleSBvdGhlciBrZXkgb3Q=")

        assert_refused(outbox(database, "show"), "another key", "STORMPATH_SECRET_KEY")

    def test_a_missing_database_is_refused(self, tmp_path: Path) -> None:
        done = stormpath("outbox", "--database", "sqlite:///users.db", cwd=tmp_path)

        assert_refused(done, "stormpath init")
        assert list(tmp_path.iterdir()) == []


def test_characters_that_the_output_cannot_encode_are_escaped(initialized_sqlite_url: str) -> None:
    with closing(open_service(initialized_sqlite_url)) as service:
        put(service, subject="Grüße")

    done = stormpath("outbox", "show", "--database", initialized_sqlite_url, PYTHONIOENCODING="ascii")

    assert done.returncode == 0, done.stderr
    assert r"Subject:     Gr\xfc\xdfe" in done.stdout


def test_the_database_may_be_named_before_or_after_the_command(initialized_sqlite_url: str) -> None:
    fill(initialized_sqlite_url, "han")

    done = in_this_process("outbox", "--database", initialized_sqlite_url, "show")

    assert "han@example.com" in done.stdout


def test_limits_lists_what_reached_a_rate_limit_by_its_ids(
    initialized_sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORMPATH_MAILS_PER_ACCOUNT", "2")
    with Client(database=initialized_sqlite_url) as client:
        app = client.applications.create({"name": "Atlas"}, create_directory=True)
        account = app.accounts.create({"email": "ada@example.com", "password": "Changeme1!"})
        for _ in range(2):
            app.password_reset_tokens.create({"email": "ada@example.com"})
        ids = [each.href.rpartition("/")[2] for each in (account.directory, account)]

    listed = outbox(initialized_sqlite_url, "limits").stdout
    (limit,) = json.loads(outbox(initialized_sqlite_url, "limits", "--json").stdout)

    assert listed.rstrip("\n").split("\t") == ["account", "reset", "2", "2", *ids]
    assert (limit["what"], limit["messages"], limit["directoryId"], limit["accountId"]) == (
        "account",
        2,
        *ids,
    )
    assert set(limit) == {
        "what",
        "channel",
        "kind",
        "messages",
        "limit",
        "tenantId",
        "directoryId",
        "accountId",
    }
    assert "1 rate limit was reached in the last hour" in at_a_terminal(
        initialized_sqlite_url, STORMPATH_MAILS_PER_ACCOUNT="2"
    )
