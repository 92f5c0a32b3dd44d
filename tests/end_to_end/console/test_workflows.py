"""The guide's "Workflow Automations" in a browser; then people register and forget their passwords."""

from collections.abc import Callable

from end_to_end.console.conftest import Running
from end_to_end.console.reader import Reader
from stormpath import Client
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from support.accounts import PASSWORD
from support.registering import token_in

Unique = Callable[[str], str]


def address(unique: Unique) -> str:
    return f"{unique('joe').replace(' ', '')}@guide.example.com"


def complete(reader: Reader, name: str, subject: str, body: str) -> None:
    """Complete the values of one of the messages, and come back to the workflows."""
    reader.click(name)
    reader.fill({"Message Format": "Plain Text", "“From” Name": "The Crew"})
    reader.fill({"“From” Email Address": "crew@guide.example.com"})
    reader.fill({"Subject": subject, "Body (Plain Text)": body})
    reader.click("Save Changes")
    reader.part("Workflows")


def test_registration_and_verification_are_configured(
    reader: Reader, running: Running, client: Client, app: Application, directory: Directory, unique: Unique
):
    reader.click("Directories", directory.name)
    reader.part("Workflows")
    part = ("section", "Account Registration And Verification")
    reader.press("show", within=part)
    reader.tick("Enable Registration and Verification Workflow")
    reader.tick("Require newly registered accounts to verify their email address")
    reader.fill({"Account Verification Base URL": "https://www.example.com/verify"})
    reader.click("Update", within=part)
    complete(reader, "Verification Email", "Please verify, ${account.givenName}", "Open ${url}")

    email = address(unique)
    person = {"given_name": "Joe", "surname": "Doe", "email": email, "password": PASSWORD}
    account = app.accounts.create(person)
    assert account.status == "UNVERIFIED"
    received = running.mail_to(email).message
    assert received["Subject"] == "Please verify, Joe"
    assert received["From"] == "The Crew <crew@guide.example.com>"
    text = received.get_content()
    assert text.startswith("Open https://www.example.com/verify?sptoken=")
    client.accounts.verify_email_token(token_in(text))
    account.refresh()
    assert account.status == "ENABLED"
    assert running.mail_to(email, "Your account has been confirmed")


def test_password_reset_is_configured(
    reader: Reader, running: Running, client: Client, app: Application, directory: Directory, unique: Unique
):
    email = address(unique)
    person = {"given_name": "Joe", "surname": "Doe", "email": email, "password": PASSWORD}
    app.accounts.create(person)

    reader.click("Directories", directory.name)
    reader.part("Workflows")
    part = ("section", "Password Reset")
    reader.press("show", within=part)
    reader.fill({"Base URL": "https://www.example.com/forgot/change", "Expiration Window": "3"}, within=part)
    reader.click("Update", within=part)
    complete(reader, "Password Reset Email", "A new password", "Within ${expirationWindow} hours: ${url}")
    reader.press("show", within=part)
    complete(reader, "Password Reset Success Email", "It is changed", "Hello ${account.givenName}")

    app.send_password_reset_email(email)
    text = running.mail_to(email, "A new password").message.get_content()
    assert text.startswith("Within 3 hours: https://www.example.com/forgot/change?sptoken=")
    account = app.verify_password_reset_token(token_in(text))
    account.password = "AnotherOne1!"
    account.save()
    assert app.authenticate_account(email, "AnotherOne1!").account.email == email
    assert directory.password_policy.reset_token_ttl == 3
