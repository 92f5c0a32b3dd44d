"""Applications (rest-core 5.2) and the directories that createDirectory creates with them (6.2)."""

import pytest

from service.calls import Api, id_of, link


def names(api: Api, path: str) -> set[str]:
    return {each["name"] for each in api.get(path).items}


def test_an_application_starts_enabled_and_without_stores(api: Api):
    application = api.post("/applications", {"name": "Atlas"}).made

    below = (
        *("accounts", "groups", "accountStoreMappings", "customData", "apiKeys"),
        *("authTokens", "loginAttempts", "passwordResetTokens", "verificationEmails"),
    )
    assert application == {
        "href": application["href"],
        "createdAt": application["createdAt"],
        "modifiedAt": application["createdAt"],
        "name": "Atlas",
        "description": None,
        "status": "ENABLED",
        "authorizedCallbackUris": [],
        "authorizedOriginUris": [],
        "defaultAccountStoreMapping": None,
        "defaultGroupStoreMapping": None,
        "samlPolicy": {"href": f"{api.base_url}/samlPolicies/{id_of(application)}"},
        "tenant": {"href": api.tenant},
        "oAuthPolicy": {"href": f"{api.base_url}/oAuthPolicies/{id_of(application)}"},
        "webConfig": {"href": f"{api.base_url}/applicationWebConfigs/{id_of(application)}"},
        "accountLinkingPolicy": {"href": f"{api.base_url}/accountLinkingPolicies/{id_of(application)}"},
    } | {each: {"href": f"{application['href']}/{each}"} for each in below}


def test_everything_writable_can_be_given_at_creation(api: Api):
    given = {
        "name": "Atlas",
        "description": "Maps",
        "status": "DISABLED",
        "authorizedCallbackUris": ["https://a.example/back", "https://b.example/back"],
        "authorizedOriginUris": ["https://a.example"],
    }

    made = api.post("/applications", given | {"customData": {"scale": 3}}).made

    assert {name: made[name] for name in given} == given
    assert api.get(made["customData"]["href"])["scale"] == 3


def test_an_update_changes_what_was_submitted_and_nothing_else(api: Api):
    application = api.application(description="Maps")

    changed = api.post(application["href"], {"name": "Globe"}).ok

    assert changed == application | {"name": "Globe", "modifiedAt": changed["modifiedAt"]}
    assert changed["modifiedAt"] > application["modifiedAt"]


def test_null_clears_an_optional_text_and_empties_a_list(api: Api):
    application = api.application(description="Maps", authorizedOriginUris=["https://a.example"])

    changed = api.post(application["href"], {"description": None, "authorizedOriginUris": None}).ok

    assert (changed["description"], changed["authorizedOriginUris"]) == (None, [])


@pytest.mark.parametrize("name", ["Atlas", "ATLAS", "aTLas"])
def test_names_are_unique_in_any_letter_case(api: Api, name: str):
    api.application("Atlas")
    other = api.application("Globe")

    refused = api.post("/applications", {"name": name})

    assert refused.error == (409, 2001)
    assert "name" in refused["message"]
    assert api.post(other["href"], {"name": name}).error == (409, 2001)


def test_names_beyond_ascii_are_unique_however_they_are_composed(api: Api):
    api.application("STRASSE Ä")

    assert api.post("/applications", {"name": "straße a\u0308"}).error == (409, 2001)


def test_a_name_is_free_again_after_deletion_and_may_change_its_case(api: Api):
    application = api.application("Atlas")

    assert api.post(application["href"], {"name": "ATLAS"}).ok["name"] == "ATLAS"
    api.delete(application["href"])
    assert api.application("Atlas")["name"] == "Atlas"


class TestCreateDirectory:
    @pytest.mark.parametrize("value", ["true", "True", "TRUE"])
    def test_true_names_the_directory_after_the_application(self, api: Api, value: str):
        application = api.post("/applications", {"name": "Atlas"}, createDirectory=value).made

        (mapping,) = api.get(application["accountStoreMappings"]["href"], expand="accountStore").items
        assert mapping["accountStore"]["name"] == "Atlas Directory"
        assert mapping["accountStore"]["status"] == "ENABLED"
        assert (mapping["listIndex"], mapping["isDefaultAccountStore"], mapping["isDefaultGroupStore"]) == (
            0,
            True,
            True,
        )
        assert application["defaultAccountStoreMapping"] == link(mapping)
        assert application["defaultGroupStoreMapping"] == link(mapping)

    @pytest.mark.parametrize("value", ["Readers", "yes", "1", "Tür & Tor"])
    def test_any_other_text_is_the_name_of_the_directory(self, api: Api, value: str):
        api.post("/applications", {"name": "Atlas"}, createDirectory=value).made  # Fails unless created.

        assert value in names(api, "/directories")

    @pytest.mark.parametrize("value", ["false", "False", "FALSE"])
    def test_false_creates_no_directory(self, api: Api, value: str):
        before = names(api, "/directories")

        application = api.post("/applications", {"name": "Atlas"}, createDirectory=value).made

        assert application["defaultAccountStoreMapping"] is None
        assert names(api, "/directories") == before

    def test_an_empty_value_is_refused(self, api: Api):
        assert api.request(
            "POST",
            "/applications",
            b'{"name": "Atlas"}',
            query="createDirectory=",
            headers={"Content-Type": "application/json"},
        ).error == (400, 2000)

    def test_a_name_that_is_taken_creates_nothing(self, api: Api):
        api.directory("Readers")

        refused = api.post("/applications", {"name": "Atlas"}, createDirectory="readers")

        assert refused.error == (409, 5010)
        assert "Atlas" not in names(api, "/applications")

    @pytest.mark.parametrize(
        ("name", "code"), [("x" * 256, 2008), ("", 2000), ("   ", 2000), ("a\u0000b", 2100)]
    )
    def test_a_name_no_directory_may_have_creates_nothing(self, api: Api, name: str, code: int):
        assert api.post("/applications", {"name": "Atlas"}, createDirectory=name).error == (400, code)
        assert "Atlas" not in names(api, "/applications")

    def test_an_application_that_is_refused_leaves_no_directory(self, api: Api):
        api.application("Atlas")

        assert api.post("/applications", {"name": "atlas"}, createDirectory="Readers").error == (409, 2001)
        assert "Readers" not in names(api, "/directories")

    def test_true_numbers_a_directory_name_that_is_taken(self, api: Api):
        api.directory("Atlas Directory")
        api.directory("atlas directory (2)")

        api.post("/applications", {"name": "Atlas"}, createDirectory="true").made  # Fails unless created.

        assert "Atlas Directory (3)" in names(api, "/directories")

    def test_a_long_name_is_shortened_to_fit(self, api: Api):
        api.post("/applications", {"name": "x" * 255}, createDirectory="true").made  # Fails unless created.
        api.post("/applications", {"name": "x" * 254 + "y"}, createDirectory="true").made  # As above.

        found = {each for each in names(api, "/directories") if each.startswith("xx")}
        assert found == {"x" * 245 + " Directory", "x" * 241 + " Directory (2)"}

    def test_the_created_directory_outlives_the_application(self, api: Api):
        application, directory = api.application_with_directory()
        other = api.application("Other")

        api.mapping(other, directory)
        api.delete(application["href"])

        assert api.get(directory["href"]).status == 200


def test_deleting_an_application_removes_its_mappings_and_keeps_the_stores(api: Api):
    application, directory = api.application_with_directory()
    account, group = api.account(directory), api.group(directory)
    mapping = application["defaultAccountStoreMapping"]

    assert api.delete(application["href"]).status == 204

    for gone in (application, mapping, application["customData"], application["accounts"]):
        assert api.get(gone["href"]).status == 404
    for kept in (directory, account, group):
        assert api.get(kept["href"]).status == 200
    assert api.get(f"{directory['href']}/applicationMappings").items == []


def test_default_mappings_in_a_body_are_ignored(api: Api):
    application, _ = api.application_with_directory()
    echoed = {"defaultAccountStoreMapping": None, "defaultGroupStoreMapping": {"href": "nonsense"}}

    assert api.post(application["href"], echoed).ok == application


class TestVirtualCollections:
    """The accounts and groups of an application (rest-core 6.5)."""

    def test_resources_reached_through_two_stores_are_listed_once(self, api: Api):
        application, directory = api.application_with_directory()
        group = api.group(directory)
        api.mapping(application, group)
        account = api.account(directory)
        api.membership(account, group)

        assert [each["href"] for each in api.get(application["accounts"]["href"]).items] == [account["href"]]
        assert [each["href"] for each in api.get(application["groups"]["href"]).items] == [group["href"]]
        assert [each["href"] for each in api.get(account["applications"]["href"]).items] == [
            application["href"]
        ]
        assert [each["href"] for each in api.get(group["applications"]["href"]).items] == [
            application["href"]
        ]

    def test_a_mapped_group_brings_its_members_only(self, api: Api):
        application, directory = api.application(), api.directory()
        group, other = api.group(directory), api.group(directory, "Writers")
        member, outsider = api.account(directory, "member"), api.account(directory, "outsider")
        api.membership(member, group)
        api.membership(outsider, other)
        api.mapping(application, group)

        assert [each["username"] for each in api.get(application["accounts"]["href"]).items] == ["member"]
        assert [each["name"] for each in api.get(application["groups"]["href"]).items] == ["Readers"]
        assert api.get(outsider["applications"]["href"]).items == []
        assert api.get(other["applications"]["href"]).items == []
        assert api.get(directory["applications"]["href"]).items == []

    def test_the_status_of_a_store_does_not_filter(self, api: Api):
        application, directory = api.application_with_directory()
        api.account(directory, status="DISABLED")

        api.post(directory["href"], {"status": "DISABLED"})

        assert api.get(application["accounts"]["href"]).ok["size"] == 1
