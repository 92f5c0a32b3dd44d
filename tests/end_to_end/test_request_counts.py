"""The number of requests that helpers cost on the real service, starting from an href."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stormpath import Client
from stormpath.resources import Expansion
from stormpath.resources.account import Account
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from stormpath.resources.group import Group
from support.accounts import PASSWORD
from support.request_counts import RequestCount

NewAccount = Callable[..., Account]
GROUPS = ("Crew", "Pilots", "Guests")


@pytest.fixture
def groups(directory: Directory) -> list[Group]:
    return [directory.groups.create({"name": name}) for name in GROUPS]


@pytest.fixture
def account(new_account: NewAccount) -> Account:
    return new_account("lando")


@pytest.fixture
def cold(new_client: Callable[..., Client]) -> Client:
    """A client that has read nothing yet."""
    return new_client()


@pytest.fixture
def client(cold: Client) -> Client:
    return cold


@pytest.fixture
def far(client: Client, account: Account, groups: list[Group], requests_made: RequestCount) -> Account:
    """The account by its href, a member of the first group, with nothing cached; the count is zero."""
    account.add_group(groups[0])
    for cache in client.data_store.cache_manager.caches.values():
        cache.clear()
    requests_made.reset()
    return client.accounts.get(account.href)


def test_has_group_costs_one_request(far: Account, groups: list[Group], requests_made: RequestCount) -> None:
    assert far.has_group(groups[0])
    assert requests_made == 1


def test_has_group_by_name_costs_one_request(far: Account, requests_made: RequestCount) -> None:
    assert far.has_group("Crew")
    assert requests_made == 1


def test_has_groups_costs_one_request_for_any_number_of_names(
    far: Account, requests_made: RequestCount
) -> None:
    assert far.has_groups(["Crew"] * 3)
    assert requests_made == 1


def test_joining_a_group_by_name_costs_two_requests(far: Account, requests_made: RequestCount) -> None:
    far.directory.href  # Warm, as the documented figure is.
    requests_made.reset()
    far.add_group("Pilots")
    assert requests_made == 2


def test_leaving_a_group_costs_two_requests(
    far: Account, groups: list[Group], requests_made: RequestCount
) -> None:
    far.remove_group(groups[0])
    assert requests_made == 2


def test_has_account_of_a_group_costs_one_request(
    client: Client, far: Account, groups: list[Group], requests_made: RequestCount
) -> None:
    assert client.groups.get(groups[0].href).has_account("lando@example.com")
    assert requests_made == 1


def test_has_account_of_an_application_costs_one_request(
    client: Client, app: Application, far: Account, requests_made: RequestCount
) -> None:
    assert client.applications.get(app.href).has_account(far)
    assert requests_made == 1


@pytest.mark.usefixtures("far")
def test_a_login_costs_one_request(client: Client, app: Application, requests_made: RequestCount) -> None:
    client.applications.get(app.href).authenticate_account("lando", PASSWORD)
    assert requests_made == 1


@pytest.mark.usefixtures("far")
def test_names_of_mapped_stores_cost_one_request_when_expanded(
    client: Client, app: Application, requests_made: RequestCount
) -> None:
    mappings = client.applications.get(app.href).account_store_mappings.query(expand="accountStore")
    assert [each.account_store.name for each in mappings]
    assert requests_made == 1


@pytest.mark.usefixtures("far")
def test_custom_data_of_listed_accounts_cost_one_request_when_expanded(
    client: Client, directory: Directory, new_account: NewAccount, requests_made: RequestCount
) -> None:
    new_account("leia", custom_data={"rank": "general"})
    requests_made.reset()

    accounts = client.directories.get(directory.href).accounts.query(expand=Expansion("custom_data"))

    assert {each.custom_data.get("rank") for each in accounts} == {None, "general"}
    assert requests_made == 1


def test_setting_custom_data_costs_one_request(far: Account, requests_made: RequestCount) -> None:
    far.custom_data["rank"] = "baron"
    far.save()
    assert requests_made == 1


def test_a_save_after_reading_custom_data_costs_one_request(
    far: Account, requests_made: RequestCount
) -> None:
    assert far.custom_data.get("rank") is None
    requests_made.reset()
    far.surname = "Calrissian"
    far.save()
    assert requests_made == 1


@pytest.mark.usefixtures("far")
def test_saving_a_directory_costs_one_request(
    client: Client, directory: Directory, requests_made: RequestCount
) -> None:
    fresh = client.directories.get(directory.href)
    fresh.description = "Cloud City"
    fresh.save()
    assert requests_made == 1


@pytest.mark.usefixtures("far")
def test_an_account_with_expanded_groups_and_custom_data_costs_one_request(
    client: Client, account: Account, requests_made: RequestCount
) -> None:
    expanded = client.accounts.get(account.href, expand=Expansion("groups", "custom_data"))

    assert [each.name for each in expanded.groups] == ["Crew"]
    assert expanded.custom_data.get("rank") is None
    assert requests_made == 1
