"""Senders in processes of their own: many at once, killed at any step, forked, and in short scripts."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from stormpath.server.app import Service, open_service
from support.mail import LEASE_SECONDS, entry, put, sender
from support.sending import DEATHS, Senders, run
from support.smtp_server import SmtpServer, mail_server

pytestmark = pytest.mark.both_databases

#: The step at which a sender is killed, and how often its e-mail arrives in the end. It cannot be known
#: afterwards whether one was accepted that was killed between the acceptance and the note of it.
DELIVERIES = {
    "leased": 1,
    "CONNECT": 1,
    "MAIL": 1,
    "DATA": 1,
    "BODY": 1,
    "END": 2,
    "accepted": 2,
    "written": 1,
    "in the lease": 1,
}


@pytest.fixture
def service(initialized_database_url: str) -> Iterator[Service]:
    opened = open_service(initialized_database_url)
    yield opened
    opened.close()


@pytest.fixture
def mail() -> Iterator[SmtpServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def senders(service: Service, mail: SmtpServer, initialized_database_url: str) -> Iterator[Senders]:
    with Senders(initialized_database_url, mail.url) as started:
        yield started


def test_a_killed_sender_loses_no_email_and_doubles_only_what_was_just_accepted(
    service: Service, mail: SmtpServer, senders: Senders
) -> None:
    def kill_at(step: str, pids: list[int]) -> None:
        mail.misbehave(step, partial(os.kill, pids[0], signal.SIGKILL), times=1)

    ids = {}
    for step in DELIVERIES:
        [ids[step]] = put(service)
        prepare = partial(kill_at, step) if step not in DEATHS else lambda pids: None
        killed = senders.send([step if step in DEATHS else None], prepare, LEASE_SECONDS)
        assert killed == [[-signal.SIGKILL, 0]]

    sender(service, mail.url).run()

    delivered = Counter(each.id for each in mail.messages)
    assert {step: delivered[id] for step, id in ids.items()} == DELIVERIES
    assert service.outbox.counts() == {"PENDING": 0, "SENT": len(DELIVERIES), "DEAD": 0}
    # A reader who gets one twice can tell: it is the same message, with the same Message-ID.
    assert len({each.raw for each in mail.messages}) == len(DELIVERIES)
    attempts = {step: entry(service, id).attempts for step, id in ids.items()}
    assert attempts == dict.fromkeys(DELIVERIES, 2) | {"written": 1, "in the lease": 1}


@pytest.mark.sampled(larger=())
@pytest.mark.parametrize("count", [2, 4])
def test_each_email_is_sent_once_however_many_senders_there_are(
    service: Service, mail: SmtpServer, senders: Senders, count: int, examples_of: Callable[[int], int]
) -> None:
    ids = put(service, examples_of(200))

    results = senders.send([None] * count)

    assert sorted(each.id for each in mail.messages) == sorted(ids)
    assert [status for status, _ in results] == [0] * count
    assert sum(sent for _, sent in results) == len(ids)
    assert sum(sent > 0 for _, sent in results) > 1


def test_a_short_script_ends_when_its_emails_are_sent(
    service: Service, mail: SmtpServer, initialized_database_url: str
) -> None:
    run("leave", initialized_database_url, mail.url)

    assert len(mail.messages) == 5
    assert service.outbox.counts() == {"PENDING": 0, "SENT": 5, "DEAD": 0}


def test_a_forked_child_sends_what_it_writes_and_its_parent_goes_on(
    service: Service, mail: SmtpServer, initialized_database_url: str
) -> None:
    service.close()

    run("fork", initialized_database_url, mail.url)

    assert len({each.id for each in mail.messages}) == 4
    # The child does not speak over its parent's connection, nor end it.
    assert [each.connection for each in mail.messages] == [1, 2, 2, 1]
