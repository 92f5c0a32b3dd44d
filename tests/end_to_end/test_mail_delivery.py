"""The delivery of e-mails: an account registers, a message arrives at a real server, its link works once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from stormpath import Client
from stormpath.error import Error
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from support.accounts import PASSWORD
from support.served import Served
from support.smtp_server import Received, SmtpServer, mail_server

NEW_PASSWORD = "Otherwise2!"
BOTH_BODIES = "multipart/alternative"
PERSON = {"given_name": "Zoë", "surname": "<b>O'Neil", "email": "zoe@example.com", "password": PASSWORD}


@pytest.fixture
def inbox() -> Iterator[SmtpServer]:
    """A mail server, which keeps the messages that it accepts."""
    with mail_server() as server:
        yield server


@pytest.fixture(params=["embedded", "served"])
def client(
    request: pytest.FixtureRequest, initialized_database_url: str, inbox: SmtpServer
) -> Iterator[Client]:
    """A client whose service sends its e-mails to the inbox."""
    if request.param == "embedded":
        with Client(database=initialized_database_url, smtp_url=inbox.url) as embedded:
            yield embedded
        return
    with Client(database=initialized_database_url) as local:
        key: dict[str, Any] = {"id": local.auth.id, "secret": local.auth.secret}
    serve: Callable[..., Served] = request.getfixturevalue("serve")
    with Client(serve(initialized_database_url, "--smtp", inbox.url).base_url, **key) as remote:
        yield remote


@pytest.fixture
def everything_on(directory: Directory) -> Directory:
    """The directory, which sends all five e-mails, each with both bodies and a sender of its own."""
    creation, passwords = directory.account_creation_policy, directory.password_policy
    for policy, names in (
        (creation, ("verification", "verification_success", "welcome")),
        (passwords, ("reset", "reset_success")),
    ):
        for name in names:
            setattr(policy, f"{name}_email_status", "ENABLED")
            (template,) = getattr(policy, f"{name}_email_templates")
            template.mime_type = BOTH_BODIES
            template.from_name, template.from_email_address = "The Bridge", "bridge@example.com"
            template.reply_to = "crew@example.com"
            template.save()
        policy.save()
    return directory


def arrived(inbox: SmtpServer, *subjects: str) -> list[EmailMessage]:
    """Wait for messages with these subjects, in any order, take them out, and return them in this one."""
    received: list[Received] = inbox.wait_for(len(subjects))
    inbox.messages.clear()
    by_subject = {each.message["Subject"]: each.message for each in received}
    assert by_subject.keys() == set(subjects)
    return [by_subject[each] for each in subjects]


def bodies(message: EmailMessage) -> list[str]:
    """Return the plain and the HTML body; there must be both."""
    assert message.get_content_type() == BOTH_BODIES
    parts = list(message.iter_parts())
    assert [each.get_content_type() for each in parts] == ["text/plain", "text/html"]
    return [str(each.get_content()) for each in parts]  # type: ignore[attr-defined]  # typed as a Message


def link_in(message: EmailMessage) -> str:
    """Return the link of a message, which is the same in both bodies."""
    plain, html = bodies(message)
    links = {*re.findall(r"https?://\S+", plain), *map(unescape, re.findall(r'href="(.+?)"', html))}
    assert len(links) == 1, links
    return str(links.pop())


def token_in(link: str) -> str:
    """Return the token as the linked page receives it."""
    (token,) = parse_qs(urlsplit(link).query)["sptoken"]
    return token


def looked_at_by_a_scanner(client: Client, link: str) -> None:
    """Open the link as mail scanners do before a message is read."""
    if client.BASE_URL.startswith("http://127.0.0.1"):
        for look in (requests.get, requests.head):
            look(link, timeout=10)


def test_a_person_registers_gets_a_mail_clicks_and_is_verified(
    client: Client, app: Application, everything_on: Directory, inbox: SmtpServer
) -> None:
    account = app.accounts.create(PERSON)
    assert account.is_unverified()

    (asking,) = arrived(inbox, "Verify your account")
    assert (asking["From"], asking["Reply-To"]) == ("The Bridge <bridge@example.com>", "crew@example.com")
    assert asking["To"] == "zoe@example.com"
    assert asking["Date"]
    assert asking["Message-ID"]
    # The name is as unverified as the address: the e-mail does not repeat it.
    assert all("address is yours" in body and "Zoë" not in body for body in bodies(asking))
    link = link_in(asking)
    assert link.startswith(client.BASE_URL.removesuffix("/v1") + "/emailVerificationTokens?")
    looked_at_by_a_scanner(client, link)
    verified = client.accounts.verify_email_token(token_in(link))

    assert verified == account
    assert verified.is_enabled()
    confirming, welcoming = arrived(
        inbox, "Your account has been confirmed", "Your registration was successful"
    )
    for each in (confirming, welcoming):
        assert each["To"] == "zoe@example.com"
        assert all("Zoë" in body for body in bodies(each))
    with pytest.raises(Error) as caught:
        client.accounts.verify_email_token(token_in(link))
    assert caught.value.status == 404
    assert app.authenticate_account("zoe@example.com", PASSWORD).account == account


def test_a_person_forgets_a_password_gets_a_mail_and_sets_a_new_one(
    client: Client, app: Application, everything_on: Directory, inbox: SmtpServer
) -> None:
    (template,) = everything_on.password_policy.reset_email_templates
    template.set_link_base_url("https://bridge.example.com/forgotten?step=2")
    template.save()
    account = app.create_account(PERSON, False)

    assert app.send_password_reset_email("zoe@example.com") == account
    (asking,) = arrived(inbox, "Reset your Password")
    link = link_in(asking)
    assert link.startswith("https://bridge.example.com/forgotten?step=2&sptoken=")
    assert all("24" in body for body in bodies(asking))
    app.reset_account_password(token_in(link), NEW_PASSWORD)

    (telling,) = arrived(inbox, "Your password has been changed")
    assert NEW_PASSWORD not in str(telling)
    with pytest.raises(Error) as caught:
        app.reset_account_password(token_in(link), PASSWORD)
    assert caught.value.status == 404
    assert app.authenticate_account("zoe@example.com", NEW_PASSWORD).account == account


def test_a_verification_mail_is_sent_again_with_the_same_link(
    app: Application, everything_on: Directory, inbox: SmtpServer
) -> None:
    account = app.accounts.create(PERSON)
    (first,) = arrived(inbox, "Verify your account")

    app.verification_emails.resend(account, everything_on)

    (second,) = arrived(inbox, "Verify your account")
    assert link_in(second) == link_in(first)
    assert second["Message-ID"] != first["Message-ID"]


def test_a_changed_template_is_what_is_sent(
    app: Application, everything_on: Directory, inbox: SmtpServer
) -> None:
    (template,) = everything_on.account_creation_policy.verification_email_templates
    template.subject = "${account.givenName}, welcome to ${application.name}"
    template.text_body = "Dear ${account.fullName}: ${url}"
    template.html_body = '<p>Dear ${account.fullName}: <a href="${url}">here</a></p>'
    template.save()

    app.accounts.create(PERSON)

    (message,) = arrived(inbox, f"Zoë, welcome to {app.name}")
    plain, html = bodies(message)
    assert "Dear Zoë <b>O'Neil: http" in plain
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def test_nothing_is_sent_that_is_switched_off(
    app: Application, everything_on: Directory, inbox: SmtpServer
) -> None:
    creation, passwords = everything_on.account_creation_policy, everything_on.password_policy
    creation.verification_email_status = creation.welcome_email_status = "DISABLED"
    creation.save()
    passwords.reset_email_status = "DISABLED"
    passwords.save()
    app.accounts.create(PERSON)
    token = app.password_reset_tokens.create({"email": "zoe@example.com"})
    app.reset_account_password(token.token, NEW_PASSWORD)

    # E-mails are sent in order: one of the calls above would arrive first.
    creation.welcome_email_status = "ENABLED"
    creation.save()
    app.accounts.create({**PERSON, "email": "later@example.com"})

    (message,) = arrived(inbox, "Your registration was successful")
    assert message["To"] == "later@example.com"
