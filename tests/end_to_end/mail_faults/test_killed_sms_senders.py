"""Senders of text messages in processes of their own, killed at any step."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest

from stormpath.server.app import Service, open_service
from support.mail import LEASE_SECONDS, entry, eventually
from support.sending import DEATHS, Senders
from support.sms import put_sms, sms_sender
from support.sms_gateway import SmsGateway, sms_gateway

#: The step at which a sender is killed, and how often its message is posted in the end. It cannot be known
#: afterwards whether the gateway has taken one that was posted.
POSTED = {"leased": 1, "posting": 2, "accepted": 2, "written": 1, "in the lease": 1}


@pytest.fixture
def service(initialized_database_url: str) -> Iterator[Service]:
    opened = open_service(initialized_database_url)
    yield opened
    opened.close()


@pytest.fixture
def gateway() -> Iterator[SmsGateway]:
    with sms_gateway() as server:
        yield server


@pytest.fixture
def senders(service: Service, gateway: SmsGateway, initialized_database_url: str) -> Iterator[Senders]:
    with Senders(initialized_database_url, gateway.origin) as started:
        yield started


def test_a_killed_sender_loses_no_message_and_doubles_only_what_was_just_posted(
    service: Service, gateway: SmsGateway, senders: Senders
) -> None:
    ids = {}
    for number, step in enumerate(POSTED):
        [ids[step]] = put_sms(service, number=f"+1415555268{number}")

        def prepare(pids: list[int]) -> None:
            gateway.misbehave(partial(os.kill, pids[0], signal.SIGKILL))

        dies_at = step if step in DEATHS else None
        killed = senders.send([dies_at], prepare if dies_at is None else lambda pids: None, LEASE_SECONDS)
        assert killed == [[-signal.SIGKILL, 0]]

    # Leases are counted from when another sender sees them.
    found = sms_sender(service, gateway.origin)
    found.start()
    eventually(lambda: service.outbox.counts() == {"PENDING": 0, "SENT": len(POSTED), "DEAD": 0})
    found.stop()

    posted = Counter(each.form["To"] for each in gateway.posted)
    assert [posted[f"+1415555268{number}"] for number in range(len(POSTED))] == list(POSTED.values())
    attempts = {step: entry(service, id).attempts for step, id in ids.items()}
    assert attempts == dict.fromkeys(POSTED, 2) | {"written": 1, "in the lease": 1}
