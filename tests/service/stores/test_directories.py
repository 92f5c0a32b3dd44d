"""Directories (rest-core 5.6) and the resources deleted with them (6.19)."""

import pytest

from service.calls import Api, id_of


def test_a_directory_starts_enabled_and_empty(api: Api):
    directory = api.post("/directories", {"name": "People"}).made

    below = (
        *("accounts", "groups", "applications", "applicationMappings", "provider"),
        *("organizations", "organizationMappings", "customData"),
    )
    assert directory == {
        "href": directory["href"],
        "createdAt": directory["createdAt"],
        "modifiedAt": directory["createdAt"],
        "name": "People",
        "description": None,
        "status": "ENABLED",
        "tenant": {"href": api.tenant},
        "passwordPolicy": {"href": f"{api.base_url}/passwordPolicies/{id_of(directory)}"},
        "accountCreationPolicy": {"href": f"{api.base_url}/accountCreationPolicies/{id_of(directory)}"},
        "accountSchema": {"href": f"{api.base_url}/schemas/{id_of(directory)}"},
    } | {each: {"href": f"{directory['href']}/{each}"} for each in below}


@pytest.mark.parametrize("name", ["People", "PEOPLE"])
def test_names_are_unique_in_any_letter_case(api: Api, name: str):
    api.directory("People")
    other = api.directory("Others")

    assert api.post("/directories", {"name": name}).error == (409, 2001)
    assert api.post(other["href"], {"name": name}).error == (409, 2001)


def test_an_application_and_a_directory_may_share_a_name(api: Api):
    assert api.application("Atlas")["name"] == api.directory("Atlas")["name"]


def test_names_and_descriptions_have_a_maximum_length(api: Api):
    assert api.post("/directories", {"name": "x" * 256}).error == (400, 2008)
    assert api.post("/directories", {"name": "A", "description": "x" * 1001}).error == (400, 2008)
    assert api.post("/directories", {"name": "x" * 255, "description": "x" * 1000}).status == 201


def test_deleting_a_directory_deletes_all_that_is_in_it(api: Api):
    application, directory = api.application_with_directory()
    account, group = api.account(directory, customData={"a": 1}), api.group(directory)
    membership = api.membership(account, group)
    mapping = api.mapping(application, group)

    assert api.delete(directory["href"]).status == 204

    for gone in (directory, account, group, membership, mapping, account["customData"]):
        assert api.get(gone["href"]).status == 404
    application = api.get(application["href"]).ok
    assert application["defaultAccountStoreMapping"] is None
    assert application["defaultGroupStoreMapping"] is None
    assert api.get(application["accountStoreMappings"]["href"]).items == []


def test_deleting_a_directory_closes_the_gaps_in_the_order_of_stores(api: Api):
    application = api.application()
    first, middle, last = (api.directory(each) for each in ("First", "Middle", "Last"))
    for each in (first, middle, api.group(middle), last):
        api.mapping(application, each)

    api.delete(middle["href"])

    mappings = api.get(application["accountStoreMappings"]["href"], expand="accountStore").items
    assert [(each["listIndex"], each["accountStore"]["name"]) for each in mappings] == [
        (0, "First"),
        (1, "Last"),
    ]


def test_a_directory_lists_its_applications_and_mappings(api: Api):
    application, directory = api.application_with_directory()
    api.application("Other")

    assert [each["href"] for each in api.get(directory["applications"]["href"]).items] == [
        application["href"]
    ]
    (mapping,) = api.get(directory["applicationMappings"]["href"], expand="application").items
    assert mapping["application"]["name"] == "Atlas"


def test_accounts_can_be_made_in_a_disabled_directory(api: Api):
    directory = api.directory(status="disabled")

    assert directory["status"] == "DISABLED"
    assert api.account(directory)["status"] == "ENABLED"
    assert api.group(directory)["status"] == "ENABLED"
