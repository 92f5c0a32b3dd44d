"""PostgreSQL goes away and comes back, at any step of sending: no e-mail is lost, and none is sent twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest

from stormpath.server.app import Service, open_service
from stormpath.server.mail.sender import Sender
from support.mail import entry, eventually, put, sender
from support.postgresql import PostgreSQLServer
from support.smtp_server import SmtpServer, mail_server

pytestmark = pytest.mark.both_databases

AWAY_SECONDS = 0.5


@pytest.fixture
def service(initialized_postgresql_url: str) -> Iterator[Service]:
    opened = open_service(initialized_postgresql_url)
    yield opened
    opened.close()


@pytest.fixture
def mail() -> Iterator[SmtpServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def running(service: Service, mail: SmtpServer) -> Iterator[Sender]:
    started = sender(service, mail.url, lease_seconds=1)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def go_away(
    postgresql_server: PostgreSQLServer, initialized_postgresql_url: str
) -> Iterator[Callable[[], None]]:
    """``go_away()`` breaks all connections to the database, and refuses new ones for a moment."""
    name = initialized_postgresql_url.rpartition("/")[2]
    with psycopg.connect(f"{postgresql_server.address}/postgres", autocommit=True) as admin:

        def allow(yes: bool) -> None:
            admin.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {yes}'.encode())

        back = threading.Timer(AWAY_SECONDS, allow, [True])

        def leave() -> None:
            allow(False)
            query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
            admin.execute(query, [name])
            back.start()

        yield leave
        back.join()


@pytest.mark.parametrize("step", ["CONNECT", "MAIL", "DATA", "END"])
def test_an_email_is_sent_once_though_the_database_is_away(
    service: Service, mail: SmtpServer, running: Sender, go_away: Callable[[], None], step: str
) -> None:
    mail.misbehave(step, go_away, times=1)
    ids = put(service, 3)
    running.wake()

    eventually(lambda: len(mail.messages) >= 3)
    running.stop()

    assert [each.id for each in mail.messages] == ids
    assert [(entry(service, id).state, entry(service, id).attempts) for id in ids] == [("SENT", 1)] * 3


def test_a_refusal_is_written_down_when_the_database_is_back(
    service: Service, mail: SmtpServer, running: Sender, go_away: Callable[[], None]
) -> None:
    mail.misbehave("RCPT", go_away, times=1)
    mail.misbehave("DATA", "554 5.7.1 spam")
    [id] = put(service)
    running.wake()

    eventually(lambda: not mail._deeds["RCPT"])
    running.stop()

    assert (entry(service, id).state, entry(service, id).last_error) == ("DEAD", "DATA: 554 5.7.1 spam")


def test_a_sender_that_finds_no_database_begins_when_it_is_back(
    service: Service, mail: SmtpServer, running: Sender, go_away: Callable[[], None]
) -> None:
    ids = put(service, 2)
    go_away()
    running.wake()

    eventually(lambda: len(mail.messages) == 2)
    running.stop()

    assert [entry(service, id).state for id in ids] == ["SENT"] * 2
