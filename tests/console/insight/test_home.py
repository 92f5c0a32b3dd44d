"""Home: numbers, charts, and what needs attention."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from console.visitor import Visitor
from service.calls import Api, Json, id_of, path_of
from service.provider_bodies import of_kind
from stormpath.server.app import Service
from stormpath.server.console import charts
from stormpath.server.domain.outbox import DEAD, NewEntry
from stormpath.server.domain.security_events import CountKey, DailyCount, day_of
from stormpath.server.schema import ids
from stormpath.server.storage.event_storage import EventStorage

NOTHING = "Nothing needs attention."


def dead_message(service: Service, api: Api, account: Json, error: str = "550 no such mailbox") -> str:
    """Add a message that was given up; return its id."""
    now = service._clock()
    entry = NewEntry(
        id=ids.new_id(now),
        kind="reset",
        directory_id=account["directory"]["href"].rpartition("/")[2],
        account_id=id_of(account),
        address=account["email"],
        content=b"",
        created_at=now,
        expires_at=None,
    )
    with service.database.write(api.tenant_id) as unit:
        unit.outbox.add(entry)
    table = service.database.tables.outbox
    with service.database.transaction() as connection:
        connection.execute(
            table.update()
            .where(table.c.id == entry.id)
            .values(state=DEAD, last_error=error, attempts=3, finished_at=now)
        )
    return entry.id


def certificate(days: float) -> str:
    """Return a certificate in PEM that expires in so many days."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


def test_the_overview_counts_what_there_is_and_leads_there(admin: Visitor, api: Api):
    directory = api.directory("People")
    api.group(directory, "Staff")
    api.account(directory)

    page = admin.open("/")

    names = ("Applications", "Directories", "Organizations", "Groups", "Accounts")
    sizes = {each: api.get(f"{api.tenant}/{each.lower()}").ok["size"] for each in names}
    assert {f"{size} {name}" for name, size in sizes.items()} <= {text for text, _ in page.html.links}
    assert sizes["Accounts"] == 2
    assert NOTHING in page.text
    assert admin.follow("2 Accounts").path == "/accounts"


def test_the_numbers_of_each_day_are_drawn_and_stand_in_a_table(service: Service, admin: Visitor, api: Api):
    today = day_of(service._clock())
    store = EventStorage(service.database, service._clock, days=30, most=1000).write
    store(
        [],
        {
            CountKey(api.tenant_id, today - 3, "logins_succeeded"): 1234,
            CountKey(api.tenant_id, today - 40, "logins_failed"): 17,
        },
    )

    month, quarter = admin.open("/"), admin.open("/", days="90")

    assert charts.date_of(today - 3) in month.text
    assert "Logins 1,23" in month.text
    assert charts.date_of(today - 40) not in month.text
    assert "Failed logins 17" in quarter.text
    assert len([tag for tag, _ in quarter.html.elements if tag == "rect"]) >= 2
    assert admin.open("/", days="1000000").status == 200


def test_a_bar_is_as_high_as_its_number_says():
    made = charts.charts(
        {"a": "A", "b": "B"}, [DailyCount(5, "a", 1), DailyCount(6, "a", 1000), DailyCount(6, "c", 1)], 5, 7
    )

    assert [(each.number, each.height, each.y) for each in made[0].bars] == [
        (1, 1, 59),
        (1000, 60, 0),
        (0, 0, 60),
    ]
    assert (made[0].total, made[0].highest) == (1001, 1000)
    assert (made[1].total, made[1].highest) == (0, 0)


def test_messages_that_were_given_up_are_told_with_the_last_answer(
    service: Service, admin: Visitor, api: Api
):
    account = api.account(api.directory("People"))
    dead_message(service, api, account, "550 first")
    dead_message(service, api, account, "554 <b>spam</b>")

    page = admin.open("/")

    assert "2 messages could not be sent and were given up." in page.text
    assert "554 <b>spam</b>" in page.text
    assert ("Outbox", "/outbox?state=DEAD") in page.html.links
    assert "550 first" in admin.open("/outbox", state="DEAD").text


def test_messages_that_wait_for_long_are_told(service: Service, admin: Visitor, api: Api):
    account = api.account(api.directory("People"))
    id = dead_message(service, api, account, "421 try later")
    table = service.database.tables.outbox
    with service.database.transaction() as connection:
        late = {"state": "PENDING", "due_at": service._clock() - 3_600_000, "finished_at": None}
        connection.execute(table.update().where(table.c.id == id).values(late))

    page = admin.open("/")

    assert "Messages wait to be sent since" in page.text
    assert "421 try later" in page.text


def test_agents_that_are_not_online_are_told(service: Service, admin: Visitor, api: Api):
    directory = api.post("/directories", {"name": "Staff", "provider": of_kind("ad")}).made
    agent = api.get(api.get(directory["provider"]["href"]).ok["agent"]["href"]).ok

    assert "The agent of Staff is offline" in admin.open("/").text
    table = service.database.tables.of["agent"]
    for status, told in (("ERROR", "The agent of Staff has trouble"), ("ONLINE", NOTHING)):
        with service.database.transaction() as connection:
            connection.execute(table.update().where(table.c.id == id_of(agent)).values(status=status))
        assert told in admin.open("/").text
    assert admin.open(path_of(agent)).status == 200


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (5, "The certificate of Partner expires soon."),
        (-5, "The certificate of Partner has expired."),
        (300, ""),
    ],
)
def test_certificates_that_expire_are_told(admin: Visitor, api: Api, days: int, told: str):
    provider = {**of_kind("saml"), "encodedX509SigningCert": certificate(days)}
    directory = api.post("/directories", {"name": "Partner", "provider": provider}).made

    page = admin.open("/")

    assert (told or NOTHING) in page.text
    if told:
        assert admin.follow("Certificate").path == f"{path_of(directory)}/provider"
        assert admin.page.status == 200


def test_a_login_of_administrators_elsewhere_is_told(admin: Visitor, api: Api):
    api.post(api.tenant, {"administrators": "shared"}).ok  # Fails unless granted.
    place = api.application("Shop")
    own = api.get("/directories", name="Stormpath Administrators").items[0]
    api.mapping(place, own)

    page = admin.open("/")

    assert "Administrators can log in to Shop" in page.text
    assert admin.follow("Account Stores").path.startswith(path_of(place))


def test_a_limit_that_is_nearly_reached_is_told_and_stands_on_the_page_of_limits(
    service: Service, admin: Visitor, api: Api
):
    account = api.account(api.directory("People"))
    limit = service.settings.mails_per_account
    now, table = service._clock(), service.database.tables.mailings
    rows = [
        {
            "id": ids.new_id(now),
            "tenant_id": api.tenant_id,
            "address_key": f"address {number}",
            "account_key": "account",
            "directory_key": "directory",
            "created_at": now,
            "channel": "email",
        }
        for number in range(limit - 1)
    ]
    # The account is named by one of its messages.
    rows[0]["id"] = dead_message(service, api, account)
    with service.database.transaction() as connection:
        connection.execute(sa.insert(table), rows)

    assert "A limit is nearly reached: E-mails of one kind to one account." in admin.open("/").text
    page = admin.open("/limits")
    assert f"E-mails of one kind to one account: {limit - 1} of {limit}" in page.text
    assert "STORMPATH_MAILS_PER_ACCOUNT" in page.text
    assert admin.follow("Account").path == path_of(account)


def test_create_api_key_leads_to_the_own_keys(admin: Visitor):
    admin.open("/")

    page = admin.follow("Create API Key")

    assert page.status == 200
    assert page.path.endswith("/apiKeys")
