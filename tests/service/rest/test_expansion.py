"""Expansion of links (rest-core 2)."""

import pytest

from service.calls import Api, Json, link


@pytest.fixture
def resources(api: Api) -> Json:
    """One resource of each kind, linked to each other."""
    application, directory = api.application_with_directory()
    account, group = api.account(directory, customData={"a": 1}), api.group(directory)
    return {
        "application": application,
        "directory": directory,
        "account": account,
        "group": group,
        "groupMembership": api.membership(account, group),
        "accountStoreMapping": api.get(application["defaultAccountStoreMapping"]["href"]).ok,
        "tenant": api.get(api.tenant).ok,
    }


SINGLE = [
    ("application", "tenant", "tenant"),
    ("application", "defaultAccountStoreMapping", "accountStoreMapping"),
    ("application", "defaultGroupStoreMapping", "accountStoreMapping"),
    ("directory", "tenant", "tenant"),
    ("group", "tenant", "tenant"),
    ("group", "directory", "directory"),
    ("account", "tenant", "tenant"),
    ("account", "directory", "directory"),
    ("groupMembership", "account", "account"),
    ("groupMembership", "group", "group"),
    ("groupMembership", "tenant", "tenant"),
    ("accountStoreMapping", "application", "application"),
    ("accountStoreMapping", "accountStore", "directory"),
    ("accountStoreMapping", "tenant", "tenant"),
]
COLLECTIONS = [
    ("tenant", "applications"),
    ("tenant", "directories"),
    ("tenant", "groups"),
    ("tenant", "accounts"),
    ("application", "accounts"),
    ("application", "groups"),
    ("application", "accountStoreMappings"),
    ("directory", "accounts"),
    ("directory", "groups"),
    ("directory", "applications"),
    ("directory", "applicationMappings"),
    ("group", "accounts"),
    ("group", "accountMemberships"),
    ("group", "applications"),
    ("account", "groups"),
    ("account", "groupMemberships"),
    ("account", "applications"),
]


def test_an_expanded_link_is_the_resource(api: Api, resources: Json):
    for kind, attribute, target in SINGLE:
        found = api.get(resources[kind]["href"], expand=attribute).ok
        assert found == resources[kind] | {attribute: resources[target]}, (kind, attribute)


def test_an_expanded_collection_is_its_first_page(api: Api, resources: Json):
    for kind, attribute in COLLECTIONS:
        found = api.get(resources[kind]["href"], expand=attribute).ok
        assert found[attribute] == api.get(resources[kind][attribute]["href"]).ok, (kind, attribute)


@pytest.mark.parametrize("kind", ["application", "directory", "group", "account", "tenant"])
def test_expanded_custom_data_is_the_document(api: Api, resources: Json, kind: str):
    found = api.get(resources[kind]["href"], expand="customData").ok

    assert found["customData"] == api.get(resources[kind]["customData"]["href"]).ok


def test_several_links_can_be_expanded_at_once(api: Api, resources: Json):
    found = api.get(
        resources["account"]["href"], expand="customData,directory, groups(limit:1,offset:0) ,tenant"
    ).ok

    assert found["customData"]["a"] == 1
    assert found["directory"] == resources["directory"]
    assert found["tenant"] == resources["tenant"]
    assert found["groups"]["items"] == [resources["group"]]
    assert found["groupMemberships"] == {"href": f"{resources['account']['href']}/groupMemberships"}


def test_expanding_a_null_link_leaves_null(api: Api):
    application = api.application()

    assert api.get(application["href"], expand="defaultAccountStoreMapping").ok == application


def test_a_mapping_of_a_group_expands_to_the_group(api: Api, resources: Json):
    mapping = api.mapping(resources["application"], resources["group"])

    assert api.get(mapping["href"], expand="accountStore").ok["accountStore"] == resources["group"]


def test_every_item_of_a_collection_is_expanded(api: Api, resources: Json):
    other = api.account(resources["directory"], "grace")

    items = api.get(
        resources["directory"]["accounts"]["href"], expand="directory,customData,groups(limit:1)"
    ).items

    assert [each["directory"] for each in items] == [resources["directory"]] * 2
    assert [each["customData"].get("a") for each in items] == [1, None]
    assert [each["groups"]["size"] for each in items] == [1, 0]
    assert items[1]["href"] == other["href"]


@pytest.mark.parametrize(
    ("window", "offset", "limit", "count"),
    [
        ("", 0, 25, 5),
        ("(offset:2)", 2, 25, 3),
        ("(limit:2)", 0, 2, 2),
        ("(offset:3,limit:2)", 3, 2, 2),
        ("(limit:2,offset:3)", 3, 2, 2),
        ("(limit:1000)", 0, 100, 5),
        ("( offset : 9 )", 9, 25, 0),
    ],
)
def test_an_expanded_collection_takes_offset_and_limit(
    api: Api, window: str, offset: int, limit: int, count: int
):
    directory = api.directory()
    for name in "ABCDE":
        api.group(directory, name)

    groups = api.get(directory["href"], expand=f"groups{window}").ok["groups"]

    assert (groups["offset"], groups["limit"], groups["size"]) == (offset, limit, 5)
    assert [each["name"] for each in groups["items"]] == list("ABCDE"[offset : offset + count])
    if "next" in groups:
        following = api.get(groups["next"]["href"]).ok
        assert [each["name"] for each in following["items"]] == list(
            "ABCDE"[offset + limit : offset + 2 * limit]
        )


def test_creation_update_and_login_expand_their_answers(api: Api, resources: Json):
    application, directory = resources["application"], resources["directory"]
    body = {"email": "new@example.com", "password": "Changeme1!", "customData": {"b": 2}}

    made = api.post(application["accounts"]["href"], body, expand="directory,customData").made
    changed = api.post(made["href"], {"givenName": "New"}, expand="directory").ok
    logged_in = api.log_in(application, "new@example.com", expand="account").ok

    assert made["directory"] == changed["directory"] == directory
    assert made["customData"]["b"] == 2
    assert logged_in["account"] == api.get(made["href"]).ok
    mapping = api.post(
        "/accountStoreMappings",
        {"application": link(api.application("Two")), "accountStore": link(directory)},
        expand="accountStore",
    ).made
    assert mapping["accountStore"] == directory


@pytest.mark.parametrize(
    ("expand", "code"),
    [
        ("bogus", 2107),
        ("name", 2107),
        ("status", 2107),
        ("href", 2107),
        ("loginAttempts", 2107),
        ("protected", 2107),
        ("Tenant", 2107),
        ("accounts.directory", 2107),
        ("tenant,bogus", 2107),
        ("accounts(groups)", 2103),
        ("accounts()", 2103),
        ("accounts(offset:-1)", 2103),
        ("accounts(limit:0)", 2103),
        ("accounts(limit:x)", 2103),
        ("accounts(limit:1,limit:2)", 2103),
        ("accounts(limit:1,offset:2,limit:3)", 2103),
        ("accounts(limit=1)", 2103),
        ("accounts(limit:1", 2103),
        ("accounts limit:1)", 2103),
        ("accounts(limit:99999999999999)", 2103),
        ("tenant(limit:1)", 2103),
        ("customData(offset:0)", 2103),
        (",", 2103),
        ("tenant,", 2103),
        (",tenant", 2103),
        ("tenant,,accounts", 2103),
        ("(", 2103),
        (" ", 2103),
    ],
)
def test_an_invalid_expansion_is_refused(api: Api, expand: str, code: int):
    application = api.application()

    assert api.get(application["href"], expand=expand).error == (400, code)
    assert api.get("/applications", expand=expand).error == (400, code)
    assert api.post(application["href"], {"name": "Changed"}, expand=expand).error == (400, code)
    assert api.get(application["href"]).ok == application


def test_a_refused_expansion_creates_nothing(api: Api):
    assert api.post("/directories", {"name": "People"}, expand="bogus").error == (400, 2107)
    assert api.get("/directories", name="People").items == []
