"""The upgrade of a database from before text messages: its e-mails stay, and are sent as e-mails."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa

from service.database_access import connected, upgrade
from service.old_databases import fill, rows_at
from stormpath.server.app import Service, now_ms, open_service
from stormpath.server.jobs.delivery import Report
from stormpath.server.mail.email import Email
from stormpath.server.schema import ids
from stormpath.server.security.encryption import SecretBox, key_from_text
from support.environment import SETTINGS
from support.mail import entry, sender
from support.sms import put_sms, sms_sender
from support.sms_gateway import sms_gateway
from support.smtp_server import mail_server

pytestmark = pytest.mark.both_databases

STATES = ("PENDING", "SENT", "DEAD")
BOX = SecretBox(key_from_text(SETTINGS["STORMPATH_SECRET_KEY"], "the key of the tests"))


@pytest.fixture
def entries(database_url: str) -> dict[str, str]:
    """The ids of e-mails that the version before has left, by state; and one is counted for the limits."""
    fill(database_url, "0013")
    tables = rows_at("0013")["tables"]
    account = tables["accounts"][0]
    made = {state: ids.new_id() for state in STATES}
    with connected(database_url) as connection:
        upgrade(connection, "0015")
        metadata = sa.MetaData()
        metadata.reflect(connection, only=["outbox", "mailings"])
        for state, id in made.items():
            email = Email("A", "a@example.com", "b@example.com", "Hi", text="Old").sealed(BOX, id)
            owner = {each: account[each] for each in ("tenant_id", "directory_id")} | {
                "account_id": account["id"]
            }
            row = {
                **{"id": id, "kind": "reset", "address": "b@example.com", "state": state, "attempts": 0},
                **{"content": None if state == "SENT" else email, "created_at": now_ms(), "due_at": 0},
                **{"finished_at": None if state == "PENDING" else now_ms()},
            }
            connection.execute(metadata.tables["outbox"].insert(), [{**owner, **row}])
        keys = {"address_key": "a", "account_key": "b", "directory_key": "c"}
        counted = {"id": ids.new_id(), "tenant_id": account["tenant_id"], "created_at": now_ms(), **keys}
        connection.execute(metadata.tables["mailings"].insert(), [counted])
    return made


@pytest.fixture
def upgraded(entries: dict[str, str], database_url: str) -> Iterator[Service]:
    with closing(open_service(database_url)) as service:
        yield service


def reached(service: Service, channel: str) -> list[str]:
    found = service.outbox.reached_limits({"account": 1}, 0, now_ms() + 1000, channel)
    return [each.what for each in found]


def test_old_entries_are_emails_in_their_states_and_go_to_the_mail_server(
    upgraded: Service, entries: dict[str, str]
):
    found = {state: entry(upgraded, id) for state, id in entries.items()}
    assert {each.channel for each in found.values()} == {"email"}
    assert {state: each.state for state, each in found.items()} == {each: each for each in STATES}
    assert [each.text for each in upgraded.emails()] == ["Old", "Old"]
    assert upgraded.text_messages() == []
    assert [reached(upgraded, each) for each in ("email", "sms")] == [["account"], []]

    with mail_server() as mail, sms_gateway() as gateway:
        [sms] = put_sms(upgraded)
        assert sms_sender(upgraded, gateway.origin).run() == Report(sent=1)
        assert sender(upgraded, mail.url).run() == Report(sent=1)

    assert [each.id for each in mail.messages] == [entries["PENDING"]]
    assert entry(upgraded, sms).state == "SENT"
