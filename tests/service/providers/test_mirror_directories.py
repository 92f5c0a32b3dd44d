"""The operations refused in a mirror directory, which copies another system (rest-core 6.7)."""

from typing import Any

import pytest

from service.calls import Api, Json, id_of, link
from service.provider_bodies import in_mirror, mirror

KINDS = ("google", "amazon", "saml", "ldap", "ad")
BY_AGENT = ("ldap", "ad")

PERSON = {"email": "ada@example.com", "password": "Changeme1!"}


@pytest.fixture(params=KINDS)
def directory(request: pytest.FixtureRequest, api: Api) -> Json:
    return mirror(api, request.param)


@pytest.fixture
def account(api: Api, directory: Json) -> Json:
    values = {"email": "ada@example.com", "username": "ada", "given_name": "Ada"}
    return in_mirror(api, "account", {**values, "directory_id": id_of(directory)})


@pytest.fixture
def group(api: Api, directory: Json) -> Json:
    return in_mirror(api, "group", {"name": "Readers", "directory_id": id_of(directory)})


def test_neither_accounts_nor_groups_can_be_created_in_a_mirror(api: Api, directory: Json):
    assert api.post(directory["accounts"]["href"], PERSON).error == (400, 6100)
    assert api.post(directory["groups"]["href"], {"name": "Readers"}).error == (400, 6100)
    # Reported before faults of the body (rest-core 6.22).
    assert api.post(directory["accounts"]["href"], {"bogus": 1}).error == (400, 6100)
    assert api.post(directory["groups"]["href"], {}).error == (400, 6100)
    assert api.get(directory["accounts"]["href"]).items == []
    assert api.get(directory["groups"]["href"]).items == []


def test_an_account_of_a_mirror_is_verified(api: Api, account: Json):
    assert account["emailVerificationStatus"] == "VERIFIED"
    assert account["status"] == "ENABLED"


def test_an_accounts_provider_data_names_the_provider(api: Api, directory: Json, account: Json):
    provider = api.get(directory["provider"]["href"]).ok

    assert api.get(account["providerData"]["href"]).ok["providerId"] == provider["providerId"]


def test_status_and_custom_data_of_an_account_can_be_changed(api: Api, account: Json):
    changed = api.post(account["href"], {"status": "DISABLED", "customData": {"a": 1}}).ok

    assert changed["status"] == "DISABLED"
    assert api.get(account["customData"]["href"])["a"] == 1


@pytest.mark.parametrize(
    "change",
    [
        {"givenName": "Eve"},
        {"email": "eve@example.com"},
        {"username": "eve"},
        {"surname": None, "middleName": "M"},
        {"password": "Another1one"},
        {"password": "weak"},
        {"emailVerificationStatus": "UNVERIFIED"},
        {"status": "DISABLED", "givenName": "Eve"},
    ],
)
def test_nothing_else_of_an_account_can_be_changed(api: Api, account: Json, change: dict[str, Any]):
    assert api.post(account["href"], change).error == (400, 7202)
    assert api.get(account["href"]).ok == account


def test_a_refusal_names_what_cannot_be_changed(api: Api, account: Json):
    answer = api.post(account["href"], {**account, "givenName": "Eve", "status": "DISABLED"})

    assert answer["developerMessage"].endswith("not givenName.")


def test_a_whole_account_can_be_sent_back(api: Api, account: Json):
    assert api.post(account["href"], {**account, "status": "DISABLED"}).ok["status"] == "DISABLED"


def test_accounts_that_come_with_a_login_can_be_deleted(api: Api, directory: Json, account: Json):
    kind = api.get(directory["provider"]["href"]).ok["providerId"]

    answer = api.delete(account["href"])

    if kind in BY_AGENT:
        assert answer.error == (400, 6100)
        assert api.get(account["href"]).status == 200
    else:
        assert answer.status == 204


def test_a_group_of_a_mirror_can_neither_be_renamed_nor_deleted(api: Api, group: Json):
    for change in ({"name": "Writers"}, {"description": "d"}, {"status": "DISABLED", "name": "Writers"}):
        assert api.post(group["href"], change).error == (400, 7202)
    assert api.delete(group["href"]).error == (400, 6100)
    assert api.get(group["href"]).ok == group


def test_status_and_custom_data_of_a_group_can_be_changed(api: Api, group: Json):
    changed = api.post(group["href"], {**group, "status": "DISABLED", "customData": {"a": 1}}).ok

    assert changed["status"] == "DISABLED"
    assert api.get(group["customData"]["href"])["a"] == 1


def test_memberships_are_neither_created_nor_deleted(api: Api, account: Json, group: Json):
    body = {"account": link(account), "group": link(group)}
    assert api.post("/groupMemberships", body).error == (400, 6100)

    membership = in_mirror(api, "groupMembership", {"account_id": id_of(account), "group_id": id_of(group)})

    assert api.delete(membership["href"]).error == (400, 6100)
    assert api.get(group["accounts"]["href"]).items != []


def test_an_application_may_use_a_mirror_as_an_account_store(api: Api, directory: Json, account: Json):
    application = api.application()

    api.mapping(application, directory)

    assert [each["href"] for each in api.get(application["accounts"]["href"]).items] == [account["href"]]


def test_deleting_the_directory_takes_what_was_copied(api: Api, directory: Json, account: Json, group: Json):
    assert api.delete(directory["href"]).status == 204

    assert {api.get(each["href"]).status for each in (account, group)} == {404}
