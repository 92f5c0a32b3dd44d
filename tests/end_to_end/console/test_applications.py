"""The guide's section "Applications" in a browser: registered, found, with login sources in an order."""

import pytest

from end_to_end.console.reader import Reader
from stormpath import Client
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from support.accounts import PASSWORD


@pytest.fixture
def sources(client: Client, app: Application) -> list[Directory]:
    """Three more login sources of the application, in their order."""
    made = [client.directories.create({"name": name}) for name in ("North", "South", "West")]
    for each in made:
        client.account_store_mappings.create({"application": app, "account_store": each})
    return made


def order_of(app: Application) -> list[str]:
    app.refresh()
    return [each.account_store.name for each in app.account_store_mappings]


def open_login_sources(reader: Reader, app: Application) -> None:
    reader.click("Applications", app.name)
    reader.part("Login Sources")


def test_an_application_is_registered_with_the_default_options(reader: Reader, client: Client):
    reader.click("Applications", "Create Application")
    reader.sees("This registers an application.")
    reader.fill({"Name": "Lounge", "Description": "https://lounge.example.com/"})
    reader.click("Create")

    reader.sees("Lounge is created")
    application = client.applications.get(reader.value_of("REST URL"))
    assert (application.name, application.description) == ("Lounge", "https://lounge.example.com/")
    store = application.default_account_store_mapping.account_store
    assert store.name == "Lounge Directory"
    assert application.default_group_store_mapping.account_store.href == store.href
    person = {"given_name": "Joe", "surname": "Doe", "email": "joe@example.com", "password": PASSWORD}
    account = application.accounts.create(person)
    assert application.authenticate_account("joe@example.com", PASSWORD).account.href == account.href


def test_the_rest_url_of_an_application_is_on_its_details(reader: Reader, client: Client, app: Application):
    reader.click("Applications", app.name)

    assert client.applications.get(reader.value_of("REST URL")).name == app.name
    reader.click(app.href)
    reader.sees('"accountStoreMappings"')


def test_a_login_source_is_added_for_all_users_and_for_specific_groups(
    reader: Reader, client: Client, app: Application
):
    whole, part = (client.directories.create({"name": name}) for name in ("Everyone", "Company"))
    for name in ("Pilots", "Guests"):
        part.groups.create({"name": name})
    before = order_of(app)

    open_login_sources(reader, app)
    reader.click("Add Login Source")
    reader.tick_row(whole.name)
    reader.click("Specific groups can login", within=("tr", part.name))
    reader.tick_row("Pilots")
    reader.click("Add Login Source")

    assert reader.rows == [*before, "Everyone", "Pilots"]
    assert order_of(app) == [*before, "Everyone", "Pilots"]


def test_the_locations_of_new_accounts_and_groups_are_chosen(
    reader: Reader, app: Application, sources: list[Directory]
):
    open_login_sources(reader, app)
    reader.choose("New Account Location", "North")
    reader.choose("New Group Location", "South")
    reader.click("Save")

    app.refresh()
    assert app.default_account_store_mapping.account_store.name == "North"
    assert app.default_group_store_mapping.account_store.name == "South"
    account = {"given_name": "Joe", "surname": "Doe", "email": "joe@example.com", "password": PASSWORD}
    assert app.accounts.create(account).directory.href == sources[0].href


def test_rows_are_dragged_and_their_priorities_saved(
    reader: Reader, app: Application, sources: list[Directory]
):
    first, *others = order_of(app)

    open_login_sources(reader, app)
    reader.drag(first, onto="North")
    reader.drag("West", onto="North")
    reader.click("Save Priorities")

    assert others == ["North", "South", "West"]
    assert order_of(app) == reader.rows == ["West", "North", first, "South"]


def test_a_login_source_is_removed(
    reader: Reader, client: Client, app: Application, sources: list[Directory]
):
    open_login_sources(reader, app)
    reader.click("Remove", within=("tr", "South"))
    reader.sees("Remove South?")
    reader.tick("I Understand")
    reader.click("Remove")

    assert "South" not in order_of(app)
    assert client.directories.get(sources[1].href).name == "South"
