"""Idioms of existing applications, as their authors wrote them."""

from typing import Any

import pytest

from stormpath.error import Error
from stormpath.resources import Directory, Expansion, Group
from stormpath.resources.attributes import Number
from stormpath.resources.mixins import SaveMixin
from stormpath.resources.resource import Resource
from unit.resources.exchange import BASE, Exchange, StubClient, account_json, group_json, link


def stored(exchange: Exchange, path: str, **attributes: Any) -> dict[str, Any]:
    """Prepare a resource that can be read, changed and deleted."""
    body = exchange.holds(path, **attributes)

    def change(query: Any, data: Any) -> Any:
        body.update(data)
        return body

    exchange.answers("POST", path, change)
    exchange.answers("DELETE", path, {})
    return body


def test_applications_directories_and_accounts_are_listed_by_loops(
    client: StubClient, exchange: Exchange
) -> None:
    exchange.lists("/applications", [{**link("/applications/p1"), "name": "App", "description": "x"}])
    exchange.lists("/directories", [{**link("/directories/d1"), "name": "Staff"}])
    exchange.lists("/directories/d1/accounts", [account_json()])
    printed = []

    for application in client.applications:
        printed.append("Application " + application.name)
    for directory in client.directories:
        printed.append("Directory " + directory.name)
        for account in directory.accounts:
            printed.append("Account " + str(account.given_name))

    assert printed == ["Application App", "Directory Staff", "Account Ada"]


def test_an_application_is_changed_by_setting_attributes_and_saving(
    client: StubClient, exchange: Exchange
) -> None:
    body = stored(exchange, "/applications/p1", name="App", status="ENABLED")
    application = client.applications.get(f"{BASE}/applications/p1")

    application.status = "DISABLED"
    application.description = "New Application Description"
    application.save()

    assert (body["status"], body["description"]) == ("DISABLED", "New Application Description")
    application.delete()
    assert exchange.lines == ["POST /applications/p1", "DELETE /applications/p1"]


def test_accounts_are_created_in_a_directory_with_camel_case_names(
    client: StubClient, exchange: Exchange
) -> None:
    exchange.answers("POST", "/directories/d1/accounts", lambda query, data: account_json("j1", **data))
    directory = client.directories.get(f"{BASE}/directories/d1")

    for create in (directory.accounts.create, directory.create_account):
        acc: Any = create({"givenName": "John", "surname": "Smith", "email": "john@example.com"})
        assert acc.givenName == "John"

    acc.middleName = "New Middle Name"
    assert acc._get_properties() == {"middleName": "New Middle Name"}
    assert directory.create_account({"email": "x@example.com"}, False)
    assert exchange.last[2] == {"registrationWorkflowEnabled": False}


def test_an_account_is_created_in_an_application(client: StubClient, exchange: Exchange) -> None:
    exchange.answers("POST", "/applications/p1/accounts", account_json())

    assert client.applications.get("p1").create_account({"email": "x@example.com"}, True).is_new_account
    assert exchange.last[2] == {"registrationWorkflowEnabled": True}


def test_a_missing_account_is_an_error_when_it_is_read(client: StubClient) -> None:
    account = client.accounts.get("nobody")

    with pytest.raises(Error) as caught:
        _ = account.username

    assert caught.value.status == 404
    assert caught.value.message


def test_a_membership_found_in_a_loop_can_be_deleted(client: StubClient, exchange: Exchange) -> None:
    group_href = f"{BASE}/groups/g1"
    memberships = [
        {**link(f"/groupMemberships/m{n}"), "group": link(f"/groups/g{n}"), "account": link("/accounts/a1")}
        for n in range(3)
    ]
    exchange.lists("/accounts/a1/groupMemberships", memberships)
    exchange.answers("DELETE", "/groupMemberships/m1", {})

    group_linked = False
    group_membership = None
    for tmp_group_membership in client.accounts.get("a1").group_memberships:
        group_membership = tmp_group_membership
        tmp_group = group_membership.group
        if tmp_group and group_href in tmp_group.href:
            group_linked = True
            break
    if group_linked and group_membership:
        group_membership.delete()

    assert exchange.lines == ["GET /accounts/a1/groupMemberships", "DELETE /groupMemberships/m1"]


def test_account_store_mappings_can_be_created_changed_and_deleted(
    client: StubClient, exchange: Exchange
) -> None:
    body = stored(
        exchange,
        "/accountStoreMappings/m1",
        listIndex=0,
        isDefaultAccountStore=False,
        accountStore=link("/groups/g1"),
        application=link("/applications/p1"),
    )
    mapping = client.account_store_mappings.get(f"{BASE}/accountStoreMappings/m1")

    mapping.is_default_account_store = True
    mapping.list_index = 2
    mapping.save()

    assert (body["isDefaultAccountStore"], body["listIndex"]) == (True, 2)
    assert isinstance(mapping.account_store, Group)
    mapping.delete()


class TestInAsFewRequestsAsPossible:
    def test_custom_data_of_listed_accounts_comes_with_their_pages(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        accounts = [
            account_json(
                f"a{n}",
                customData={
                    **link(f"/accounts/a{n}/customData"),
                    "createdAt": "2026-01-01T00:00:00Z",
                    "rank": n,
                },
            )
            for n in range(120)
        ]
        exchange.lists("/directories/d1/accounts", accounts)
        listed = client.directories.get("d1").accounts.query(expand="custom_data")

        assert [each.custom_data["rank"] for each in listed] == list(range(120))
        assert exchange.count == 2
        assert exchange.last[2]["expand"] == "customData"

    def test_account_stores_of_mappings_come_with_their_page(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        stores = [group_json("g1"), {**link("/directories/d1"), "name": "Staff"}]
        exchange.lists(
            "/applications/p1/accountStoreMappings",
            [
                {**link(f"/accountStoreMappings/m{n}"), "accountStore": store}
                for n, store in enumerate(stores)
            ],
        )
        mappings = client.applications.get("p1").account_store_mappings.query(expand="account_store")

        assert [each.account_store.name for each in mappings] == ["g1", "Staff"]
        assert exchange.count == 1

    def test_an_expansion_of_a_cached_resource_is_one_request(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.answers("GET", "/accounts/a1", account_json())
        assert client.accounts.get("a1").email
        staff = {**link("/directories/d1"), "name": "Staff"}
        exchange.answers("GET", "/accounts/a1", account_json(directory=staff))

        expanded = client.accounts.get("a1", expand=Expansion("directory"))

        assert expanded.directory.name == "Staff"
        assert isinstance(expanded.directory, Directory)
        assert exchange.count == 2

    def test_saving_an_uncached_kind_is_one_request(self, client: StubClient, exchange: Exchange) -> None:
        class PasswordStrength(SaveMixin, Resource):
            min_length = Number(writable=True)

        stored(exchange, "/passwordPolicies/d1/strength", minLength=8)
        strength = PasswordStrength(client, href=f"{BASE}/passwordPolicies/d1/strength")
        strength.min_length = 12

        strength.save()

        assert strength.min_length == 12
        assert exchange.lines == ["POST /passwordPolicies/d1/strength"]
