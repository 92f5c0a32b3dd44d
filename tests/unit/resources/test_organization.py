"""Organizations and the account stores mapped to them."""

import pytest

from stormpath.resources import (
    AccountStore,
    Organization,
    OrganizationAccountStoreMapping,
    OrganizationAccountStoreMappingList,
)
from unit.resources.exchange import BASE, Exchange, StubClient, link


@pytest.fixture
def organization(client: StubClient, exchange: Exchange) -> Organization:
    exchange.holds("/organizations/o1", name="Acme", nameKey="acme", defaultAccountStoreMapping=None)
    mapping = {
        **link("/organizationAccountStoreMappings/m1"),
        "listIndex": 0,
        "isDefaultAccountStore": True,
        "accountStore": link("/directories/d1"),
        "organization": link("/organizations/o1"),
    }
    exchange.lists("/organizations/o1/accountStoreMappings", [mapping])
    exchange.answers("POST", "/organizationAccountStoreMappings", mapping)
    return client.organizations.get("o1")


def test_an_organization_is_created_with_a_name_key(client: StubClient, exchange: Exchange) -> None:
    exchange.answers("POST", "/organizations", {**link("/organizations/o1"), "nameKey": "acme"})

    created = client.organizations.create({"name": "Acme", "name_key": "acme"}, create_directory=True)

    assert created.name_key == "acme"
    assert exchange.last[2:] == ({"createDirectory": True}, {"name": "Acme", "nameKey": "acme"})
    assert exchange.count == 1


@pytest.mark.parametrize("name", ["account_store_mappings", "organization_account_store_mappings"])
def test_the_mappings_of_an_organization_are_of_its_own_kind_and_can_be_listed(
    organization: Organization, exchange: Exchange, name: str
) -> None:
    (mapping,) = getattr(organization, name)

    assert type(mapping) is OrganizationAccountStoreMapping
    assert mapping.organization == organization
    assert mapping.account_store.href == f"{BASE}/directories/d1"
    assert mapping.is_default_account_store is True
    assert exchange.lines == ["GET /organizations/o1/accountStoreMappings"]


@pytest.mark.parametrize("name", ["account_store_mappings", "organization_account_store_mappings"])
def test_a_mapping_is_created_with_its_organization(
    organization: Organization, client: StubClient, exchange: Exchange, name: str
) -> None:
    directory = client.directories.get("d1")
    getattr(organization, name).create({"organization": organization, "account_store": directory})

    assert exchange.lines == ["POST /organizationAccountStoreMappings"]
    assert exchange.last[3] == {
        "organization": {"href": organization.href},
        "accountStore": {"href": directory.href},
    }


def test_default_mappings_are_organization_mappings_or_none(client: StubClient) -> None:
    default = link("/organizationAccountStoreMappings/m1")
    organization = Organization(
        client, properties={"defaultAccountStoreMapping": default, "defaultGroupStoreMapping": None}
    )

    assert type(organization.default_account_store_mapping) is OrganizationAccountStoreMapping
    assert organization.default_group_store_mapping is None


def test_the_mappings_of_all_organizations_cannot_be_listed(client: StubClient, exchange: Exchange) -> None:
    with pytest.raises(ValueError, match="account_store_mappings of an organization"):
        list(client.organization_account_store_mappings.query(limit=1))

    assert exchange.count == 0
    assert client.organization_account_store_mappings.get("m1").href.endswith("Mappings/m1")


def test_a_list_of_mappings_can_be_refreshed(organization: Organization) -> None:
    mappings = organization.account_store_mappings
    mappings.refresh()

    assert len(mappings.items) == 1
    assert type(mappings) is OrganizationAccountStoreMappingList


def test_an_organization_is_an_account_store(client: StubClient, exchange: Exchange) -> None:
    exchange.answers("POST", "/accountStoreMappings", link("/accountStoreMappings/m2"))
    organization = client.organizations.get("o1")
    client.account_store_mappings.create(
        {"application": client.applications.get("p1"), "account_store": organization}
    )

    assert exchange.last[3]["accountStore"] == {"href": organization.href}
    assert type(AccountStore(client, link("/organizations/o1"))) is Organization


def test_custom_data_is_saved_with_its_organization(organization: Organization, exchange: Exchange) -> None:
    exchange.answers("POST", "/organizations/o1", link("/organizations/o1"))
    organization.custom_data["plan"] = "free"
    organization.save()

    assert exchange.lines == ["POST /organizations/o1"]
    assert exchange.last[3] == {"customData": {"plan": "free"}}


def test_deleting_a_default_mapping_removes_its_organization_from_the_cache(
    client: StubClient, exchange: Exchange
) -> None:
    default = link("/organizationAccountStoreMappings/m1")
    exchange.holds("/organizations/o1", name="Acme", defaultAccountStoreMapping=default)
    exchange.answers("DELETE", "/organizationAccountStoreMappings/m1", {})
    assert client.organizations.get("o1").name
    client.organization_account_store_mappings.get("m1").delete()
    exchange.clear()

    assert client.organizations.get("o1").name

    assert exchange.lines == ["GET /organizations/o1"]
