"""Links, read-only attributes and unknown attributes in bodies (rest-core 1.7, 1.9, 1.11)."""

import pytest

from service.calls import Api, Json, link

DIRECTORY = "/directories"


class TestUnknownAndReadOnly:
    @pytest.mark.parametrize(
        "name", ["bogus", "Name", "given_name", "protected", "password_hash", "tenant_id", "id", ""]
    )
    def test_an_unknown_attribute_is_refused(self, api: Api, name: str):
        directory = api.directory()

        assert api.post(DIRECTORY, {"name": "Other", name: "x"}).error == (400, 2015)
        assert api.post(directory["href"], {name: "x"}).error == (400, 2015)

    @pytest.mark.parametrize("kind", ["application", "directory", "group", "account", "mapping", "tenant"])
    def test_a_whole_answer_can_be_sent_back(self, api: Api, kind: str):
        application, directory = api.application_with_directory()
        resource = {
            "application": lambda: application,
            "directory": lambda: directory,
            "group": lambda: api.group(directory),
            "account": lambda: api.account(directory),
            "mapping": lambda: api.get(application["defaultAccountStoreMapping"]["href"]).ok,
            "tenant": lambda: api.get(api.tenant).ok,
        }[kind]()

        assert api.post(resource["href"], resource).ok == resource
        assert api.get(resource["href"]).ok == resource

    def test_read_only_attributes_are_ignored(self, api: Api):
        directory = api.directory()
        claimed: Json = {
            "createdAt": "2001-01-01T00:00:00.000Z",
            "modifiedAt": 7,
            "fullName": "Somebody",
            "passwordModifiedAt": None,
        }

        account = api.account(directory, **claimed)

        assert account["fullName"] == ""
        assert account["createdAt"] == account["modifiedAt"] == account["passwordModifiedAt"] > "2020"
        assert api.post(account["href"], claimed).ok == account

    def test_an_empty_update_changes_nothing(self, api: Api):
        directory = api.directory()

        assert api.post(directory["href"], {}).ok == directory


class TestImmutableLinks:
    def test_an_account_cannot_be_moved_to_another_directory(self, api: Api):
        account, other = api.account(api.directory()), api.directory("Other")

        assert api.post(account["href"], {"directory": link(other)}).error == (400, 2017)
        assert api.get(account["href"]).ok == account

    def test_the_ends_of_a_mapping_cannot_be_changed(self, api: Api):
        application, directory = api.application_with_directory()
        mapping = api.get(application["defaultAccountStoreMapping"]["href"]).ok
        others = {"application": api.application("Other"), "accountStore": api.group(directory)}

        for name, other in others.items():
            assert api.post(mapping["href"], {name: link(other)}).error == (400, 2017)
        assert api.get(mapping["href"]).ok == mapping


class TestReferences:
    @pytest.mark.parametrize(
        ("href", "code"),
        [
            ("", 2002),
            ("x", 2002),
            ("nonsense://", 2002),
            ("http://[", 2002),
            ("🗄", 2002),
            ("directories/0351A00000000000000000", 2002),
            ("https://example.com/elsewhere", 2002),
            ("/v1/" + "x" * 5000, 2002),
            ("/v1/directories/unknown", 2014),
            ("https://elsewhere.example/v1/directories/unknown", 2014),
            ("/v1/nothing/x", 2014),
            ("/v1/directories", 2014),
        ],
    )
    def test_a_store_that_is_no_href_differs_from_one_that_does_not_exist(
        self, api: Api, href: str, code: int
    ):
        for path, owner in (
            ("/accountStoreMappings", {"application": link(api.application())}),
            ("/organizationAccountStoreMappings", {"organization": link(api.organization())}),
        ):
            assert api.post(path, {**owner, "accountStore": {"href": href}}).error == (400, code)

    @pytest.mark.parametrize("href", ["", "x", "http://[", "/v1/accounts/unknown", "/v1/nothing/x"])
    def test_other_links_have_one_code_for_both(self, api: Api, href: str):
        membership = {"account": {"href": href}, "group": link(api.group(api.directory()))}

        assert api.post("/groupMemberships", membership).error == (400, 2016)

    def test_a_link_to_another_kind_is_refused(self, api: Api):
        application, directory = api.application(), api.directory()

        for wrong in (
            {"application": link(directory), "accountStore": link(directory)},
            {"application": link(application), "accountStore": link(application)},
            {"application": link(application), "accountStore": {"href": api.tenant}},
        ):
            assert api.post("/accountStoreMappings", wrong).error == (400, 2014)

    def test_a_link_to_a_deleted_resource_is_refused(self, api: Api):
        application, directory = api.application(), api.directory()
        api.delete(directory["href"])

        body = {"application": link(application), "accountStore": link(directory)}
        assert api.post("/accountStoreMappings", body).error == (400, 2014)
