"""Groups (rest-core 5.9) and memberships (5.10)."""

import pytest

from service.calls import Api, Json, link


@pytest.fixture
def directory(api: Api) -> Json:
    return api.directory()


def test_a_new_group_has_the_documented_defaults(api: Api, directory: Json):
    group = api.post(directory["groups"]["href"], {"name": "Readers"}).made

    below = ("accounts", "accountMemberships", "applications", "customData")
    assert group == {
        "href": group["href"],
        "createdAt": group["createdAt"],
        "modifiedAt": group["createdAt"],
        "name": "Readers",
        "description": None,
        "status": "ENABLED",
        "directory": link(directory),
        "tenant": {"href": api.tenant},
    } | {each: {"href": f"{group['href']}/{each}"} for each in below}


def test_names_are_unique_in_the_directory_in_any_letter_case(api: Api, directory: Json):
    api.group(directory, "Readers")
    other = api.group(directory, "Writers")

    assert api.post(directory["groups"]["href"], {"name": "READERS"}).error == (409, 2001)
    assert api.post(other["href"], {"name": "readers"}).error == (409, 2001)
    assert api.group(api.directory("Other"), "Readers")["name"] == "Readers"


def test_a_group_can_be_changed(api: Api, directory: Json):
    group = api.group(directory)

    changed = api.post(
        group["href"], {"name": "Writers", "description": "They write", "status": "disabled"}
    ).ok

    assert (changed["name"], changed["description"], changed["status"]) == (
        "Writers",
        "They write",
        "DISABLED",
    )


class TestCreationThroughAnApplication:
    def test_a_group_is_created_in_the_default_directory(self, api: Api):
        application, directory = api.application_with_directory()

        assert api.group(application)["directory"] == link(directory)

    def test_a_group_is_refused_without_a_default_group_store(self, api: Api, directory: Json):
        application = api.application()
        api.mapping(application, directory, isDefaultAccountStore=True)

        assert api.post(application["groups"]["href"], {"name": "A"}).error == (409, 5102)

    def test_a_disabled_default_directory_takes_no_group(self, api: Api):
        application, directory = api.application_with_directory()
        api.post(directory["href"], {"status": "DISABLED"})

        assert api.post(application["groups"]["href"], {"name": "A"}).error == (409, 5103)


def test_deleting_a_group_removes_its_memberships_and_mappings_and_keeps_the_accounts(
    api: Api, directory: Json
):
    application, group, account = api.application(), api.group(directory), api.account(directory)
    membership, mapping = api.membership(account, group), api.mapping(application, group)
    last = api.mapping(application, directory)

    assert api.delete(group["href"]).status == 204

    assert api.get(membership["href"]).status == 404
    assert api.get(mapping["href"]).status == 404
    assert api.get(account["href"]).ok == account
    assert api.get(last["href"]).ok["listIndex"] == 0


class TestMemberships:
    def test_a_membership_joins_an_account_and_a_group(self, api: Api, directory: Json):
        account, group = api.account(directory), api.group(directory)

        answer = api.post("/groupMemberships", {"account": link(account), "group": link(group)})

        membership = answer.made
        assert answer.headers["location"] == membership["href"]
        assert membership == {
            "href": membership["href"],
            "createdAt": membership["createdAt"],
            "modifiedAt": membership["createdAt"],
            "account": link(account),
            "group": link(group),
            "tenant": {"href": api.tenant},
        }
        assert [each["href"] for each in api.get(account["groups"]["href"]).items] == [group["href"]]
        assert [each["href"] for each in api.get(group["accounts"]["href"]).items] == [account["href"]]
        assert api.get(account["groupMemberships"]["href"]).items == [membership]
        assert api.get(group["accountMemberships"]["href"]).items == [membership]

    def test_an_account_joins_a_group_once(self, api: Api, directory: Json):
        account, group = api.account(directory), api.group(directory)
        api.membership(account, group)

        again = api.post("/groupMemberships", {"account": link(account), "group": link(group)})

        assert again.error == (409, 409)

    def test_a_group_takes_accounts_of_its_own_directory(self, api: Api, directory: Json):
        account, group = api.account(directory), api.group(api.directory("Other"))

        refused = api.post("/groupMemberships", {"account": link(account), "group": link(group)})

        assert refused.error == (400, 2014)

    def test_both_ends_exist_and_are_of_their_kind(self, api: Api, directory: Json):
        account, group = api.account(directory), api.group(directory)
        path = "/groupMemberships"

        assert api.post(path, {"account": link(account), "group": link(account)}).error == (400, 2014)
        assert api.post(path, {"account": {"href": "/v1/accounts/x"}, "group": link(group)}).error == (
            400,
            2016,
        )
        assert api.post(path, {"account": link(account)}).error == (400, 2000)
        assert api.post(path, {"group": link(group)}).error == (400, 2000)

    def test_a_deleted_membership_keeps_both_ends_and_can_be_created_again(self, api: Api, directory: Json):
        account, group = api.account(directory), api.group(directory)
        membership = api.membership(account, group)

        assert api.delete(membership["href"]).status == 204
        assert api.get(membership["href"]).error == (404, 404)

        assert api.get(account["href"]).ok == account
        assert api.get(group["href"]).ok == group
        assert api.membership(account, group)["href"] != membership["href"]

    def test_a_membership_is_not_updated(self, api: Api, directory: Json):
        membership = api.membership(api.account(directory), api.group(directory))

        assert api.post(membership["href"], {}).error == (405, 1100)
