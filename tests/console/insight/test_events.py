"""Security events in words, with filters; and what administrators did."""

from datetime import UTC, datetime, timedelta

import pytest

from console.visitor import Visitor
from service.calls import Api, Json, id_of, path_of
from stormpath.server.app import Service
from stormpath.server.console import event_sentences
from stormpath.server.console.views import events
from stormpath.server.domain.security_events import StoredEvent
from stormpath.server.logs.security import Event
from stormpath.server.schema import ids


def person(api: Api) -> tuple[Json, Json]:
    """Return an application and an account that has logged in, and failed to."""
    place, directory = api.application_with_directory("Shop")
    account = api.account(directory, username="ann", email="ann@example.com", givenName="Ann", surname="Lee")
    return place, account


def try_to_log_in(api: Api, place: Json, password: str = "Changeme1!", name: str = "ann") -> None:
    import base64

    value = base64.b64encode(f"{name}:{password}".encode()).decode()
    api.post(f"{place['href']}/loginAttempts", {"type": "basic", "value": value})


def test_each_row_says_what_happened_and_why(admin: Visitor, api: Api):
    place, _ = person(api)
    try_to_log_in(api, place)
    try_to_log_in(api, place, "wrong")
    try_to_log_in(api, place, name="a.secret.typed.here")

    page = admin.open("/events")

    assert "Ann Lee logged in to Shop." in page.text
    assert "A login of Ann Lee failed." in page.text
    assert "Login: the password is wrong." in page.text
    assert "A login of an unknown name failed." in page.text
    assert "a.secret.typed.here" not in page.raw.decode()


def test_events_are_filtered_by_event_outcome_account_and_day(
    service: Service, admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch
):
    # Ids follow those that the process has made already: perhaps by a clock that another test put forward.
    monkeypatch.setattr(ids, "_last_tick", 0)
    place, account = person(api)
    try_to_log_in(api, place)
    try_to_log_in(api, place, "wrong")
    other = api.account(
        place["accounts"] and api.get(account["directory"]["href"]).ok,
        username="bob",
        email="bob@example.com",
    )
    today = datetime.fromtimestamp(service._clock() / 1000, UTC).date()

    def found(**query: str) -> tuple[bool, bool]:
        text = admin.open("/events", **query).text
        return "Ann Lee logged in" in text, "login of Ann Lee failed" in text

    assert found() == (True, True)
    assert found(event="authn_login_fail") == (False, True)
    assert found(outcome="success") == (True, False)
    assert found(outcome="success", event="authn_login_fail") == (False, False)
    for text in (id_of(account), account["href"], "Ann@example.com", "ann"):
        assert found(account=text) == (True, True), text
    assert found(account=id_of(other)) == (False, False)
    assert found(since=str(today), until=str(today)) == (True, True)
    assert found(since=str(today + timedelta(days=1))) == (False, False)
    assert found(until=str(today - timedelta(days=1))) == (False, False)
    assert found(since="yesterday", until="9999-12-31", event="x") == (True, True)
    assert "There is no such account." in admin.open("/events", account="*").text


def test_the_events_of_an_account_are_one_of_its_pages(admin: Visitor, api: Api):
    place, account = person(api)
    try_to_log_in(api, place)

    admin.open(path_of(account))
    page = next(
        admin.open(href) for text, href in admin.page.html.links if href == f"{path_of(account)}/events"
    )

    assert "Ann Lee logged in to Shop." in page.text
    assert "Olga Poe logged in" in admin.open("/events").text
    assert "Olga Poe logged in" not in page.text


def test_pages_of_events_follow_each_other(
    service: Service, admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(events, "PAGE", 2)
    place, _ = person(api)
    for _ in range(5):
        try_to_log_in(api, place, "wrong")

    rows = 0
    admin.open("/events", event="authn_login_fail")
    while True:
        rows += admin.page.text.count("A login of Ann Lee failed.")
        if not any(text == "Older" for text, _ in admin.page.html.links):
            break
        admin.follow("Older")

    assert rows == 5


def test_every_event_has_a_sentence_a_name_and_a_place_in_the_filter():
    for event in Event:
        stored = StoredEvent("t", "i", 0, event.value, event.outcome.value, facts="{}")
        text = event_sentences.sentence(stored, "Ann", "Shop")
        assert text.endswith((".", "!")), text
        assert text != event.value
        assert "%(" not in text
        assert event_sentences.event_name(event.value) != event.value
    assert [value for value, _ in event_sentences.choices()] == [each.value for each in Event]


def test_more_of_one_kind_than_are_stored_are_told_by_their_number():
    stored = StoredEvent("t", "i", 0, "authn_login_fail", "failure", facts='{"more": 42}')

    assert "42 more" in event_sentences.sentence(stored, "", "")


def test_what_an_administrator_does_in_the_console_is_told_with_the_resource(
    admin: Visitor, colleague: Visitor, api: Api
):
    directory = api.directory("People")
    admin.open(path_of(directory))
    admin.submit("Save", {"description": "of the company"})
    colleague.open("/organizations/new")
    colleague.submit("Create", {"name": "Acme", "nameKey": "acme"})
    made = api.get("/organizations", name="Acme").items[0]
    colleague.open(f"{path_of(made)}/delete")
    colleague.submit("Delete", understood="true")

    page = admin.open("/events/actions")

    assert "Olga Poe changed the Directory People: Description." in page.text
    assert "Ann Doe created the Organization Acme." in page.text
    assert "Ann Doe deleted the Organization Acme." in page.text
    assert "of the company" not in page.text
    links = {href for _, href in page.html.links}
    assert path_of(directory) in links
    assert path_of(made) not in links
    of_one = admin.open("/events/actions", resource=id_of(directory))
    assert "Acme" not in of_one.text


def test_an_id_of_a_time_is_before_the_ids_of_that_time_and_after_those_before():
    assert ids.first_id(1_000_000) < ids.new_id(2**41)
    first = ids.first_id(2**41)
    assert ids.encode((2**41 - 1) << 80 | ((1 << 80) - 1)) < first <= ids.encode(2**41 << 80 | 7 << 76)
