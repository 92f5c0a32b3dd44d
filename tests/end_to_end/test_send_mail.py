"""``stormpath send-mail``: it sends due messages, prints the result, and ends."""

from __future__ import annotations

import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest

from stormpath.server.app import open_service
from support.command import (
    SECONDS,
    Done,
    assert_refused,
    in_this_process,
    quiet_environment,
    stormpath,
)
from support.mail import put
from support.programs import PROGRAM, PROGRAMS, command_line
from support.registering import recipients
from support.smtp_server import SmtpServer, mail_server

NOBODY = "smtp://joe:hunter2@127.0.0.1:1?starttls=never"


@pytest.fixture
def database(initialized_database_url: str) -> str:
    """A database whose outbox has three e-mails."""
    return filled(initialized_database_url, 3)


def filled(database: str, count: int) -> str:
    with closing(open_service(database)) as service:
        put(service, count)
    return database


def send(database: str, url: str) -> Done:
    return in_this_process("send-mail", "--database", database, "--smtp", url)


def test_due_messages_are_sent(database: str, mailbox: SmtpServer) -> None:
    done = stormpath("send-mail", "--database", database, "--smtp", mailbox.url)

    assert (done.returncode, done.stdout, done.stderr) == (0, "3 sent, 0 postponed, 0 given up.\n", "")
    assert len(mailbox.messages) == 3
    assert send(database, mailbox.url).stdout == "0 sent, 0 postponed, 0 given up.\n"
    assert len(mailbox.messages) == 3


def test_a_message_that_could_not_be_sent_gives_exit_status_1(database: str, mailbox: SmtpServer) -> None:
    mailbox.misbehave("RCPT", "550 5.1.1 no such user", times=1)
    mailbox.misbehave("RCPT", "450 4.2.1 try later", times=1)

    done = send(database, mailbox.url)

    assert (done.returncode, done.stdout) == (1, "1 sent, 1 postponed, 1 given up.\n")
    assert done.stderr == "stormpath: Some messages could not be sent: stormpath outbox says why.\n"


def test_an_unreachable_mail_server_leaves_all_messages_for_the_next_run(
    initialized_sqlite_url: str, mailbox: SmtpServer
) -> None:
    database = filled(initialized_sqlite_url, 5)

    done = stormpath("send-mail", "--database", database, "--smtp", NOBODY)

    assert done.returncode == 1
    assert done.stdout == "0 sent, 3 postponed, 0 given up.\n"
    assert "hunter2" not in done.stderr
    later = send(database, mailbox.url)
    assert (later.returncode, later.stdout) == (0, "2 sent, 0 postponed, 0 given up.\n")


def test_the_environment_may_name_database_and_mail_server(
    initialized_sqlite_url: str, mailbox: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORMPATH_DATABASE", filled(initialized_sqlite_url, 1))
    monkeypatch.setenv("STORMPATH_SMTP_URL", mailbox.url)

    assert in_this_process("send-mail").stdout == "1 sent, 0 postponed, 0 given up.\n"


def test_several_runs_at_once_send_each_e_mail_once(database: str, mailbox: SmtpServer) -> None:
    with closing(open_service(database)) as service:
        ids = put(service, 40)

    program = command_line("send-mail", "--database", database, "--smtp", mailbox.url)
    running = [PROGRAMS.start(program, env=quiet_environment(), stdout=subprocess.PIPE) for _ in range(3)]
    said = [each.communicate(timeout=SECONDS)[0].decode() for each in running]

    assert [each.returncode for each in running] == [0, 0, 0]
    assert sum(int(each.split()[0]) for each in said) == 43
    assert len(mailbox.messages) == 43
    assert set(ids) < {each.id for each in mailbox.messages}


def test_passwords_are_in_no_process_list(initialized_postgresql_url: str, tmp_path: Path) -> None:
    filled(initialized_postgresql_url, 1)
    seen: list[str] = []
    looked = threading.Event()

    with mail_server(login=("joe", "hunter2")) as mailbox:

        def look() -> None:
            seen.append(Path(f"/proc/{process.pid}/cmdline").read_text())
            looked.set()

        mailbox.misbehave("MAIL", look)
        process = subprocess.Popen(
            [
                *[PROGRAM, "send-mail", "--database", initialized_postgresql_url],
                f"--smtp={mailbox.url}?starttls=never",
            ],
            env=quiet_environment(),
            stdout=subprocess.PIPE,
        )
        assert process.communicate(timeout=SECONDS)[0] == b"1 sent, 0 postponed, 0 given up.\n"

    assert looked.is_set()
    assert "send-mail" in seen[0]
    assert "postgresql:" not in seen[0]
    assert "hunter2" not in seen[0]
    assert recipients(mailbox.messages) == ["leia@example.com"]


class TestRefusedOptions:
    def test_a_missing_mail_server_is_refused(self, initialized_sqlite_url: str) -> None:
        assert_refused(
            stormpath("send-mail", "--database", initialized_sqlite_url), "--smtp", "STORMPATH_SMTP_URL"
        )

    @pytest.mark.parametrize(
        "url",
        ["localhost:25", "http://joe:hunter2@localhost", "smtp://joe:hunter2@h:p", "smtp://joe:hunter2@"],
    )
    def test_a_url_that_names_no_mail_server_is_refused(self, initialized_sqlite_url: str, url: str) -> None:
        done = send(initialized_sqlite_url, url)

        assert_refused(done, "smtp[s]://user:password@host:port")
        assert "hunter2" not in done.stderr
