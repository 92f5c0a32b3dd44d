"""Custom data through the SDK: values, copies, reserved keys, and what the REST API showed sent back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from time import sleep
from typing import Any
from uuid import UUID

import pytest

from stormpath import Client
from stormpath.error import Error
from stormpath.resources import Expansion
from stormpath.resources.account import Account
from support.request_counts import RequestCount

NewAccount = Callable[..., Account]
CONTENT = {"plan": "pro", "deep": {"list": [1, 1.5, True, None]}}
VALUES = {
    "moment": datetime(2015, 1, 31, 12, 30, tzinfo=UTC),
    "day": date(2015, 1, 31),
    "id": UUID("12345678-1234-5678-1234-567812345678"),
    "price": [Decimal("12.30")],
}
TEXTS = {
    "moment": "2015-01-31T12:30:00.000Z",
    "day": "2015-01-31",
    "id": "12345678-1234-5678-1234-567812345678",
    "price": ["12.30"],
}


def test_values_are_the_same_before_and_after_a_save_and_a_refresh(new_account: NewAccount) -> None:
    created = new_account("values", custom_data=VALUES)
    assert created.custom_data == TEXTS

    saved = new_account("saved")
    saved.custom_data.update(VALUES)
    for _ in range(2):
        assert saved.custom_data == TEXTS
        saved.custom_data.save()
    saved.custom_data.refresh()
    assert saved.custom_data == TEXTS


def test_dates_are_found_by_a_search(new_account: NewAccount) -> None:
    account = new_account("dated", custom_data=VALUES)

    found = account.directory.accounts.search({"customData.moment": "[2015-01-31T12:00,2015-01-31T13:00]"})

    assert [each.username for each in found] == ["dated"]
    assert len(account.directory.accounts.search({"customData.day": "[2015-02-01,]"})) == 0


@pytest.mark.parametrize("copied", [dict, lambda data: {**data}, lambda data: data | {}, lambda data: data])
def test_a_copy_goes_to_another_owner(new_account: NewAccount, copied: Callable[[Any], Any]) -> None:
    first = new_account("first", custom_data=CONTENT)

    second = new_account("second", custom_data=copied(first.custom_data))
    third = new_account("third", custom_data={"own": 1})
    third.custom_data.update(copied(first.custom_data))
    third.save()

    for each in (second, third):
        each.custom_data.refresh()
    assert second.custom_data == CONTENT
    assert third.custom_data == {"own": 1, **CONTENT}
    assert third.custom_data["created_at"] != first.custom_data["created_at"]


@pytest.mark.parametrize("key", ["created_at", "createdAt", "modified_at", "href", "meta"])
def test_a_reserved_key_creates_nothing(new_account: NewAccount, key: str) -> None:
    with pytest.raises(Error) as caught:
        new_account("reserved", custom_data={"plan": "pro", key: "2015-01-31"})

    assert (caught.value.status, caught.value.code) == (400, 3003)
    assert new_account("reserved").custom_data == {}


def told_by_the_service(client: Client, href: str) -> datetime:
    return datetime.fromisoformat(client.data_store.executor.get(href)["modifiedAt"])


def test_the_timestamps_remain_when_all_is_deleted(
    client: Client, new_account: NewAccount, requests_made: RequestCount
) -> None:
    data = new_account("emptied", custom_data=CONTENT).custom_data
    before = data.copy()
    requests_made.reset()

    data.delete()

    assert data.created_at == before["created_at"]
    assert dict(data).keys() == {"created_at", "modified_at"}
    assert requests_made == 2
    assert data.modified_at == told_by_the_service(client, data.href)


def test_modified_at_is_that_of_the_service_after_every_write(
    client: Client, new_account: NewAccount
) -> None:
    account = new_account("written", custom_data=CONTENT)
    data = account.custom_data

    for change, owner in (
        (lambda: data.update(a=1), data),
        (lambda: data.update(b=1), account),
        (lambda: data.pop("a"), data),
        (lambda: data.pop("b"), account),
    ):
        sleep(0.002)  # The service counts milliseconds.
        change()
        owner.save()
        assert data["modified_at"] == told_by_the_service(client, data.href)


def test_what_the_service_showed_is_sent_back(client: Client, new_account: NewAccount) -> None:
    account = new_account("echo", custom_data=CONTENT)
    executor = client.data_store.executor

    for href, query in ((account.custom_data.href, None), (account.href, {"expand": "customData"})):
        shown = executor.get(href, query)
        del shown["sp_http_status"]
        executor.post(href, shown)

    assert client.accounts.get(account.href, Expansion("custom_data")).custom_data == CONTENT
