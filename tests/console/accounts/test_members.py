"""Groups of an account, accounts of a group, and the applications of both."""

from console.accounts_calls import as_mirror, several
from console.visitor import Visitor
from service.calls import Api, id_of, path_of
from stormpath.server.app import Service


def names(api: Api, owner: dict, collection: str = "groups", attribute: str = "name") -> set[str]:
    return {each[attribute] for each in api.get(owner[collection]["href"], limit=100).items}


def test_an_account_is_assigned_to_several_groups_at_once(admin: Visitor, api: Api):
    directory = api.directory()
    account, groups = api.account(directory), several(api, directory, 3)
    api.group(api.directory("Other"), "Foreign")
    admin.open(path_of(account, "groups"))
    page = admin.follow("Assign to group")
    assert "Foreign" not in page.text

    page = admin.submit("Add to Group", {"id": [id_of(groups[0]), id_of(groups[2])]})

    assert "The account is added to 2 groups." in page.text
    assert names(api, account) == {"Group 0", "Group 2"}


def test_one_button_removes_the_account_from_one_group_and_ticks_from_several(admin: Visitor, api: Api):
    directory = api.directory()
    account, groups = api.account(directory), several(api, directory, 4)
    for each in groups:
        api.membership(account, each)
    admin.open(path_of(account, "groups"))

    admin.submit("Remove", {"action": "remove"})
    assert len(names(api, account)) == 3
    left = api.get(account["groups"]["href"]).items
    admin.open(path_of(account, "groups"))
    admin.submit("Bulk Actions", {"action": "remove", "id": [id_of(left[0]), id_of(left[1])]})

    assert names(api, account) == {left[2]["name"]}
    assert len(names(api, directory)) == 4


def test_groups_of_an_account_are_searched(admin: Visitor, api: Api):
    directory = api.directory()
    account = api.account(directory)
    for each in several(api, directory, 12):
        api.membership(account, each)

    page = admin.open(path_of(account, "groups"), q="Group 11")

    assert "1/12" in page.text


def test_existing_accounts_are_added_to_a_group(admin: Visitor, api: Api):
    directory = api.directory()
    people, group = several(api, directory, 3, "account"), api.group(directory)
    admin.open(path_of(group, "accounts"))
    admin.follow("Assign Accounts")
    admin.submit("Search", {"q": "person"})

    page = admin.submit("Add Accounts", {"id": [id_of(people[0]), id_of(people[1])]})

    assert "2 accounts are added." in page.text
    assert names(api, group, "accounts", "username") == {"person0", "person1"}


def test_a_member_that_is_removed_keeps_its_account(admin: Visitor, api: Api):
    directory = api.directory()
    ada, group = api.account(directory), api.group(directory)
    api.membership(ada, group)
    admin.open(path_of(group, "accounts"))
    assert "Delete" not in [text for text, _ in admin.page.html.links]

    page = admin.submit("Remove")

    assert "1 account is removed from the group." in page.text
    assert names(api, group, "accounts", "username") == set()
    assert api.get(ada["href"]).status == 200


def test_disabling_a_ticked_member_acts_on_the_account(admin: Visitor, api: Api):
    directory = api.directory()
    ada, group = api.account(directory), api.group(directory)
    api.membership(ada, group)
    admin.open(path_of(group, "accounts"))

    admin.submit("Bulk Actions", {"action": "DISABLED", "id": [id_of(ada)]})
    admin.submit("Disabled")

    assert api.get(ada["href"]).ok["status"] == "DISABLED"


def test_a_membership_that_cannot_be_made_is_reported_and_the_others_are_made(admin: Visitor, api: Api):
    directory = api.directory()
    account, groups = api.account(directory), several(api, directory, 2)
    api.membership(account, groups[0])
    admin.open(path_of(account, "groups", "assign"))

    page = admin.submit("Add to Group", {"id": [id_of(each) for each in groups]})

    assert "The account is added to 1 group." in page.text
    assert "The account is in this group already." in page.text
    assert names(api, account) == {"Group 0", "Group 1"}


def test_pages_of_copies_say_that_they_are_and_offer_no_change(service: Service, admin: Visitor, api: Api):
    directory = api.directory()
    account, group = api.account(directory), api.group(directory)
    api.membership(account, group)
    as_mirror(service, directory)

    for path in (path_of(account, "groups"), path_of(group, "accounts")):
        page = admin.open(path)
        assert "This is copied from LDAP" in page.text
        assert "Remove" not in page.text
        assert "Assign" not in page.text
    details = admin.open(path_of(account)).html.form("Save")
    assert "email" not in details.attributes
    admin.submit("Save", {"status": "DISABLED"})
    assert api.get(account["href"]).ok["status"] == "DISABLED"
    assert "name" not in admin.open(path_of(group)).html.form("Save").attributes
    assert "copied from LDAP" in admin.open(path_of(account, "password")).text


def test_the_applications_of_a_group_tell_what_is_mapped(admin: Visitor, api: Api):
    directory = api.directory("People")
    group = api.group(directory, "Readers")
    by_directory, by_group, neither = (api.application(name) for name in ("Whole", "Part", "Neither"))
    api.mapping(by_directory, directory)
    api.mapping(by_group, group)

    page = admin.open(path_of(group, "applications"))

    assert "Part Readers" in page.text
    assert "Whole People" in page.text
    assert "Neither" not in page.text
    admin.follow("Map Application")
    admin.submit("Map Application", {"id": [id_of(neither)]})
    assert "Neither Readers" in admin.page.text
    assert names(api, group, "applications") == {"Whole", "Part", "Neither"}


def test_disabling_and_deleting_a_group_say_what_becomes_of_its_members(admin: Visitor, api: Api):
    directory = api.directory()
    ada, group = api.account(directory), api.group(directory, "Readers")
    api.membership(ada, group)
    admin.open("/groups", q="Readers")

    page = admin.submit("Set", {"status": "DISABLED"})
    assert "Members who have another way in can still log in." in page.text
    admin.submit("Disable")
    assert api.get(group["href"]).ok["status"] == "DISABLED"

    page = admin.open(path_of(group, "delete"))
    assert "1 Memberships" in page.text
    assert "The accounts stay." in page.text


def test_applications_of_an_account_are_listed(admin: Visitor, api: Api):
    _, directory = api.application_with_directory("Atlas")
    api.application("Other")
    account = api.account(directory)

    page = admin.open(path_of(account, "applications"))

    assert "Atlas" in page.text
    assert "Other" not in page.text
    assert admin.follow("Can this person log in?").status == 200


def test_the_owner_of_the_tenant_is_not_disabled_or_deleted(admin: Visitor, api: Api):
    owner = api.get(f"{api.tenant}/accounts", email=admin.login).items[0]

    page = admin.open(path_of(owner))

    assert "cannot be disabled or deleted" in page.text
    assert "Delete" not in [text for text, _ in page.html.links]
    assert "status" not in page.html.form("Save").attributes
