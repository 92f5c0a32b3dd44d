"""The guide's way in: register, log in, a forgotten tenant, an API key, further administrators."""

from collections.abc import Callable
from pathlib import Path

from console.visitor import Visitor
from end_to_end.console.conftest import Running, link_in, log_in
from end_to_end.console.reader import Reader
from stormpath import Client
from stormpath.resources.directory import Directory
from support.accounts import PASSWORD

Unique = Callable[[str], str]


def new_address(unique: Unique) -> str:
    return f"{unique('ann').replace(' ', '')}@guide.example.com"


def administrators(client: Client) -> Directory:
    (found,) = client.directories.search({"name": "Stormpath Administrators"})
    return found


def client_of(running: Running, key_file: Path) -> Client:
    assert key_file.read_text().startswith("apiKey.id = ")
    return Client(running.base_url, api_key_file_location=str(key_file))


def test_a_person_registers_and_gets_an_api_key_as_the_quickstart_says(
    visitor: Reader, running: Running, unique: Unique
):
    email = new_address(unique)
    visitor.open("/")
    visitor.click("Register")
    visitor.fill({"First Name": "Ann", "Last Name": "Doe", "Email": email, "Company": "Acme"})
    visitor.fill({"Password": PASSWORD, "Confirm Password": PASSWORD})
    visitor.click("Start")
    visitor.open(link_in(running.mail_to(email), running.origin))
    visitor.fill({"The password that you have chosen": PASSWORD})
    visitor.click("Confirm")
    visitor.sees("Welcome! Your tenant is")
    welcome = running.mails_to(email, 2)[-1].message.get_content()

    visitor.press("Settings")
    visitor.click("My Account", "Security Credentials", "Create API Key")
    visitor.press("Create API Key", within=("form", "Name"))

    with client_of(running, visitor.downloaded("apiKey.properties")) as client:
        assert client.tenant.key in welcome
        assert [each.email for each in administrators(client).accounts] == [email]
        assert {each.name for each in client.applications} == {"Stormpath", "My Application"}


def test_the_dashboard_has_a_button_for_an_api_key(reader: Reader, running: Running, client: Client):
    reader.click("Home", "Create API Key", "Create API Key")
    reader.press("Create API Key", within=("form", "Name"))

    with client_of(running, reader.downloaded("apiKey.properties")) as other:
        assert other.tenant.href == client.tenant.href
        assert other.auth.id != client.auth.id


def test_a_forgotten_tenant_is_told_by_e_mail(
    visitor: Reader, running: Running, person: Visitor, client: Client
):
    visitor.open("/login")
    visitor.click("Forgot Tenant")
    visitor.fill({"Email": person.login})
    visitor.click("Send the e-mail")
    visitor.sees("Look into your mailbox")
    received = running.mail_to(person.login)

    assert client.tenant.key in received.message.get_content()
    visitor.open(link_in(received, running.origin))
    visitor.fill({"Email": person.login, "Password": person.password})
    visitor.click("Log in")
    visitor.sees("Overview", client.tenant.key)


def test_a_forgotten_password_is_replaced(visitor: Reader, running: Running, person: Visitor, client: Client):
    visitor.open("/login")
    visitor.click("Forgot Password")
    visitor.fill({"Tenant": person.tenant, "Email": person.login})
    visitor.click("Send the e-mail")
    visitor.open(link_in(running.mail_to(person.login), running.origin))
    visitor.fill({"New password": "AnotherOne1!", "New password, once more": "AnotherOne1!"})
    visitor.page.press("Enter", 13)
    visitor.sees("changed")

    log_in(visitor, person.tenant, person.login, "AnotherOne1!")
    (own,) = client.applications.search({"name": "Stormpath"})
    assert own.authenticate_account(person.login, "AnotherOne1!").account.email == person.login


def test_administrators_add_other_accounts_to_the_tenant(
    reader: Reader, running: Running, client: Client, unique: Unique
):
    emails = [new_address(unique), new_address(unique)]
    reader.click("+ Add Admin")
    reader.fill({"E-mail": emails[0]})
    reader.click("Invite another")
    reader.fill({"E-mail 2": emails[1]})
    reader.click("Send Invitations")
    reader.sees("2 invitations are on their way.")
    reader.press("Settings")
    reader.click("Logout")
    reader.open(link_in(running.mail_to(emails[1]), running.origin))
    reader.fill({"First Name": "Ben", "Last Name": "Poe"})
    reader.fill({"Password": PASSWORD, "Confirm Password": PASSWORD})
    reader.click("Create Account")
    reader.sees("You are an administrator of")

    found = administrators(client).accounts.search({"email": emails[1]})
    assert [each.full_name for each in found] == ["Ben Poe"]
    assert len(administrators(client).accounts) == 2
    reader.press("Settings")
    reader.click("Manage Tenant Admins")
    reader.sees("Ben Poe", emails[1])
