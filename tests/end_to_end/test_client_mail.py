"""``Client(smtp_url=...)``: a thread of the program sends the messages of its outbox."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import pytest

from stormpath import Client
from stormpath.error import Error
from support import forking
from support.command import run
from support.programs import text
from support.registering import recipients, register, token_in, verifying_application
from support.smtp_server import HANG, SmtpServer

SENDER = "stormpath-sender"


def senders() -> int:
    return sum(each.name == SENDER for each in threading.enumerate())


def test_a_registration_brings_an_e_mail_whose_link_verifies_the_address(
    initialized_database_url: str, mailbox: SmtpServer
) -> None:
    with Client(database=initialized_database_url, smtp_url=mailbox.url) as client:
        register(verifying_application(client), "han")

        [received] = mailbox.wait_for(1)
        account = client.accounts.verify_email_token(token_in(received.message.get_content()))

        assert received.recipient == account.email == "han@example.com"
        assert client.accounts.get(account.href).status == "ENABLED"


def test_e_mails_are_sent_from_the_address_the_client_names(
    initialized_sqlite_url: str, mailbox: SmtpServer
) -> None:
    sender = "My App <hello@example.com>"
    with Client(database=initialized_sqlite_url, smtp_url=mailbox.url, mail_from=sender) as client:
        register(verifying_application(client), "han")

    [received] = mailbox.messages
    assert (received.message["From"], received.sender) == (sender, "hello@example.com")


def test_the_environment_alone_makes_no_client_send(
    initialized_sqlite_url: str, mailbox: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORMPATH_SMTP_URL", mailbox.url)

    with Client(database=initialized_sqlite_url) as client:
        register(verifying_application(client), "han")
        assert senders() == 0

    assert mailbox.connections == 0


def test_closing_a_client_sends_due_messages_first(initialized_sqlite_url: str, mailbox: SmtpServer) -> None:
    names = [f"han{number}" for number in range(12)]
    mailbox.misbehave("MAIL", lambda: time.sleep(0.05))

    with Client(database=initialized_sqlite_url, smtp_url=mailbox.url) as client:
        addresses = register(verifying_application(client), *names)

    assert recipients(mailbox.messages) == sorted(addresses)
    assert senders() == 0


def test_a_hanging_mail_server_delays_the_end_by_ten_seconds(
    initialized_sqlite_url: str, mailbox: SmtpServer
) -> None:
    mailbox.misbehave("DATA", HANG)
    client = Client(database=initialized_sqlite_url, smtp_url=mailbox.url)
    register(verifying_application(client), "han")

    began = time.monotonic()
    client.close()

    assert 5 < time.monotonic() - began < 13
    mailbox.behave()
    with Client(database=initialized_sqlite_url) as later:
        verifying_application(later)  # The database is released and intact.


@pytest.mark.parametrize("ending", ["", "raise SystemExit", "client = None"])
def test_the_end_of_the_program_sends_due_messages_first(
    initialized_sqlite_url: str, mailbox: SmtpServer, ending: str
) -> None:
    program = f"""
from stormpath import Client
from support.registering import register, verifying_application
client = Client(database={initialized_sqlite_url!r}, smtp_url={mailbox.url!r})
register(verifying_application(client), "han", "leia", "luke")
{ending}
"""
    mailbox.misbehave("MAIL", lambda: time.sleep(0.2))

    done = run(text(program))

    assert (done.returncode, done.stderr) == (0, "")
    assert recipients(mailbox.messages) == ["han@example.com", "leia@example.com", "luke@example.com"]


def test_parent_and_children_of_a_fork_send_their_own_messages(
    initialized_database_url: str, mailbox: SmtpServer
) -> None:
    forking.run("senders", {"database": initialized_database_url, "smtp_url": mailbox.url})

    expected = [f"{who}-{n}@example.com" for who in ("before", "parent", "after") for n in range(3)]
    expected += [f"child-{child}-{n}@example.com" for child in range(forking.WORKERS) for n in range(3)]
    assert recipients(mailbox.messages) == sorted(expected)


class TestSharedDatabase:
    def test_a_client_with_a_mail_server_sends_for_all(
        self, initialized_sqlite_url: str, mailbox: SmtpServer
    ) -> None:
        with (
            Client(database=initialized_sqlite_url) as first,
            Client(database=initialized_sqlite_url, smtp_url=mailbox.url),
            Client(database=initialized_sqlite_url, smtp_url=mailbox.url),
        ):
            register(verifying_application(first), "han")

            assert recipients(mailbox.wait_for(1)) == ["han@example.com"]
            assert senders() == 1

    def test_sending_goes_on_until_the_last_client_is_closed(
        self, initialized_sqlite_url: str, mailbox: SmtpServer
    ) -> None:
        with Client(database=initialized_sqlite_url) as first:
            Client(database=initialized_sqlite_url, smtp_url=mailbox.url).close()

            register(verifying_application(first), "han")

            assert recipients(mailbox.wait_for(1)) == ["han@example.com"]

    def test_another_mail_server_is_refused(self, initialized_sqlite_url: str, mailbox: SmtpServer) -> None:
        other = "smtp://joe:hunter2@127.0.0.1:1"
        with Client(database=initialized_sqlite_url, smtp_url=mailbox.url) as first:
            with pytest.raises(Error, match="another mail server") as refused:
                Client(database=initialized_sqlite_url, smtp_url=other)

            assert "hunter2" not in str(refused.value)
            register(verifying_application(first), "han")
            assert recipients(mailbox.wait_for(1)) == ["han@example.com"]

    def test_another_sender_s_address_is_refused(self, initialized_sqlite_url: str) -> None:
        with Client(database=initialized_sqlite_url, mail_from="a@example.com"):
            with Client(database=initialized_sqlite_url, mail_from="a@example.com"):
                pass
            with pytest.raises(Error, match="another mail_from"):
                Client(database=initialized_sqlite_url, mail_from="b@example.com")


class TestRefusedOptions:
    def test_an_invalid_sender_address_is_refused(self, initialized_sqlite_url: str) -> None:
        with pytest.raises(Error, match="must be an address"):
            Client(database=initialized_sqlite_url, mail_from="nobody")

    @pytest.mark.parametrize(
        "url",
        [
            "localhost:1025",
            "http://joe:hunter2@localhost",
            "smtp://joe:hunter2@localhost:port",
            "smtp://joe:hunter2@localhost?ca=/nowhere.pem",
            "smtp://joe:hunter2#@localhost",
            "smtp://joe:hunter2@localhost?starttls=maybe",
        ],
    )
    def test_an_invalid_mail_server_url_is_refused_without_its_password(
        self, initialized_sqlite_url: str, url: str
    ) -> None:
        with pytest.raises(Error) as refused:
            Client(database=initialized_sqlite_url, smtp_url=url)

        assert re.fullmatch(r"[^\n]{10,}", str(refused.value))
        assert "hunter2" not in repr(refused.value)
        assert senders() == 0
        with Client(database=initialized_sqlite_url) as later:
            assert later.tenant.name

    @pytest.mark.parametrize("option", [{"smtp_url": "smtp://joe:hunter2@localhost"}, {"mail_from": "a@b"}])
    def test_a_client_of_a_served_api_takes_no_mail_options(self, option: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="stormpath serve --smtp") as refused:
            Client("https://id.example.com/v1", id="ID", secret="sEcReT", **option)

        assert "hunter2" not in str(refused.value)
