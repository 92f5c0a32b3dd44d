"""``stormpath serve --smtp``: its workers send the e-mails of requests."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from stormpath import Client
from stormpath.server.app import open_service
from support.command import SECONDS, assert_refused, in_this_process
from support.mail import put
from support.registering import recipients, register, verifying_application
from support.served import Served, eventually, is_gone
from support.smtp_server import HANG, SmtpServer, mail_server

Serve = Callable[..., Served]


def client_of(service: Served, database: str) -> Client:
    with Client(database=database) as local:
        return Client(service.base_url, id=local.auth.id, secret=local.auth.secret)


def states(database: str) -> list[str]:
    with closing(open_service(database)) as service:
        return [each.state for each in service.outbox.entries()]


def test_a_registration_brings_an_e_mail(
    serve: Serve, initialized_database_url: str, mailbox: SmtpServer
) -> None:
    service = serve(initialized_database_url, "--smtp", mailbox.url)

    with client_of(service, initialized_database_url) as client:
        register(verifying_application(client), "han")

    assert recipients(mailbox.wait_for(1)) == ["han@example.com"]
    eventually(lambda: states(initialized_database_url) == ["SENT"])
    assert service.stops() == (0, "")


def test_several_workers_send_each_e_mail_once(
    serve: Serve, initialized_database_url: str, mailbox: SmtpServer
) -> None:
    service = serve(initialized_database_url, "--workers", "3", STORMPATH_SMTP_URL=mailbox.url)

    with client_of(service, initialized_database_url) as client, ThreadPoolExecutor(6) as threads:
        application = verifying_application(client)
        names = [f"han{number}" for number in range(60)]
        [*threads.map(lambda name: register(application, name), names)]
    eventually(lambda: states(initialized_database_url) == ["SENT"] * 60)

    assert service.stops() == (0, "")
    assert recipients(mailbox.messages) == sorted(f"{each}@example.com" for each in names)


def test_e_mails_are_sent_from_the_address_on_the_command_line(
    serve: Serve, initialized_sqlite_url: str, mailbox: SmtpServer
) -> None:
    sender = "My App <hello@example.com>"
    service = serve(initialized_sqlite_url, "--smtp", mailbox.url, "--mail-from", sender)

    with client_of(service, initialized_sqlite_url) as client:
        register(verifying_application(client), "han")

    assert mailbox.wait_for(1)[0].message["From"] == sender


def test_messages_stored_before_the_start_are_sent(
    serve: Serve, initialized_sqlite_url: str, mailbox: SmtpServer
) -> None:
    with closing(open_service(initialized_sqlite_url)) as service:
        put(service, 2)

    serve(initialized_sqlite_url, "--smtp", mailbox.url)

    assert len(mailbox.wait_for(2)) == 2


class TestFirstLine:
    def test_the_first_line_names_the_mail_server_without_its_password(
        self, serve: Serve, initialized_sqlite_url: str
    ) -> None:
        with mail_server(login=("joe", "hunter2")) as mailbox:
            service = serve(initialized_sqlite_url, "--smtp", f"{mailbox.url}?starttls=never")

            assert f". E-mails go to smtp://127.0.0.1:{mailbox.port}. Ctrl-C" in service.first_line
            assert "hunter2" not in service.first_line

    def test_the_first_line_says_that_e_mails_wait_without_a_mail_server(
        self, serve: Serve, initialized_sqlite_url: str
    ) -> None:
        service = serve(initialized_sqlite_url, "--smtp", "", STORMPATH_SMTP_URL="smtp://localhost:1")

        expected = "E-mails of tenants without a mail server of their own wait in the outbox."
        assert f". {expected} Ctrl-C" in service.first_line


class TestPassword:
    @pytest.mark.usefixtures("started_by_python")
    def test_the_password_is_in_no_process_list(self, serve: Serve, initialized_sqlite_url: str) -> None:
        with mail_server(login=("joe", "hunter2")) as mailbox:
            url = f"{mailbox.url}?starttls=never"
            service = serve(initialized_sqlite_url, "--workers", "2", "--smtp", url)

            for each in (service.process.pid, *service.workers()):
                arguments = Path(f"/proc/{each}/cmdline").read_text()
                assert "hunter2" not in arguments
                assert "--workers" in arguments

            with client_of(service, initialized_sqlite_url) as client:
                register(verifying_application(client), "han")
            assert [each.user for each in mailbox.wait_for(1)] == ["joe"]

    def test_a_refused_password_is_not_logged(self, serve: Serve, initialized_sqlite_url: str) -> None:
        with mail_server(login=("joe", "hunter2")) as mailbox:
            url = f"smtp://joe:wrong-hunter2@127.0.0.1:{mailbox.port}?starttls=never"
            service = serve(initialized_sqlite_url, "--smtp", url)
            with client_of(service, initialized_sqlite_url) as client:
                register(verifying_application(client), "han")
            eventually(
                lambda: "535" in in_this_process("outbox", "--database", initialized_sqlite_url).stdout
            )

            status, said = service.stops()

        assert status == 0
        assert "E-mails cannot be sent" in said
        assert "hunter2" not in said
        assert "hunter2" not in in_this_process("outbox", "--database", initialized_sqlite_url).stdout


class TestStop:
    @pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
    def test_stopping_finishes_the_e_mail_that_is_being_sent(
        self, serve: Serve, initialized_sqlite_url: str, mailbox: SmtpServer, how: signal.Signals
    ) -> None:
        mailbox.misbehave("END", lambda: time.sleep(1))
        service = serve(initialized_sqlite_url, "--smtp", mailbox.url)
        with client_of(service, initialized_sqlite_url) as client:
            register(verifying_application(client), "han")
        mailbox.wait_for(1)

        assert service.stops(how) == (0, "")

        assert len(mailbox.messages) == 1
        assert states(initialized_sqlite_url) == ["SENT"]

    def test_a_hanging_mail_server_delays_the_end_by_seconds_and_loses_nothing(
        self, serve: Serve, initialized_sqlite_url: str, mailbox: SmtpServer
    ) -> None:
        mailbox.misbehave("DATA", HANG)
        service = serve(initialized_sqlite_url, "--smtp", mailbox.url)
        workers = service.workers()
        with client_of(service, initialized_sqlite_url) as client:
            register(verifying_application(client), "han")
        eventually(lambda: mailbox.connections == 1)

        began = time.monotonic()
        status, _ = service.stops()

        assert status == 0
        assert time.monotonic() - began < 10
        assert all(is_gone(each) for each in workers)
        [line] = in_this_process("outbox", "--database", initialized_sqlite_url).stdout.splitlines()
        assert line.split("\t")[4] == "PENDING"
        mailbox.behave()
        retried = in_this_process(
            "outbox", "--database", initialized_sqlite_url, "retry", line.split("\t")[0]
        )
        assert retried.stdout == "1 message is due now.\n"
        sent = in_this_process("send-mail", "--database", initialized_sqlite_url, "--smtp", mailbox.url)
        assert sent.stdout.startswith("1 sent")


class TestRefusedOptions:
    @pytest.mark.parametrize(
        ("options", "word"),
        [
            (["--smtp", "localhost"], "smtp[s]://user:password@host:port"),
            (["--smtp", "http://joe:hunter2@localhost"], "smtp[s]://user:password@host:port"),
            (["--smtp", "smtp://joe:hunter2@localhost:port"], "smtp[s]://user:password@host:port"),
            (["--smtp", "smtp://joe:hunter2@localhost?starttls=maybe"], "starttls"),
            (["--mail-from", "nobody", "--bind", "127.0.0.1:0"], "must be an address"),
            (["--smtp", "smtp://joe:hunter2@localhost?ca=/nowhere.pem", "--bind", "127.0.0.1:0"], "nowhere"),
        ],
    )
    def test_an_invalid_mail_server_is_refused(
        self, initialized_sqlite_url: str, options: list[str], word: str
    ) -> None:
        done = in_this_process("serve", "--database", initialized_sqlite_url, *options)

        assert_refused(done, word)
        assert "hunter2" not in done.stderr


def test_requests_do_not_wait_for_the_mail_server(
    serve: Serve, initialized_sqlite_url: str, mailbox: SmtpServer
) -> None:
    mailbox.misbehave("MAIL", HANG)
    service = serve(initialized_sqlite_url, "--smtp", mailbox.url)

    with client_of(service, initialized_sqlite_url) as client:
        application = verifying_application(client)
        began = time.monotonic()
        register(application, "han", "leia", "luke")

    assert time.monotonic() - began < SECONDS / 10
    assert re.match("Stormpath serves", service.first_line)
