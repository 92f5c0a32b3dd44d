"""Listing, searching, ordering and paging through the SDK."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from stormpath import Client
from stormpath.error import Error
from stormpath.resources import Expansion
from stormpath.resources.account import Account
from stormpath.resources.directory import Directory
from support.request_counts import RequestCount

NewAccount = Callable[..., Account]


@pytest.fixture
def crowd(directory: Directory) -> list[str]:
    """230 groups: three pages of a hundred. Returns their names in order."""
    names = [f"group {number:03}" for number in range(230)]
    for name in names:
        directory.groups.create({"name": name, "description": "odd" if int(name[-1]) % 2 else "even"})
    return names


def test_a_large_collection_is_paged_sliced_ordered_and_searched(
    client: Client, directory: Directory, crowd: list[str], requests_made: RequestCount
) -> None:
    groups = client.directories.get(directory.href).groups

    assert [group.name for group in groups] == crowd
    assert requests_made == 3

    requests_made.reset()
    assert len(groups) == 230
    assert groups[229].name == crowd[229]
    assert groups[-1].name == crowd[-1]
    assert [group.name for group in groups[100:105]] == crowd[100:105]
    assert [group.name for group in groups.order("name desc")] == crowd[::-1]
    assert len(groups.search({"description": "odd"})) == 115
    assert [group.name for group in groups.query(description="odd", limit=3)] == crowd[1:6:2]
    assert [group.name for group in groups.search({"name": "*22*"})] == [
        "group 022",
        "group 122",
        *crowd[220:230],
    ]


def test_a_limit_beyond_a_page_takes_several(
    client: Client, directory: Directory, crowd: list[str], requests_made: RequestCount
) -> None:
    groups = client.directories.get(directory.href).groups

    assert [group.name for group in groups.query(limit=150)] == crowd[:150]
    assert requests_made == 2
    assert [group.name for group in groups.query(limit=150, offset=100, expand="directory")] == crowd[100:]
    assert [group.name for group in groups[:150]] == crowd[:150]
    assert (groups.query(limit=150).limit, len(groups.query(limit=150))) == (100, 230)


def test_changes_between_pages_neither_skip_nor_repeat_items(directory: Directory, crowd: list[str]) -> None:
    seen = []
    for number, group in enumerate(directory.groups):
        seen.append(group.name)
        if number == 50:
            directory.groups.search({"name": crowd[0]})[0].delete()
            directory.groups.create({"name": "late"})

    assert seen == [*crowd, "late"]


def test_items_come_with_attributes_and_expansions_in_one_request(
    directory: Directory, new_account: NewAccount, client: Client
) -> None:
    new_account("one", custom_data={"n": 1})
    new_account("two", custom_data={"n": 2})
    accounts = client.directories.get(directory.href).accounts
    counted = RequestCount(client.data_store.executor)
    client.data_store.executor = counted

    plain = [(account.email, account.status) for account in accounts]
    assert counted == 1
    expanded = [account.custom_data["n"] for account in accounts.query(expand="customData")]

    assert plain == [("one@example.com", "ENABLED"), ("two@example.com", "ENABLED")]
    assert expanded == [1, 2]
    assert counted == 2


def test_accounts_are_found_by_text_attribute_status_and_time(
    directory: Directory, new_account: NewAccount
) -> None:
    for name in ("Anna", "Annabel", "Joanna"):
        new_account(name.lower(), given_name=name)

    def found(**query: object) -> list[str | None]:
        return [account.given_name for account in directory.accounts.query(**query)]

    assert found(q="ANNA") == ["Anna", "Annabel", "Joanna"]
    assert found(given_name="anna") == ["Anna"]
    assert found(given_name="anna*") == ["Anna", "Annabel"]
    assert found(givenName="*anna") == ["Anna", "Joanna"]
    assert found(status="enabled", order_by="given_name desc", limit=2) == ["Joanna", "Annabel"]
    assert found(created_at=str(datetime.now(UTC).year)) == ["Anna", "Annabel", "Joanna"]
    assert found(created_at="[,2001]") == []


def test_a_person_is_found_by_the_whole_name(directory: Directory, new_account: NewAccount) -> None:
    for username, given_name, middle_name, surname in (
        ("joe", "Joe", None, "Doe"),
        ("joan", "Joe", "Ann", "Doe"),
        ("smith", "Joe", None, "Smith"),
    ):
        new_account(username, given_name=given_name, middle_name=middle_name, surname=surname)

    for text in ("Joe Doe", "doe joe"):
        assert [account.username for account in directory.accounts.search(text)] == ["joe", "joan"]
    assert [account.username for account in directory.accounts.search("Joe Ann Doe")] == ["joan"]


def test_numbers_in_custom_data_are_exact(directory: Directory, new_account: NewAccount) -> None:
    numbers = {
        "a": 1234567890123456789,
        "b": 1234567890123456768,
        "c": 10**30 + 1,
        "d": 10**30,
        "e": 9,
        "f": 0.1,
    }
    for username, number in numbers.items():
        new_account(username, custom_data={"discord": number})

    for username, number in numbers.items():
        (found,) = directory.accounts.query(**{"customData.discord": number})
        assert (found.username, found.custom_data["discord"]) == (username, number)
    ordered = directory.accounts.order("customData.discord")
    assert [account.username for account in ordered] == ["f", "e", "b", "a", "d", "c"]


def test_accounts_are_found_by_custom_data(directory: Directory, new_account: NewAccount) -> None:
    new_account("low", custom_data={"level": 3, "born": "1990-05-01", "place": {"cityName": "Mos Eisley"}})
    new_account("high", custom_data={"level": 30, "born": "2010-05-01", "place": {"cityName": "Theed"}})

    def found(text: str, value: str) -> list[str]:
        return [account.username for account in directory.accounts.search({text: value})]

    assert found("customData.level", "3") == ["low"]
    assert found("customData.level", "[10,]") == ["high"]
    assert found("customData.born", "[1990,1995]") == ["low"]
    assert found("customData.place.cityName", "*e*") == ["low", "high"]
    assert found("customData.place.cityname", "*e*") == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"limit": 0}, 2103),
        ({"offset": -1}, 2103),
        ({"order_by": "groups"}, 2106),
        ({"order_by": "name up"}, 2104),
        ({"nonsense": "x"}, 2105),
        ({"created_at": "yesterday"}, 2103),
        ({"created_at": "[2015,2014]"}, 2108),
        ({"expand": "name"}, 2107),
        ({"expand": "accounts(limit:x)"}, 2103),
        ({"status": "enab*"}, 2103),
    ],
)
def test_an_invalid_query_is_refused(directory: Directory, query: dict[str, object], code: int) -> None:
    with pytest.raises(Error) as caught:
        list(directory.groups.query(**query))

    assert (caught.value.status, caught.value.code) == (400, code)


def test_an_expansion_saves_the_second_request(
    client: Client, directory: Directory, new_account: NewAccount, requests_made: RequestCount
) -> None:
    href = new_account("solo", custom_data={"ship": "Falcon"}).href
    name = directory.name
    requests_made.reset()

    account = client.accounts.get(href, expand=Expansion("custom_data", "directory"))

    assert account.custom_data["ship"] == "Falcon"
    assert account.directory.name == name
    assert requests_made == 1
