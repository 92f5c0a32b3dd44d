"""An e-mail is sent, or its account is deleted: also when both happen at once."""

from __future__ import annotations

import threading

import pytest

from service.outbox_service import opened, service
from service.tenant_setup import new_tenant
from stormpath.server.jobs.delivery import Report
from support.mail import entry, sender
from support.smtp_server import mail_server

pytestmark = pytest.mark.both_databases

__all__ = ["opened", "service"]


@pytest.fixture
def mail():
    with mail_server() as server:
        yield server


@pytest.fixture
def api(service):
    return new_tenant(service)


@pytest.fixture
def register(api):
    """``register(n)`` makes an account that gets an e-mail, and returns its href."""
    directory = api.post("/directories", {"name": "Crew"}).made
    api.post(directory["accountCreationPolicy"]["href"], {"welcomeEmailStatus": "ENABLED"})

    def make(number):
        names = {"givenName": "Leia", "surname": "Organa", "password": "Changeme1!"}
        email = f"leia{number}@example.com"
        return api.post(f"{directory['href']}/accounts", {**names, "email": email}).made["href"]

    return make


def test_entries_are_deleted_with_their_account(api, service, mail, register):
    account = register(1)
    assert service.outbox.counts()["PENDING"] == 1

    api.delete(account)

    assert sender(service, mail.url).run() == Report()
    assert service.outbox.entries() == []


def test_an_email_on_its_way_arrives_though_its_account_is_deleted(api, service, mail, register):
    account = register(1)
    mail.misbehave("END", lambda: api.delete(account), times=1)
    register(2)

    assert sender(service, mail.url).run() == Report(sent=2)

    [kept] = service.outbox.entries()
    assert entry(service, kept.id).address == "leia2@example.com"
    assert service.outbox.leases() == []


def test_accounts_can_be_deleted_while_their_emails_are_sent(api, service, mail, register):
    accounts = [register(n) for n in range(12)]
    answers = []
    deleting = threading.Thread(target=lambda: answers.extend(api.delete(each).status for each in accounts))

    deleting.start()
    report = sender(service, mail.url).run()
    deleting.join()

    assert answers == [204] * len(accounts)
    assert (report.postponed, report.dead) == (0, 0)
    assert len({each.id for each in mail.messages}) == len(mail.messages) == report.sent
    assert service.outbox.entries() == []
