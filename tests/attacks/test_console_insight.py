"""What strangers, other tenants and bad texts can do to the overview pages of the console."""

import base64
import csv
import io

import pytest

from attacks.test_console_matrix import EVIL, check
from console.insight.test_home import dead_message
from console.visitor import PASSWORD, Visitor
from service import password_resets
from service.calls import Api, id_of, path_of
from service.token_calls import log_in
from stormpath.server.app import Service
from stormpath.server.console.declared import bulk, bulk_state, exports
from stormpath.server.domain.security_events import StoredEvent
from stormpath.server.logs.security import Event
from stormpath.server.schema import ids
from stormpath.server.storage.event_storage import EventStorage
from support.outbox import emails
from support.statements import statements

#: Each begins a formula in one of the usual programs.
FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =cmd|' /C calc'!A0",
    "\N{FULLWIDTH EQUALS SIGN}1",
    "\N{FULLWIDTH PLUS SIGN}1",
    "\N{FULLWIDTH HYPHEN-MINUS}1",
    "\N{FULLWIDTH COMMERCIAL AT}1",
)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_an_export_is_a_formula(text: str):
    assert exports.safe(text) == f"'{text}"


def test_names_that_are_formulas_are_texts_in_an_export(admin: Visitor, api: Api):
    directory = api.directory("=HYPERLINK(1)")
    names = ['=HYPERLINK("http://evil.example.com","x")', "+49", "-1", "@me", '=1,"\r\n=2']
    for number, name in enumerate(names):
        api.account(
            directory, username=f"u{number}", email=f"u{number}@example.com", givenName="A", surname=name
        )
        api.group(directory, name.replace("\r\n", " "))

    for path in (
        f"/export{path_of(directory)}/accounts",
        f"/export{path_of(directory)}/groups",
        "/export/directories",
    ):
        raw = admin.open(path, columns="name,surname,directory,fullName").raw.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(raw, newline="")))
        assert len(rows) > 3
        for cell in (cell for row in rows for cell in row):
            assert not cell.lstrip().startswith(("=", "+", "-", "@")), (path, cell)


def test_texts_of_callers_in_events_and_messages_are_texts(service: Service, admin: Visitor, api: Api):
    account = api.account(api.directory("People"), givenName=EVIL, surname=EVIL)
    now = service._clock()
    evil = StoredEvent(
        api.tenant_id,
        ids.new_id(now),
        now,
        Event.LOGIN_FAILED.value,
        "failure",
        account_id=id_of(account),
        address=EVIL,
        reason=EVIL,
        actor_key_id=EVIL,
        request_id=EVIL,
        resource=EVIL,
        facts='{"login": "<b data-evil>", "<b data-evil>": "javascript:alert(1)"}',
    )
    unknown = evil._replace(id=ids.new_id(now), event=EVIL, facts="[not JSON")
    EventStorage(service.database, service._clock, days=30, most=1000).write([evil, unknown], {})
    id = dead_message(service, api, {**account, "email": EVIL}, EVIL)

    for path in (
        "/",
        "/events",
        f"{path_of(account)}/events",
        "/events/actions",
        "/outbox",
        f"/outbox/{id}",
        "/tokens",
        "/limits",
    ):
        page = admin.open(path)
        assert page.status == 200, path
        check(page.html)
    for path in ("/search", "/outbox", "/events", "/tokens", "/quickstart/python", "/accounts"):
        for name in (
            "q",
            "account",
            "event",
            "outcome",
            "since",
            "before",
            "state",
            "kind",
            "application",
            "columns",
            "limit",
        ):
            page = admin.open(path, **{name: EVIL})
            assert page.status < 500, (path, name)
            check(page.html)


def test_messages_of_another_tenant_are_not_found(
    service: Service, admin: Visitor, foreign_admin: Visitor, api: Api
):
    account = api.account(api.directory("People"), email="ann@example.com")
    id = dead_message(service, api, account)
    foreign_admin.open("/outbox")
    csrf = foreign_admin.csrf

    assert "ann@example.com" not in foreign_admin.page.text
    assert foreign_admin.open(f"/outbox/{id}").status == 404
    for path in (f"/outbox/{id}", f"/outbox/{id}/retry"):
        assert foreign_admin.post(path, {"csrf": csrf, "password_again": PASSWORD}).status == 404
    assert foreign_admin.post("/outbox/retry", {"csrf": csrf}).status == 303

    assert admin.open("/outbox", state="DEAD").text.count("ann@example.com") == 1


def test_tokens_events_exports_and_sessions_of_another_tenant_are_out_of_reach(
    service: Service, admin: Visitor, foreign_admin: Visitor, api: Api
):
    place, directory = api.application_with_directory("Shop")
    account = api.account(directory, username="ada", email="ada@example.com")
    token = log_in(api, place)
    refresh = api.get(f"{account['href']}/refreshTokens").items[0]
    foreign_admin.open("/tokens")
    csrf = foreign_admin.csrf

    for path, query in (
        ("/tokens", {"account": id_of(account)}),
        ("/tokens", {"application": id_of(place), "kind": "accessToken"}),
        ("/tokens", {"before": ids.new_id()}),
        ("/events", {"account": id_of(account)}),
        ("/events", {"account": "ada@example.com"}),
        ("/events/actions", {"resource": id_of(directory)}),
        ("/search", {"q": "ada"}),
    ):
        page = foreign_admin.open(path, **query)
        assert page.status == 200, path
        assert (
            "ada@example.com" not in page.text.replace("ada@example.com", "", 1)
            or "There is no such account" in page.text
        )
        assert id_of(refresh) not in page.raw.decode()
    for path in (
        f"{path_of(directory)}/accounts",
        f"{path_of(account)}/apiKeys",
        f"tenants/{api.tenant_id}/accounts",
    ):
        assert foreign_admin.open(f"/export/{path.strip('/')}").status == 404
    assert foreign_admin.open(f"{path_of(account)}/events").status == 404
    foreign_admin.post("/tokens/revoke", {"csrf": csrf, "kind": "refreshToken", "id": id_of(refresh)})
    for session in service.console.sessions.stored.of_tenant(api.tenant_id, 0):
        foreign_admin.post("/tokens/sessions", {"csrf": csrf, "id": session.id})

    assert api.get(refresh["href"]).status == 200
    assert token["refresh_token"]
    assert admin.open("/").path == "/"


def test_a_bulk_action_does_nothing_to_another_tenant(
    service: Service, admin: Visitor, foreign_admin: Visitor, api: Api
):
    directory = api.directory("People")
    account = api.account(directory)
    foreign_admin.open("/accounts")
    sent = {
        "csrf": foreign_admin.csrf,
        "action": "delete",
        "id": id_of(account),
        "confirmed": "true",
        "understood": "true",
    }

    assert foreign_admin.post(f"{path_of(directory)}/accounts", sent).status == 404
    assert foreign_admin.post(f"{path_of(directory)}/accounts", {**sent, "every": "true"}).status == 404
    page = foreign_admin.post("/accounts", sent)

    assert "0 of 1 are done. 1 failed." in page.text
    assert api.get(account["href"]).status == 200


def test_a_state_of_a_bulk_action_is_good_for_its_session_its_list_and_an_hour(
    service: Service, admin: Visitor, colleague: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(bulk, "STEP", 1)
    directory = api.directory("People")
    made = [api.group(directory, f"Group {each}") for each in range(3)]
    path = f"{path_of(directory)}/groups"
    admin.open(path)
    admin.submit("Bulk Actions", action="DISABLED", id=[id_of(each) for each in made])
    page = admin.submit("Disabled")
    state = page.html.form("Go on").value("state")
    text, _, seal = state.partition(".")
    colleague.open(path)

    assert colleague.post(path, {"csrf": colleague.csrf, "state": state}).status == 400
    for bad in (
        text,
        f"{text}.",
        f".{seal}",
        f"{text[:-8]}AAAAAAA=.{seal}",
        "",
        "x" * 300_000,
        "\ud7ff.\ud7ff",
    ):
        assert admin.post(path, {"csrf": admin.csrf, "state": bad}).status == 400, bad[:20]
        admin.open(path)
    assert admin.post("/groups", {"csrf": admin.csrf, "state": state}).status == 400
    admin.open(path)
    monkeypatch.setattr(bulk_state, "_LIFETIME_MS", 0)
    assert admin.post(path, {"csrf": admin.csrf, "state": state}).status == 400

    assert sorted(each["status"] for each in api.every(directory["groups"]["href"])) == [
        "DISABLED",
        "ENABLED",
        "ENABLED",
    ]


def test_a_flood_of_failures_does_not_slow_home(service: Service, admin: Visitor, api: Api):
    account = api.account(api.directory("People"))
    now = service._clock()
    flood = [
        StoredEvent(api.tenant_id, ids.new_id(now), now, Event.LOGIN_FAILED.value, "failure", id_of(account))
        for _ in range(3000)
    ]
    EventStorage(service.database, service._clock, days=30, most=100_000).write(flood, {})
    tables = service.database.tables
    with service.database.transaction() as connection:
        counters = [
            {
                "tenant_id": api.tenant_id,
                "key": f"key {each}",
                "wrong": 1,
                "pending": 0,
                "ends_at": now + 200_000,
            }
            for each in range(3000)
        ]
        connection.execute(tables.guesses.insert(), counters)
    admin.open("/")

    for path in ("/", "/events", "/limits", f"{path_of(account)}/events"):
        with statements(service) as sent:
            page = admin.open(path)
        assert page.status == 200
        assert len(sent) <= 25, path
        assert len(page.raw) < 100 * 1024, path


def test_the_content_of_a_message_is_behind_the_password_and_has_no_token(
    service: Service, admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("stormpath.server.console.sessions.PROVED_MS", 0)
    place, directory = api.application_with_directory("Shop")
    policy = api.get(directory["passwordPolicy"]["href"]).ok
    template = api.get(policy["resetEmailTemplates"]["href"]).items[0]
    body = "${sptoken} and ${url} and ${sptokenNameValuePair}"
    api.post(
        template["href"], {"textBody": body, "htmlBody": body, "subject": "x ${sptoken}"}
    ).ok  # Fails unless granted.
    api.account(directory, username="ada", email="ada@example.com")
    assert password_resets.ask(api, place).status == 200
    stored = next(each for each in emails(service, api.tenant_id) if each.address == "ada@example.com")
    token = stored.email.text.split(" ")[0]
    assert len(token) > 20

    admin.open(f"/outbox/{stored.id}")
    for password in ("", "wrong", "x" * 100_000):
        page = admin.post(f"/outbox/{stored.id}", {"csrf": admin.csrf, "password_again": password})
        assert (page.status, token in page.raw.decode()) == (400, False)
        admin.open(f"/outbox/{stored.id}")
    page = admin.submit("Show the content", password_again=PASSWORD)

    assert "••••••" in page.text
    assert token not in page.raw.decode()


def test_wrong_passwords_for_a_message_count_as_logins_do(
    service: Service, admin: Visitor, api: Api, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("stormpath.server.console.sessions.PROVED_MS", 0)
    id = dead_message(service, api, api.account(api.directory("People")))
    admin.open(f"/outbox/{id}")

    answers = [
        admin.post(f"/outbox/{id}", {"csrf": admin.csrf, "password_again": f"guess {each}"}).status
        for each in range(service.guess_limits.account + 1)
        if admin.open(f"/outbox/{id}")
    ]

    assert answers[-1] == 429


def test_a_login_name_that_a_person_typed_is_on_no_page(admin: Visitor, api: Api):
    place, _ = api.application_with_directory("Shop")
    value = base64.b64encode(b"My-Passw0rd-in-the-wrong-field:x").decode()
    api.post(f"{place['href']}/loginAttempts", {"type": "basic", "value": value})

    for path in ("/", "/events", "/limits"):
        assert "My-Passw0rd" not in admin.open(path).raw.decode()
