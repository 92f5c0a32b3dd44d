"""Inviting administrators: sent, accepted in one step, withdrawn."""

import re

from console.console_emails import emails_to, link_in, text_in
from console.visitor import PASSWORD, Visitor, administrators_of
from service.calls import Api
from stormpath.server.app import Service
from stormpath.server.schema.ids import new_token

NAMES = {"givenName": "Eve", "surname": "Fox"}
PASSWORDS = {"password": PASSWORD, "confirmation": PASSWORD}


def unique_address() -> str:
    return f"eve-{new_token()[:12].lower()}@example.com"


def invite(admin: Visitor, *addresses: str, **fields: str):
    """Send invitations on the page, and return the page that follows."""
    admin.open("/")
    admin.follow("+ Add Admin")
    for _ in addresses[1:]:
        admin.submit("Invite another", {})
    return admin.submit("Send Invitations", {"email": list(addresses), **fields})


def test_the_invited_person_completes_the_account_and_is_logged_in(
    admin: Visitor, api: Api, service: Service
):
    address = unique_address()
    page = invite(admin, address, from_name="Olga", subject="Come in", message="Dear Eve,\nplease help.")
    assert "1 invitation is on its way." in page.text
    [email] = emails_to(service, address)
    assert (email.from_name, email.subject, email.reply_to) == ("Olga", "Come in", admin.login)
    assert text_in(email).startswith("Dear Eve,\nplease help.\n\nhttp://localhost:8080/invitations/")

    eve = Visitor(api.wsgi)
    page = eve.open(link_in(email))
    assert f"Olga Poe invites {address}" in page.text
    page = eve.submit("Create Account", NAMES | PASSWORDS)

    assert page.path == "/"
    assert "You are an administrator of" in page.text
    [made] = api.get(administrators_of(api)["accounts"]["href"], email=address).items
    assert (made["fullName"], made["status"], made["emailVerificationStatus"]) == (
        "Eve Fox",
        "ENABLED",
        "VERIFIED",
    )
    again = Visitor(api.wsgi, admin.tenant, address)
    assert again.log_in().path == "/"


def test_several_are_invited_at_once_and_listed_until_they_accept(admin: Visitor, service: Service):
    first, second = unique_address(), unique_address()
    page = invite(admin, first, second)
    assert "2 invitations are on their way." in page.text
    assert first in page.text
    assert second in page.text

    eve = admin.anew()
    eve.open(link_in(emails_to(service, first)[0]))
    eve.submit("Create Account", NAMES | PASSWORDS)

    page = admin.open("/invitations")
    assert first not in page.text
    assert second in page.text


def test_a_link_works_once(admin: Visitor, service: Service):
    address = unique_address()
    invite(admin, address)
    link = link_in(emails_to(service, address)[0])
    eve = admin.anew()
    eve.open(link)
    eve.submit("Create Account", NAMES | PASSWORDS)

    page = admin.anew().open(link)

    assert page.status == 404


def test_a_withdrawn_invitation_and_an_earlier_one_of_the_address_are_void(admin: Visitor, service: Service):
    address = unique_address()
    invite(admin, address)
    invite(admin, address)
    first, second = (link_in(each) for each in emails_to(service, address))
    assert admin.anew().open(first).status == 404
    assert admin.anew().open(second).status == 200

    admin.open("/invitations")
    page = admin.submit("Withdraw")

    assert "The invitation is withdrawn" in page.text
    assert "No invitation waits." in page.text
    assert admin.anew().open(second).status == 404


def test_an_invitation_ends_with_the_rights_of_its_inviter(
    admin: Visitor, colleague: Visitor, api: Api, service: Service
):
    address = unique_address()
    invite(colleague, address)
    link = link_in(emails_to(service, address)[0])
    assert admin.anew().open(link).status == 200

    account = api.get("/accounts", email=colleague.login).items[0]
    api.post(account["href"], {"status": "DISABLED"}).ok  # Fails unless granted.

    assert admin.anew().open(link).status == 404


def test_a_password_that_is_too_weak_or_differs_spends_nothing(admin: Visitor, service: Service):
    address = unique_address()
    invite(admin, address)
    eve = admin.anew()
    eve.open(link_in(emails_to(service, address)[0]))

    page = eve.submit("Create Account", NAMES | {"password": PASSWORD, "confirmation": "other"})
    assert "The two passwords differ." in page.text
    page = eve.submit("Create Account", NAMES | {"password": "short", "confirmation": "short"})
    assert page.status == 400
    assert page.html.form("Create Account").value("givenName") == "Eve"

    assert eve.submit("Create Account", NAMES | PASSWORDS).path == "/"


def test_what_is_no_address_or_that_of_an_administrator_sends_nothing(
    admin: Visitor, colleague: Visitor, service: Service
):
    address = unique_address()

    page = invite(admin, address, "no address")
    assert page.status == 400
    assert page.html.form("Send Invitations").fields.count(("email", address)) == 1
    page = invite(admin, address, colleague.login)

    assert page.status == 409
    assert f"{colleague.login}' is the email of an administrator already." in page.text
    assert emails_to(service, address) == []
    assert "No invitation waits." in admin.open("/invitations").text


def test_macros_and_html_in_a_message_are_plain_text(admin: Visitor, service: Service):
    address = unique_address()
    invite(admin, address, subject="${url}", message="${account.email} <script>alert(1)</script>")

    [email] = emails_to(service, address)

    assert email.subject == "${url}"
    assert "${account.email} <script>" in text_in(email)
    assert email.html is None or "<script>" not in email.html


def test_an_administrator_invites_no_more_than_allowed(admin: Visitor):
    addresses = [unique_address() for _ in range(20)]
    admin.open("/invitations")
    for _ in addresses[1:]:
        admin.submit("Invite another", {})
    assert not re.search("Invite another", admin.page.text)
    admin.submit("Send Invitations", {"email": addresses})

    # The limit of e-mails that one account causes in an hour is 20.
    page = invite(admin, unique_address())

    assert page.status == 429
