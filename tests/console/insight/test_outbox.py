"""The outbox of a tenant: states, answers of mail servers, another try, content after the password."""

import pytest

from console.insight.test_home import dead_message
from console.visitor import PASSWORD, Visitor
from service import password_resets
from service.calls import Api, Json, id_of
from stormpath.server.app import Service
from stormpath.server.console.views import outbox
from stormpath.server.domain.events import EmailQueued
from stormpath.server.domain.outbox import DEAD, PENDING, SMS, NewEntry
from stormpath.server.schema import ids
from stormpath.server.sms.message import Sms
from support.outbox import emails


def reset_message(api: Api, name: str = "ada") -> Json:
    """Let an account ask for a reset; return it."""
    place, directory = api.application_with_directory(f"Shop of {name}")
    account = api.account(directory, username=name, email=f"{name}@example.com")
    assert password_resets.ask(api, place, f"{name}@example.com").status == 200
    return account


def state_of(service: Service, api: Api, id: str) -> tuple[str, int]:
    with service.database.read(api.tenant_id) as unit:
        entry = unit.tenant_messages.entry(id)
        return entry.state, entry.attempts


def test_messages_are_found_by_state_channel_and_part_of_the_address(
    service: Service, admin: Visitor, api: Api
):
    account = reset_message(api)
    dead_message(service, api, {**account, "email": "bob_b@example.com"}, "550 no such mailbox")

    def shown(**query: str) -> set[str]:
        page = admin.open("/outbox", **query)
        return {text for text, href in page.html.links if href.startswith("/outbox/")}

    assert shown() == {"ada@example.com", "bob_b@example.com"}
    assert shown(state="DEAD") == {"bob_b@example.com"}
    assert "550 no such mailbox" in admin.page.text
    assert shown(state="PENDING") == {"ada@example.com"}
    assert shown(q="B_B@EXAMPLE") == {"bob_b@example.com"}
    assert shown(q="b_") == {"bob_b@example.com"}
    assert shown(q="%") == set()
    assert shown(channel="sms") == set()
    assert shown(state="nothing") == {"ada@example.com", "bob_b@example.com"}


def test_pages_of_messages_follow_each_other(
    service: Service, admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(outbox, "PAGE", 2)
    account = api.account(api.directory("People"))
    for number in range(5):
        dead_message(service, api, {**account, "email": f"number{number}@example.com"})

    seen = []
    admin.open("/outbox", state="DEAD")
    while True:
        seen += [text for text, _ in admin.page.html.links if text.startswith("number")]
        if not any(text == "Older" for text, _ in admin.page.html.links):
            break
        admin.follow("Older")

    assert seen == [f"number{each}@example.com" for each in (4, 3, 2, 1, 0)]


def test_a_message_and_all_that_failed_are_sent_again_and_the_sender_is_woken(
    service: Service, admin: Visitor, api: Api
):
    account = api.account(api.directory("People"))
    made = [dead_message(service, api, account) for _ in range(3)]
    woken = []
    service.events.after(EmailQueued, lambda event: woken.append(event.tenant_id))

    admin.open(f"/outbox/{made[0]}")
    assert "It is sent again." in admin.submit("Send again").text
    assert [state_of(service, api, each) for each in made] == [(PENDING, 0), (DEAD, 3), (DEAD, 3)]
    admin.open("/outbox")
    assert "2 messages are sent again." in admin.submit("Send all failed ones again").text

    assert [state_of(service, api, each) for each in made] == [(PENDING, 0)] * 3
    assert woken.count(api.tenant_id) == 2
    actions = service.security_events.actions(api.tenant_id)
    assert [(each.action, each.resource) for each in actions] == [("sent again", "message")] * 2


def test_the_content_is_shown_after_the_password_with_its_link_masked(
    service: Service, admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("stormpath.server.console.sessions.PROVED_MS", 0)
    reset_message(api)
    stored = next(each for each in emails(service, api.tenant_id) if each.address == "ada@example.com")
    page = admin.open(f"/outbox/{stored.id}")
    assert stored.email.subject not in page.text

    page = admin.submit("Show the content", password_again="wrong")
    assert (page.status, stored.email.subject in page.text) == (400, False)
    page = admin.submit("Show the content", password_again=PASSWORD)

    assert stored.email.subject in page.text
    assert "sptoken=••••••" in page.text
    assert stored.token not in page.raw.decode()


def test_the_code_of_a_text_message_is_masked(service: Service, admin: Visitor, api: Api):
    account, now = api.account(api.directory("People")), service._clock()
    id = ids.new_id(now)
    entry = NewEntry(
        id=id,
        kind="sms",
        directory_id=id_of(account["directory"]),
        account_id=id_of(account),
        address="+14155552671",
        content=Sms("+14155552671", "Your code is 123456.").sealed(service._box, id),
        created_at=now,
        expires_at=None,
        channel=SMS,
    )
    with service.database.write(api.tenant_id) as unit:
        unit.outbox.add(entry)

    admin.open(f"/outbox/{id}")
    page = admin.submit("Show the content")

    assert "Your code is ••••••." in page.text
    assert "123456" not in page.raw.decode()


def test_a_message_under_another_key_is_no_failure_of_the_page(service: Service, admin: Visitor, api: Api):
    id = dead_message(service, api, api.account(api.directory("People")))

    admin.open(f"/outbox/{id}")
    page = admin.submit("Show the content")

    assert (page.status, "cannot be read" in page.text) == (200, True)
