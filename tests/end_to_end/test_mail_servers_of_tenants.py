"""A tenant's own mail server, from the SDK to the message: in this process, and served."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from stormpath import Client
from stormpath.resources.smtp_server import SmtpServer as TenantsServer
from stormpath.server.app import open_service
from support.command import SECONDS, in_this_process, quiet_environment, run
from support.mail import LOOPBACK_VARIABLES, put
from support.programs import text
from support.registering import recipients, register, verifying_application
from support.served import Served, eventually
from support.smtp_server import SmtpServer, mail_server

Serve = Callable[..., Served]

LOGIN = ("shop", "correct horse")


@pytest.fixture(autouse=True)
def allowed_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow tenants the mail servers of the tests, as an operator does."""
    for name, value in LOOPBACK_VARIABLES.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def own() -> Iterator[SmtpServer]:
    """The mail server that the tenant names."""
    with mail_server(login=LOGIN) as server:
        yield server


def name_it(client: Client, own: SmtpServer, status: str = "ENABLED") -> TenantsServer:
    user, password = LOGIN
    server = client.tenant.smtp_servers.create(
        {"host": "127.0.0.1", "port": own.port, "username": user, "password": password, "status": status}
    )
    assert isinstance(server, TenantsServer)
    return server


def client_of(service: Served, database: str) -> Client:
    with Client(database=database) as local:
        return Client(service.base_url, id=local.auth.id, secret=local.auth.secret)


def states(database: str) -> list[str]:
    with closing(open_service(database)) as service:
        return [each.state for each in service.outbox.entries()]


class TestEmbedded:
    def test_e_mails_go_to_the_tenants_server_while_it_is_enabled(
        self, initialized_database_url: str, mailbox: SmtpServer, own: SmtpServer
    ) -> None:
        with Client(database=initialized_database_url, smtp_url=mailbox.url) as client:
            application = verifying_application(client)
            server = name_it(client, own)
            register(application, "han")
            own.wait_for(1)
            server.status = "DISABLED"
            server.save()
            register(application, "leia")
            mailbox.wait_for(1)

        assert recipients(own.messages) == ["han@example.com"]
        assert [each.user for each in own.messages] == [LOGIN[0]]
        assert recipients(mailbox.messages) == ["leia@example.com"]

    def test_closing_a_client_sends_due_messages_first(
        self, initialized_sqlite_url: str, mailbox: SmtpServer, own: SmtpServer
    ) -> None:
        with Client(database=initialized_sqlite_url, smtp_url=mailbox.url) as client:
            name_it(client, own)
            addresses = register(verifying_application(client), *(f"han{number}" for number in range(8)))

        assert recipients(own.messages) == sorted(addresses)
        assert not any(each.name.startswith("stormpath-sender") for each in threading.enumerate())

    def test_a_client_without_a_mail_option_sends_nothing(
        self, initialized_sqlite_url: str, own: SmtpServer
    ) -> None:
        with Client(database=initialized_sqlite_url) as client:
            name_it(client, own)
            register(verifying_application(client), "han")

        assert own.messages == []
        assert states(initialized_sqlite_url) == ["PENDING"]

    def test_the_end_of_the_program_sends_due_messages_first(
        self, initialized_sqlite_url: str, mailbox: SmtpServer, own: SmtpServer
    ) -> None:
        with Client(database=initialized_sqlite_url) as client:
            name_it(client, own)
        program = f"""
from stormpath.server.app import open_service
import atexit
service = open_service({initialized_sqlite_url!r}, smtp_url={mailbox.url!r})
atexit.register(service.close)
service.start_sender()
from support.mail import put
put(service, 5)
"""

        done = run(text(program))

        assert (done.returncode, done.stderr) == (0, "")
        assert len(own.messages) == 5


class TestServed:
    def test_enabling_a_server_later_starts_the_sending(
        self, serve: Serve, initialized_database_url: str, own: SmtpServer
    ) -> None:
        service = serve(initialized_database_url)

        with client_of(service, initialized_database_url) as client:
            application = verifying_application(client)
            register(application, "before")
            server = name_it(client, own, status="DISABLED")
            register(application, "meanwhile")
            assert own.messages == []
            server.status = "ENABLED"
            server.save()
            register(application, "after")
            sent = recipients(own.wait_for(3))

        assert sent == ["after@example.com", "before@example.com", "meanwhile@example.com"]
        eventually(lambda: states(initialized_database_url) == ["SENT"] * 3)
        assert service.stops() == (0, "")

    def test_creating_a_server_starts_the_sending(
        self, serve: Serve, initialized_sqlite_url: str, own: SmtpServer
    ) -> None:
        service = serve(initialized_sqlite_url)

        with client_of(service, initialized_sqlite_url) as client:
            register(verifying_application(client), "before")
            name_it(client, own)

        assert recipients(own.wait_for(1)) == ["before@example.com"]

    def test_a_server_that_is_there_from_the_start_is_used_by_each_worker(
        self, serve: Serve, initialized_sqlite_url: str, own: SmtpServer
    ) -> None:
        with Client(database=initialized_sqlite_url) as local:
            name_it(local, own)
        service = serve(initialized_sqlite_url, "--workers", "2")

        with client_of(service, initialized_sqlite_url) as client:
            addresses = register(verifying_application(client), *(f"han{number}" for number in range(10)))
            own.wait_for(10)
        eventually(lambda: states(initialized_sqlite_url) == ["SENT"] * 10)

        assert recipients(own.messages) == sorted(addresses)
        assert service.stops() == (0, "")


class TestSendMail:
    def test_send_mail_needs_no_other_server(self, initialized_database_url: str, own: SmtpServer) -> None:
        with Client(database=initialized_database_url) as client:
            name_it(client, own)
        with closing(open_service(initialized_database_url)) as service:
            put(service, 3)

        done = in_this_process("send-mail", "--database", initialized_database_url)

        assert (done.returncode, done.stdout) == (0, "3 sent, 0 postponed, 0 given up.\n")
        assert len(own.messages) == 3

    def test_send_mail_is_refused_where_the_only_server_is_disabled(
        self, initialized_sqlite_url: str, own: SmtpServer
    ) -> None:
        with Client(database=initialized_sqlite_url) as client:
            name_it(client, own, status="DISABLED")

        done = in_this_process("send-mail", "--database", initialized_sqlite_url)

        assert (done.returncode, done.stdout) != (0, "")
        assert "No mail server is named: give --smtp" in done.stderr


def test_a_service_that_sends_nothing_loads_no_smtp(initialized_sqlite_url: str) -> None:
    program = f"""
import sys
from stormpath.server.app import open_service
service = open_service({initialized_sqlite_url!r})
service.start_sender_when_needed()
service.close()
print("smtplib" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**quiet_environment(), "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )

    assert done.stdout == "False\n"
