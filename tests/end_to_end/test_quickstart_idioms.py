"""The code of the well-known quickstart, as it is written there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stormpath import Client
from stormpath.resources.account import Account
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from support.accounts import PASSWORD

Unique = Callable[[str], str]


def test_credentials_come_from_a_properties_file(client: Client, tmp_path: Path) -> None:
    key_file = tmp_path / "apiKey.properties"
    key_file.write_text(f"apiKey.id = {client.auth.id}\napiKey.secret = {client.auth.secret}\n")

    loaded = Client(client.BASE_URL, api_key_file_location=str(key_file))

    assert (loaded.auth.id, loaded.auth.secret) == (client.auth.id, client.auth.secret)


def test_the_tenant_has_an_absolute_href(client: Client) -> None:
    tenant_href = client.tenant.href

    assert tenant_href.startswith(f"{client.BASE_URL}/tenants/")
    assert tenant_href.rpartition("/")[2] != "current"


def test_applications_directories_and_accounts_are_iterated(
    client: Client, app: Application, directory: Directory, new_account: Callable[..., Account]
) -> None:
    new_account("leia")

    applications = [application.name for application in client.applications]
    directories = [each.name for each in client.directories]
    accounts = [account.given_name for account in directory.accounts]

    assert app.name in applications
    assert directory.name in directories
    assert accounts == ["Leia"]


def test_an_application_is_created_with_a_name_and_a_description(client: Client, unique: Unique) -> None:
    name = unique("This Is My Python App")

    application = client.applications.create(
        {"name": name, "description": "This is my python app description"}
    )

    assert (application.name, application.description) == (name, "This is my python app description")
    assert application.default_account_store_mapping is None


def test_create_directory_takes_a_name(client: Client, unique: Unique) -> None:
    name = unique("Directory")

    application = client.applications.create({"name": unique("App")}, create_directory=name)

    assert application.default_account_store_mapping.account_store.name == name


def test_create_directory_true_derives_a_name(client: Client, unique: Unique) -> None:
    name = unique("App")

    application = client.applications.create({"name": name}, create_directory=True)

    assert application.default_account_store_mapping.account_store.name == f"{name} Directory"


def test_an_account_is_created_with_camel_case_keys(client: Client, directory: Directory) -> None:
    again = client.directories.get(directory.href)

    account = again.accounts.create(
        {
            "givenName": "John",
            "surname": "Smith",
            "email": "john.smith@example.com",
            "username": "johnsmith",
            "password": "4P@$$w0rd!",
        }
    )

    assert (account.given_name, account.givenName, account.full_name) == ("John", "John", "John Smith")


def test_an_account_is_added_to_a_group(directory: Directory, new_account: Callable[..., Account]) -> None:
    group = directory.groups.create({"name": "Rebels"})
    account = new_account("luke")

    account.add_group(group)

    assert [each.name for each in account.groups] == ["Rebels"]
    assert [each.username for each in group.accounts] == ["luke"]


def test_the_result_of_a_login_can_be_used_as_the_account(
    client: Client, app: Application, new_account: Callable[..., Account]
) -> None:
    created = new_account("johnsmith")
    application = client.applications.get(app.href)

    account = application.authenticate_account("johnsmith", PASSWORD)

    assert account.href == created.href
    assert account.email == "johnsmith@example.com"
    assert account.account == created


def test_the_result_of_a_login_saves_its_account(
    app: Application, directory: Directory, new_account: Callable[..., Account]
) -> None:
    new_account("lando")
    group = directory.groups.create({"name": "Smugglers"})

    account = app.authenticate_account("lando@example.com", PASSWORD)
    account.surname = "Calrissian"
    account.save()
    account.add_group(group)

    assert [each.surname for each in group.accounts] == ["Calrissian"]
