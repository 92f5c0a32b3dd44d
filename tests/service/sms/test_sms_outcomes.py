"""What becomes of a text message is told to its challenge, in the transaction that writes it down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from service.outbox_service import opened, service
from stormpath.server.app import Service, now_ms
from stormpath.server.domain.events import SmsQueued
from stormpath.server.domain.outbox import ALL_SMS, Outcome
from stormpath.server.domain.storage import Unavailable
from stormpath.server.jobs.delivery import Report
from stormpath.server.storage.outbox import Outbox
from support.mail import entry, put, sender
from support.sms import put_sms, sms_sender
from support.sms_gateway import SmsGateway, sms_gateway
from support.smtp_server import mail_server

__all__ = ["opened", "service"]

CHALLENGE = "0123456789abcdefghijkl"


@pytest.fixture
def gateway() -> Iterator[SmsGateway]:
    with sms_gateway() as server:
        yield server


class Told:
    """A listener that keeps what it was told."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[str, str, Outcome]] = []

    def __call__(self, unit: Any, challenge_id: str, outcome: Outcome) -> None:
        self.outcomes.append((unit.tenant_id, challenge_id, outcome))


def name(service: Service) -> str:
    with service.database.read(service.tenant_id) as unit:
        tenant = unit.get("tenant", service.tenant_id)
    assert tenant is not None
    return str(tenant["name"])


def send(service: Service, gateway: SmsGateway, listener: Any) -> Report:
    return sms_sender(service, gateway.origin, outbox=Outbox(service.database, listener)).run()


@pytest.mark.parametrize(
    ("answer", "outcome"), [(201, Outcome.SENT), (500, Outcome.POSTPONED), (400, Outcome.DEAD)]
)
def test_a_challenge_is_told_that_its_message_is_with_the_gateway_and_what_came_of_it(
    service: Service, gateway: SmsGateway, answer: int, outcome: Outcome
):
    gateway.misbehave((answer, "{}"))
    put_sms(service, challenge_id=CHALLENGE)
    told = Told()

    send(service, gateway, told)

    tenant_id = service.tenant_id
    assert told.outcomes == [(tenant_id, CHALLENGE, Outcome.LEASED), (tenant_id, CHALLENGE, outcome)]


def test_an_expired_message_is_told_too(service: Service, gateway: SmsGateway):
    put_sms(service, challenge_id=CHALLENGE, expires_at=1)
    told = Told()

    send(service, gateway, told)

    assert [each for _, _, each in told.outcomes] == [Outcome.LEASED, Outcome.DEAD]


def test_a_message_whose_sender_is_gone_is_told_to_be_postponed(service: Service):
    [id] = put_sms(service, challenge_id=CHALLENGE)
    told = Told()
    outbox = Outbox(service.database, told)
    outbox.lease("gone", now_ms(), 1, ALL_SMS)

    outbox.release(id, "gone", now_ms())
    outbox.release(id, "gone", now_ms())

    assert [each for _, _, each in told.outcomes] == [Outcome.LEASED, Outcome.POSTPONED]


def test_emails_are_told_to_no_challenge(service: Service):
    put(service)
    told = Told()

    with mail_server() as mail:
        assert sender(service, mail.url, outbox=Outbox(service.database, told)).run() == Report(sent=1)

    assert told.outcomes == []


@pytest.mark.both_databases
def test_a_listener_changes_rows_and_reports_events_with_the_outcome_or_not_at_all(
    service: Service, gateway: SmsGateway
):
    [id] = put_sms(service, challenge_id=CHALLENGE)
    names: list[str] = []
    events: list[SmsQueued] = []
    fails = [True]

    def listener(unit: Any, challenge_id: str, outcome: Outcome) -> None:
        if outcome is Outcome.SENT:
            unit.update("tenant", unit.tenant_id, {"name": f"Name {len(names)}"})
            names.append(entry(service, id).state if service.database.dialect != "sqlite" else "PENDING")
            unit.keep_event(SmsQueued(unit.tenant_id, "told"))
            if fails.pop() if fails else False:
                raise Unavailable("the database is away")

    stop = service.events.after(SmsQueued, events.append)
    before = name(service)
    try:
        assert send(service, gateway, listener) == Report(sent=1)
        assert name(service) == "Name 1"
    finally:
        stop()
        with service.database.write(service.tenant_id) as unit:
            unit.update("tenant", service.tenant_id, {"name": before})

    # Written twice because the first time was undone; sent once.
    assert (names, len(gateway.posted)) == (["PENDING", "PENDING"], 1)
    assert [each.id for each in events] == ["told"]
    assert entry(service, id).state == "SENT"


@pytest.mark.both_databases
def test_a_listener_that_fails_does_not_send_the_message_again(
    service: Service, gateway: SmsGateway, caplog: pytest.LogCaptureFixture
):
    [id] = put_sms(service, challenge_id=CHALLENGE)

    def fails(unit: Any, challenge_id: str, outcome: Outcome) -> None:
        unit.update("tenant", unit.tenant_id, {"name": "Half done"})
        raise KeyError(CHALLENGE)

    assert send(service, gateway, fails) == Report(sent=1)

    assert (entry(service, id).state, len(gateway.posted)) == ("SENT", 1)
    assert name(service) != "Half done"
    assert "KeyError" in caplog.text
    assert CHALLENGE not in caplog.text
