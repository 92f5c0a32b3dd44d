"""Organizations through the SDK: their stores, their accounts, logins by name key, and caching."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from stormpath import Client
from stormpath.error import Error
from stormpath.resources.account import Account
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from stormpath.resources.organization import Organization
from stormpath.resources.organization_account_store_mapping import OrganizationAccountStoreMapping
from support.accounts import PASSWORD
from support.request_counts import count_requests

NewAccount = Callable[..., Account]
Unique = Callable[[str], str]


@pytest.fixture
def organization(client: Client, unique: Unique) -> Organization:
    return client.organizations.create({"name": unique("Guild"), "name_key": f"g{uuid4().hex[:9]}"})


@pytest.fixture
def mapping(organization: Organization, directory: Directory) -> OrganizationAccountStoreMapping:
    return organization.account_store_mappings.create(
        {
            "organization": organization,
            "account_store": directory,
            "is_default_account_store": True,
            "is_default_group_store": True,
        }
    )


@pytest.mark.usefixtures("mapping")
def test_accounts_and_groups_are_created_in_the_default_store(
    organization: Organization, directory: Directory
) -> None:
    account = organization.accounts.create({"email": "ann@example.com", "password": PASSWORD})
    group = organization.groups.create({"name": "Crew"})

    assert (account.directory, group.directory) == (directory, directory)
    assert account in organization.accounts
    assert group in organization.groups


def test_without_a_default_store_no_account_can_be_created(organization: Organization) -> None:
    with pytest.raises(Error) as caught:
        organization.accounts.create({"email": "ann@example.com", "password": PASSWORD})

    assert (caught.value.status, caught.value.code) == (409, 4600)


@pytest.mark.usefixtures("mapping")
def test_an_organization_is_named_in_a_login_in_every_documented_way(
    app: Application, organization: Organization, new_account: NewAccount
) -> None:
    account = new_account("guild")
    app.account_store_mappings.create({"application": app, "account_store": organization})
    key = organization.name_key

    assert app.authenticate_account("guild", PASSWORD, organization_name_key=key).account == account
    for store in (organization, organization.href, {"name_key": key}, {"href": organization.href}):
        assert app.authenticate_account("guild", PASSWORD, account_store=store).account == account
    with pytest.raises(Error) as caught:
        app.authenticate_account("guild", PASSWORD, organization_name_key="no-such-guild")
    assert caught.value.status == 400


def test_changes_and_custom_data_are_saved_in_one_request(client: Client, organization: Organization) -> None:
    sent = count_requests(client)
    organization.description = "Merchants"
    organization.status = "DISABLED"
    organization.custom_data["seat"] = "Mos Eisley"
    organization.save()

    assert sent == 1
    organization.refresh()
    assert (organization.description, organization.is_disabled()) == ("Merchants", True)
    assert organization.custom_data["seat"] == "Mos Eisley"


def test_an_organization_is_found_by_its_name_key(client: Client, organization: Organization) -> None:
    assert list(client.organizations.search({"name_key": organization.name_key})) == [organization]


def test_a_taken_name_key_is_refused(client: Client, organization: Organization, unique: Unique) -> None:
    with pytest.raises(Error) as caught:
        client.organizations.create({"name": unique("Guild"), "name_key": organization.name_key})

    assert caught.value.status == 409


class TestCaching:
    def test_a_new_default_mapping_is_visible_at_once(
        self, client: Client, organization: Organization, directory: Directory
    ) -> None:
        assert client.organizations.get(organization.href).default_account_store_mapping is None

        made = client.organization_account_store_mappings.create(
            {"organization": organization, "account_store": directory, "is_default_account_store": True}
        )

        assert client.organizations.get(organization.href).default_account_store_mapping == made
        assert list(organization.account_store_mappings) == [made]
        assert made.account_store == directory

    def test_a_changed_default_mapping_is_visible_at_once(
        self, client: Client, organization: Organization, mapping: OrganizationAccountStoreMapping
    ) -> None:
        assert client.organizations.get(organization.href).default_account_store_mapping == mapping

        mapping.is_default_account_store = False
        mapping.save()

        assert client.organizations.get(organization.href).default_account_store_mapping is None

    def test_a_deleted_default_mapping_is_visible_at_once(
        self, client: Client, organization: Organization, mapping: OrganizationAccountStoreMapping
    ) -> None:
        assert client.organizations.get(organization.href).default_account_store_mapping == mapping

        mapping.delete()

        assert client.organizations.get(organization.href).default_account_store_mapping is None
        assert list(organization.account_store_mappings) == []

    def test_an_application_loses_the_mapping_of_a_deleted_organization(
        self, client: Client, app: Application, organization: Organization
    ) -> None:
        made = app.account_store_mappings.create({"application": app, "account_store": organization})
        assert client.account_store_mappings.get(made.href).account_store == organization

        organization.delete()

        with pytest.raises(Error) as caught:
            _ = client.account_store_mappings.get(made.href).list_index
        assert caught.value.status == 404
        assert made not in app.account_store_mappings
