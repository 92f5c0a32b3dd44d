"""The guide's section "Directories" in a browser: cloud, mirrored and social ones, and their parts."""

import pytest

from end_to_end.console.reader import Reader
from stormpath import Client
from stormpath.error import Error
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from support.accounts import PASSWORD

PERSON = {"given_name": "Joe", "surname": "Doe", "email": "joe@example.com"}


def named(client: Client, name: str) -> Directory:
    (found,) = client.directories.search({"name": name})
    return found


def test_a_cloud_directory_is_created_with_its_password_policy(reader: Reader, client: Client):
    reader.click("Directories", "Create Directory", "Cloud")
    reader.fill({"Name": "Crew", "Description": "All on board", "Status": "Enabled"})
    reader.fill({"Min characters": "10", "Max characters": "80"})
    reader.tick("Symbols", within=("fieldset", "Mandatory characters"))
    reader.click("Create")

    directory = client.directories.get(reader.value_of("REST URL"))
    assert (directory.name, directory.description, directory.status) == ("Crew", "All on board", "ENABLED")
    strength = directory.password_policy.strength
    assert (strength.min_length, strength.max_length, strength.min_symbol) == (10, 80, 1)
    assert (strength.min_lower_case, strength.min_upper_case, strength.min_numeric) == (1, 1, 1)
    with pytest.raises(Error, match="symbol"):
        directory.accounts.create({**PERSON, "password": "Changeme123456"})


def test_a_mirrored_directory_is_created_in_five_steps(reader: Reader, client: Client):
    reader.click("Directories", "Create Directory", "Mirror")
    reader.sees("1. Directory Basics", "5. Confirm")
    reader.fill(
        {"Directory Name": "Staff", "Directory Description": "From LDAP", "Directory Status": "Enabled"}
    )
    reader.click("Next")
    reader.sees("2. Agent Configuration")
    reader.fill(
        {"Directory Service": "LDAP", "Directory Host": "ldap.example.com", "Directory Port": "10389"}
    )
    reader.fill({"Agent User DN": "cn=admin,dc=example,dc=com", "Agent Password": "Changeme1!"})
    reader.fill({"Base DN": "dc=example,dc=com", "Directory Services Poll Interval": "30"})
    reader.click("Next")
    reader.fill({"Account DN Suffix": "ou=Users", "Account Object Class": "person"})
    reader.fill({"Account Email Attribute": "mail", "Account First Name Attribute": "givenName"})
    reader.fill({"Account Last Name Attribute": "sn", "Account Login Name Attribute": "uid"})
    reader.click("Next")
    reader.fill({"Group DN Suffix": "ou=Roles", "Group Object Class": "groupOfNames"})
    reader.fill({"Group Name Attribute": "cn", "Group Members Attribute": "member"})
    reader.click("Next")
    reader.sees("ldap.example.com", "ou=Roles")
    assert "Changeme1!" not in reader.page.text
    reader.click("Create Directory")

    reader.sees("Staff", "Download Agent", "agent.id")
    agent = named(client, "Staff").provider.agent
    config = agent.config
    assert (config.directory_host, config.directory_port, config.poll_interval) == (
        "ldap.example.com",
        10389,
        30,
    )
    assert (config.account_config.dn_suffix, config.account_config.username_rdn) == ("ou=Users", "uid")
    assert (config.group_config.object_class, config.group_config.members_rdn) == ("groupOfNames", "member")

    # "Update Agent Configuration", by both of its ways; the Workflows tab is there and cannot be used.
    reader.click("Directories", "Staff")
    reader.part("Agent Configuration")
    reader.fill({"Directory Host": "ldap2.example.com"})
    reader.click("Update")
    agent.refresh()
    assert agent.config.directory_host == "ldap2.example.com"

    reader.click("Agents", "Staff")
    reader.fill({"Directory Port": "10390"})
    reader.click("Update")
    agent.refresh()
    assert (agent.config.directory_host, agent.config.directory_port) == ("ldap2.example.com", 10390)

    reader.click("Directories", "Staff")
    reader.part("Workflows")
    assert reader.page.evaluate("document.querySelectorAll('fieldset:disabled').length") == 2


def test_the_applications_of_a_directory_are_listed_and_an_association_is_made(
    reader: Reader, client: Client, app: Application
):
    client.directories.create({"name": "Crew"})

    reader.click("Directories", "Crew")
    reader.part("Applications")
    reader.sees("Currently, there are no applications associated with this directory.")
    reader.click("select an application", app.name, "Login Sources", "Add Login Source")
    reader.tick_row("Crew")
    reader.click("Add Login Source")

    assert "Crew" in [each.account_store.name for each in app.account_store_mappings]
    reader.click("Directories", "Crew")
    reader.part("Applications")
    reader.sees(app.name)


def test_the_password_strength_policy_is_changed(reader: Reader, client: Client):
    directory = client.directories.create({"name": "Crew"})

    reader.click("Directories", "Crew")
    assert reader.value_of("REST URL") == directory.href
    part = ("section", "Password Strength Policy")
    reader.fill({"Min characters": "12"}, within=part)
    reader.click("Update", within=part)

    with pytest.raises(Error, match="12"):
        directory.accounts.create({**PERSON, "password": "Changeme1!"})
    directory.accounts.create({**PERSON, "password": "Changeme1234!"})


def test_a_group_has_its_rest_url_on_its_details(reader: Reader, client: Client):
    group = client.directories.create({"name": "Crew"}).groups.create({"name": "Pilots"})

    reader.click("Directories", "Crew")
    reader.part("Groups")
    reader.click("Pilots")

    assert reader.value_of("REST URL") == group.href
    assert client.groups.get(reader.value_of("REST URL")).name == "Pilots"


@pytest.mark.parametrize("provider", ["Facebook", "Google"])
def test_a_social_directory_is_created_and_mapped(
    reader: Reader, client: Client, app: Application, provider: str
):
    reader.click("Directories", "Create Directory", provider)
    reader.fill({"Name": f"By {provider}", "Client ID": "id-at-the-provider", "Client Secret": PASSWORD})
    if provider == "Google":
        reader.fill({"Authorized Redirect URI": "https://www.example.com/google"})
    reader.click("Create")
    reader.sees("is created")
    reader.click("Applications", app.name, "Login Sources", "Add Login Source")
    reader.tick_row(f"By {provider}")
    reader.click("Add Login Source")

    mapped = [each.account_store for each in app.account_store_mappings][-1]
    assert mapped.name == f"By {provider}"
    assert mapped.provider.provider_id == provider.lower()
    assert (mapped.provider.client_id, mapped.provider.client_secret) == ("id-at-the-provider", PASSWORD)
