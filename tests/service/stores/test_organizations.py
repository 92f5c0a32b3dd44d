"""Organizations (rest-core 5.4), and accounts and groups created through them."""

import pytest

from service.calls import Api, Json, link


class TestOrganization:
    def test_a_new_organization_has_the_documented_defaults(self, api: Api):
        answer = api.post("/organizations", {"name": "Acme Inc.", "nameKey": "Acme-1"})

        made = answer.made
        href = made["href"]
        assert answer.headers["location"] == href
        assert made == {
            "href": href,
            "createdAt": made["createdAt"],
            "modifiedAt": made["createdAt"],
            "name": "Acme Inc.",
            "nameKey": "Acme-1",
            "description": None,
            "status": "ENABLED",
            "customData": {"href": f"{href}/customData"},
            "defaultAccountStoreMapping": None,
            "defaultGroupStoreMapping": None,
            "tenant": {"href": api.tenant},
            "accounts": {"href": f"{href}/accounts"},
            "groups": {"href": f"{href}/groups"},
            "accountStoreMappings": {"href": f"{href}/accountStoreMappings"},
            "accountLinkingPolicy": {"href": href.replace("organizations", "accountLinkingPolicies")},
        }
        assert api.get(href).ok == made

    @pytest.mark.parametrize(
        ("body", "error"),
        [
            ({"nameKey": "acme"}, (400, 2000)),
            ({"name": "Acme"}, (400, 2000)),
            ({"name": "Acme", "nameKey": ""}, (400, 2000)),
            ({"name": "Acme", "nameKey": "-acme"}, (400, 2006)),
            ({"name": "Acme", "nameKey": "acme-"}, (400, 2006)),
            ({"name": "Acme", "nameKey": "ac me"}, (400, 2006)),
            ({"name": "Acme", "nameKey": "acmé"}, (400, 2006)),
            ({"name": "Acme", "nameKey": "acme\n"}, (400, 2006)),
            ({"name": "Acme", "nameKey": "a" * 64}, (400, 2008)),
            ({"name": "A" * 256, "nameKey": "acme"}, (400, 2008)),
            ({"name": "Acme", "nameKey": "acme", "description": "x" * 1001}, (400, 2008)),
            ({"name": "Acme", "nameKey": "acme", "status": "UNVERIFIED"}, (400, 2003)),
            ({"name": "Acme", "nameKey": 7}, (400, 2004)),
            ({"name": "Acme", "nameKey": "acme", "bogus": 1}, (400, 2015)),
        ],
    )
    def test_invalid_values_are_refused(self, api: Api, body: Json, error: tuple[int, int]):
        assert api.post("/organizations", body).error == error
        assert api.get("/organizations").ok["size"] == 0

    @pytest.mark.parametrize("name_key", ["a", "A1", "a--b", "0", "a" * 63])
    def test_a_name_key_is_a_label_of_a_host_name(self, api: Api, name_key: str):
        assert api.organization(nameKey=name_key)["nameKey"] == name_key

    @pytest.mark.parametrize(
        ("body", "attribute"),
        [({"name": "ACME", "nameKey": "x"}, "name"), ({"name": "Other", "nameKey": "ACME"}, "nameKey")],
    )
    def test_name_and_name_key_are_unique_in_any_case(self, api: Api, body: Json, attribute: str):
        api.organization("Acme")
        other = api.organization("Third")

        for answer in (api.post("/organizations", body), api.post(other["href"], body)):
            assert answer.error == (409, 2001)
            assert f" {attribute} " in answer["message"]

    def test_other_tenants_may_have_the_same_names(self, api: Api, stranger: Api):
        api.organization("Acme")

        assert stranger.organization("Acme")["nameKey"] == "acme"

    def test_an_update_changes_what_is_submitted(self, api: Api):
        made = api.organization("Acme", description="old", customData={"a": 1})

        changed = api.post(made["href"], {"nameKey": "new", "status": "disabled", "description": None}).ok

        assert (changed["name"], changed["nameKey"], changed["status"]) == ("Acme", "new", "DISABLED")
        assert changed["description"] is None
        assert (
            api.post(made["href"], {"customData": {"b": 2}}, expand="customData").ok["customData"]["a"] == 1
        )

    def test_an_organization_is_searched_by_each_of_its_texts(self, api: Api):
        api.organization("Acme", nameKey="one", description="first")
        api.organization("Beta", nameKey="two", status="DISABLED")

        def names(**query: str) -> list[str]:
            return [each["name"] for each in api.get("/organizations", **query).items]

        assert names(name="ACME") == names(nameKey="o*") == names(description="*rst") == ["Acme"]
        assert names(q="tw") == names(status="disabled") == ["Beta"]
        assert names(orderBy="nameKey desc") == ["Beta", "Acme"]

    def test_the_tenant_lists_it_and_expands_what_it_links_to(self, api: Api):
        made = api.organization()

        assert api.get(f"{api.tenant}/organizations").items == [made]
        expanded = api.get(made["href"], expand="tenant,accountLinkingPolicy,customData,accounts").ok
        assert expanded["tenant"]["key"]
        assert expanded["accountLinkingPolicy"]["status"] == "DISABLED"
        assert expanded["accounts"]["items"] == []


class TestCreateDirectory:
    def test_true_creates_the_default_store_of_accounts_and_groups(self, api: Api):
        body = {"name": "Acme", "nameKey": "acme"}
        made = api.post("/organizations", body, createDirectory="True").made

        (mapping,) = api.get(made["accountStoreMappings"]["href"], expand="accountStore").items
        assert mapping["accountStore"]["name"] == "Acme Directory"
        assert (mapping["listIndex"], mapping["isDefaultAccountStore"], mapping["isDefaultGroupStore"]) == (
            0,
            True,
            True,
        )
        assert made["defaultAccountStoreMapping"] == made["defaultGroupStoreMapping"] == link(mapping)

    def test_a_taken_name_is_refused_and_nothing_is_made(self, api: Api):
        api.directory("People")
        body = {"name": "Acme", "nameKey": "acme"}

        assert api.post("/organizations", body, createDirectory="people").error == (409, 4520)
        assert api.get("/organizations").ok["size"] == 0

    def test_a_derived_name_that_is_taken_gets_a_number(self, api: Api):
        api.directory("Acme Directory")

        made = api.post("/organizations", {"name": "Acme", "nameKey": "a"}, createDirectory="true").made

        (mapping,) = api.get(made["accountStoreMappings"]["href"], expand="accountStore").items
        assert mapping["accountStore"]["name"] == "Acme Directory (2)"

    def test_false_creates_no_directory(self, api: Api):
        made = api.post("/organizations", {"name": "Acme", "nameKey": "a"}, createDirectory="false").made

        assert made["defaultAccountStoreMapping"] is None


NEW_ACCOUNT = {"email": "new@example.com", "password": "Changeme1!"}
NEW_GROUP = {"name": "New"}


class TestCreationThroughAnOrganization:
    """Accounts and groups created through an organization go to its default store (rest-core 6.3)."""

    def test_accounts_and_groups_are_created_in_the_default_directory(self, api: Api):
        organization, directory = api.organization_with_directory()

        account, group = api.account(organization), api.group(organization)

        assert account["directory"] == group["directory"] == link(directory)

    def test_accounts_of_a_default_group_are_its_members(self, api: Api):
        organization, directory = api.organization(), api.directory()
        group = api.group(directory)
        api.organization_mapping(organization, group, isDefaultAccountStore=True)

        account = api.account(organization)

        assert account["directory"] == link(directory)
        assert api.get(group["accounts"]["href"]).items == [account]

    def test_creations_are_refused_without_a_default_store(self, api: Api):
        organization = api.organization()
        api.organization_mapping(organization, api.directory())

        assert api.post(organization["accounts"]["href"], NEW_ACCOUNT).error == (409, 4600)
        assert api.post(organization["groups"]["href"], NEW_GROUP).error == (409, 4602)

    def test_creations_are_refused_with_a_disabled_default_store(self, api: Api):
        organization, directory = api.organization_with_directory()
        api.post(directory["href"], {"status": "DISABLED"})

        assert api.post(organization["accounts"]["href"], NEW_ACCOUNT).error == (409, 4601)
        assert api.post(organization["groups"]["href"], NEW_GROUP).error == (409, 4603)

    def test_a_disabled_directory_counts_for_a_default_group_in_it(self, api: Api):
        organization, directory = api.organization(), api.directory()
        api.organization_mapping(organization, api.group(directory), isDefaultAccountStore=True)
        api.post(directory["href"], {"status": "DISABLED"})

        assert api.post(organization["accounts"]["href"], NEW_ACCOUNT).error == (409, 4601)

    def test_the_default_store_is_checked_before_the_body(self, api: Api):
        assert api.post(api.organization()["accounts"]["href"], {"bogus": 1}).error == (409, 4600)


class TestAsDefaultStoreOfAnApplication:
    @pytest.fixture
    def resources(self, api: Api) -> Json:
        application = api.application()
        organization, directory = api.organization_with_directory()
        api.mapping(application, organization, isDefaultAccountStore=True, isDefaultGroupStore=True)
        return {"application": application, "organization": organization, "directory": directory}

    def refusals(self, api: Api, resources: Json) -> list[tuple[int, int]]:
        application = resources["application"]
        return [
            api.post(application["accounts"]["href"], NEW_ACCOUNT).error,
            api.post(application["groups"]["href"], NEW_GROUP).error,
        ]

    def test_accounts_and_groups_are_created_in_the_default_store_of_the_organization(
        self, api: Api, resources: Json
    ):
        account, group = api.account(resources["application"]), api.group(resources["application"])

        assert account["directory"] == group["directory"] == link(resources["directory"])

    def test_an_organization_without_a_default_store_is_refused(self, api: Api, resources: Json):
        api.delete(resources["organization"]["defaultAccountStoreMapping"]["href"])

        assert self.refusals(api, resources) == [(409, 5116), (409, 5118)]

    def test_an_organization_with_a_disabled_default_store_is_refused(self, api: Api, resources: Json):
        api.post(resources["directory"]["href"], {"status": "DISABLED"})

        assert self.refusals(api, resources) == [(409, 5117), (409, 5119)]

    def test_a_disabled_organization_is_refused(self, api: Api, resources: Json):
        api.post(resources["organization"]["href"], {"status": "DISABLED"})

        assert self.refusals(api, resources) == [(409, 5101), (409, 5103)]


class TestDeletion:
    def test_deleting_an_organization_deletes_its_parts_and_keeps_its_stores(self, api: Api):
        organization, directory = api.organization_with_directory()
        (mapping,) = api.get(organization["accountStoreMappings"]["href"]).items

        assert api.delete(organization["href"]).status == 204

        for gone in (organization, mapping, organization["accountLinkingPolicy"], organization["customData"]):
            assert api.get(gone["href"]).error == (404, 404)
        assert api.get(directory["href"]).ok == directory

    def test_deleting_an_organization_leaves_no_gap_in_the_lists_of_applications(self, api: Api):
        application, organization = api.application(), api.organization()
        first = api.mapping(application, api.directory("A"))
        api.mapping(application, organization, isDefaultAccountStore=True)
        last = api.mapping(application, api.directory("C"))

        api.delete(organization["href"])

        listed = api.get(application["accountStoreMappings"]["href"]).items
        assert [(each["href"], each["listIndex"]) for each in listed] == [
            (first["href"], 0),
            (last["href"], 1),
        ]
        assert api.get(application["href"]).ok["defaultAccountStoreMapping"] is None

    @pytest.mark.parametrize("kind", ["directory", "group"])
    def test_deleting_a_store_leaves_no_gap_in_the_list_of_an_organization(self, api: Api, kind: str):
        organization, directory = api.organization(), api.directory("B")
        group = api.group(directory)
        api.organization_mapping(organization, api.directory("A"))
        api.organization_mapping(organization, group, isDefaultAccountStore=True)
        last = api.organization_mapping(organization, api.directory("C"))

        api.delete(directory["href"] if kind == "directory" else group["href"])

        assert api.get(last["href"]).ok["listIndex"] == 1
        assert api.get(organization["accountStoreMappings"]["href"]).ok["size"] == 2
        assert api.get(organization["href"]).ok["defaultAccountStoreMapping"] is None
