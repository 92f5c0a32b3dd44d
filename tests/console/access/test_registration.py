"""Registration of tenants, where a setting opens it."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
import sqlalchemy as sa

from console.console_emails import emails_to, link_in, text_in
from console.visitor import PASSWORD, Visitor
from service.calls import Api
from stormpath.server.app import Service
from stormpath.server.schema.ids import new_token

PERSON = {"givenName": "Rey", "surname": "Sky", "company": "Acme"}
PASSWORDS = {"password": PASSWORD, "confirmation": PASSWORD}


@pytest.fixture
def open_service(service: Service) -> Iterator[Service]:
    """The same database with a service that lets people register."""
    settings = replace(service.settings, console_registration=True)
    with closing(Service(settings, create=False)) as found:
        yield found


def address() -> str:
    return f"rey-{new_token()[:12].lower()}@example.com"


def tenants(service: Service) -> int:
    with service.database.connect() as connection:
        return int(
            connection.execute(
                sa.select(sa.func.count()).select_from(service.database.tables.of["tenant"])
            ).scalar_one()
        )


def register(visitor: Visitor, email: str):
    visitor.open("/login")
    visitor.follow("Register")
    return visitor.submit("Start", {**PERSON, **PASSWORDS, "email": email})


def test_a_person_registers_confirms_and_owns_a_tenant(open_service: Service):
    email, visitor = address(), Visitor(open_service)
    page = register(visitor, email)
    assert "An e-mail with a link is on its way." in page.text
    before = tenants(open_service)
    link = link_in(emails_to(open_service, email)[0])

    page = visitor.open(link)
    assert tenants(open_service) == before
    page = visitor.submit("Confirm", {"password": PASSWORD})

    assert tenants(open_service) == before + 1
    [welcome] = emails_to(open_service, email)[1:]
    [key] = re.findall(r"Your tenant is ([a-z]+-[a-z]+)\.", text_in(welcome))
    assert f"Your tenant is {key}." in page.text
    assert Visitor(open_service, key, email).log_in().path == "/"
    page = visitor.open("/tenant")
    assert '"company": "Acme"' in page.html.form("Save Custom Data").value("data")
    assert "Rey Sky" in visitor.open("/admins").text


def test_a_link_creates_one_tenant(open_service: Service):
    email, visitor = address(), Visitor(open_service)
    register(visitor, email)
    link = link_in(emails_to(open_service, email)[0])
    visitor.open(link)
    visitor.submit("Confirm", {"password": PASSWORD})

    assert Visitor(open_service).open(link).status == 404


def test_the_reader_of_the_mail_cannot_confirm_what_another_person_typed(open_service: Service):
    email, visitor = address(), Visitor(open_service)
    register(visitor, email)
    before = tenants(open_service)
    visitor.open(link_in(emails_to(open_service, email)[0]))

    page = visitor.submit("Confirm", {"password": "An0ther-Password!"})

    assert page.status == 400
    assert "The password is wrong." in page.text
    assert tenants(open_service) == before


def test_wrong_input_is_told_and_sends_nothing(open_service: Service):
    email, visitor = address(), Visitor(open_service)
    for wrong in (
        {"confirmation": "other"},
        {"password": "short", "confirmation": "short"},
        {"company": " "},
        {"givenName": "x" * 81},
        {"email": "no address"},
    ):
        visitor.open("/register")
        page = visitor.submit("Start", {**PERSON, **PASSWORDS, "email": email} | wrong)
        assert page.status == 400, wrong
        assert page.html.form("Start").value("surname") == "Sky"
    assert emails_to(open_service, email) == []


def test_strangers_grow_nothing_but_the_outbox_within_its_limits(service: Service):
    settings = replace(service.settings, console_registration=True, mails_per_address=2)
    with closing(Service(settings, create=False)) as strict:
        email, visitor = address(), Visitor(strict)
        before = tenants(strict)

        for _ in range(4):
            page = register(visitor, email)
            assert "An e-mail with a link is on its way." in page.text

        assert len(emails_to(strict, email)) == 2
        assert tenants(strict) == before


def test_a_link_that_was_changed_or_is_none_leads_nowhere(open_service: Service):
    email, visitor = address(), Visitor(open_service)
    register(visitor, email)
    link = link_in(emails_to(open_service, email)[0])

    for wrong in (link[:-3] + "AAA", link.partition("=")[0] + "=x", "/register/confirm", link + "é"):
        assert visitor.open(wrong).status == 404


def test_without_the_setting_there_is_no_registration(admin: Visitor, api: Api):
    visitor = admin.anew()

    assert "Register" not in visitor.open("/login").text
    assert visitor.open("/register").status == 404
    assert visitor.open("/register/confirm?sptoken=x").status == 404
