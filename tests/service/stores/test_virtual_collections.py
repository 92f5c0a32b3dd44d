"""Virtual collections (rest-core 6.5): every member once, whatever its status."""

import pytest

from service.calls import Api, Json


def names(items: list[Json]) -> list[str]:
    return sorted(each.get("username") or each["name"] for each in items)


@pytest.fixture
def resources(api: Api) -> Json:
    """An application that reaches two directories in several ways, and a third one that it does not reach.

    ``ada`` comes through her directory, a mapped group and the organization; ``grace`` only through the
    organization's directory; ``member`` only through the organization's group.
    """
    application, organization = api.application(), api.organization()
    first, second, third = (api.directory(each) for each in ("First", "Second", "Third"))
    group, apart = api.group(first, "readers"), api.group(third, "writers")
    accounts = {
        "ada": api.account(first, "ada", customData={"floor": 3}),
        "grace": api.account(second, "grace", customData={"floor": 4}),
        "member": api.account(third, "member"),
        "outsider": api.account(third, "outsider"),
    }
    api.group(second, "editors")
    api.group(third, "nobody")
    api.membership(accounts["ada"], group)
    api.membership(accounts["member"], apart)
    for store in (first, group, organization):
        api.mapping(application, store)
    for store in (first, second, group, apart):
        api.organization_mapping(organization, store)
    return {
        "application": application,
        "organization": organization,
        "accounts": accounts,
        "group": group,
        "directories": [first, second, third],
    }


def test_an_application_has_the_accounts_of_all_its_stores_once(api: Api, resources: Json):
    page = api.get(resources["application"]["accounts"]["href"]).ok

    assert names(page["items"]) == ["ada", "grace", "member"]
    assert page["size"] == 3


def test_an_application_has_the_groups_of_all_its_stores_once(api: Api, resources: Json):
    assert names(api.get(resources["application"]["groups"]["href"]).items) == [
        "editors",
        "readers",
        "writers",
    ]


def test_an_organization_has_those_of_its_own_stores(api: Api, resources: Json):
    beta = api.organization("Beta")
    api.organization_mapping(beta, resources["group"])

    assert names(api.get(resources["organization"]["accounts"]["href"]).items) == ["ada", "grace", "member"]
    assert names(api.get(resources["organization"]["groups"]["href"]).items) == [
        "editors",
        "readers",
        "writers",
    ]
    assert names(api.get(beta["accounts"]["href"]).items) == ["ada"]
    assert names(api.get(beta["groups"]["href"]).items) == ["readers"]


def test_disabled_resources_are_listed_too(api: Api, resources: Json):
    for each in (
        resources["organization"],
        resources["group"],
        *resources["directories"],
        resources["accounts"]["grace"],
    ):
        api.post(each["href"], {"status": "DISABLED"})

    for owner in ("application", "organization"):
        assert names(api.get(resources[owner]["accounts"]["href"]).items) == ["ada", "grace", "member"]
        assert len(api.get(resources[owner]["groups"]["href"]).items) == 3


@pytest.mark.parametrize("owner", ["application", "organization"])
def test_virtual_collections_are_searched_ordered_and_paged(api: Api, resources: Json, owner: str):
    href = resources[owner]["accounts"]["href"]

    assert names(api.get(href, username="gr*").items) == ["grace"]
    assert names(api.get(href, q="member").items) == ["member"]
    assert names(api.get(href, {"customData.floor": "[4,]"}).items) == ["grace"]
    ordered = api.get(href, orderBy="username desc").items
    assert [each["username"] for each in ordered] == ["member", "grace", "ada"]
    pages = api.every(href, limit=1)
    assert len(pages) == 3
    assert names(pages) == ["ada", "grace", "member"]
    assert names(api.get(resources[owner]["groups"]["href"], name="*it*").items) == ["editors", "writers"]


def test_an_account_has_the_applications_that_reach_it_also_by_an_organization(api: Api, resources: Json):
    other = api.application("Other")
    api.mapping(other, resources["directories"][2])

    def applications(name: str) -> list[str]:
        return names(api.get(resources["accounts"][name]["applications"]["href"]).items)

    assert applications("ada") == applications("grace") == ["Atlas"]
    assert applications("member") == ["Atlas", "Other"]
    assert applications("outsider") == ["Other"]


def test_a_directory_and_a_group_have_only_the_applications_that_map_them(api: Api, resources: Json):
    first, second, _ = resources["directories"]

    assert names(api.get(first["applications"]["href"]).items) == ["Atlas"]
    assert api.get(second["applications"]["href"]).items == []
    (editors,) = api.get(second["groups"]["href"]).items
    assert api.get(editors["applications"]["href"]).items == []


def test_a_directory_has_the_organizations_that_map_it_and_their_mappings(api: Api, resources: Json):
    first, _, third = resources["directories"]
    (mapping,) = [
        each
        for each in api.get(resources["organization"]["accountStoreMappings"]["href"]).items
        if each["accountStore"]["href"] == first["href"]
    ]

    assert api.get(first["organizations"]["href"], name="Ac*").items == [resources["organization"]]
    assert api.get(first["organizationMappings"]["href"]).items == [mapping]
    # Only a group of it is mapped.
    assert api.get(third["organizations"]["href"]).items == []
    assert api.get(third["organizationMappings"]["href"]).items == []


def test_the_tenant_has_every_organization(api: Api, resources: Json):
    beta = api.organization("Beta")

    assert api.get(f"{api.tenant}/organizations").items == [resources["organization"], beta]
