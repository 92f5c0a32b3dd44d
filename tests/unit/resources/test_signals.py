"""The signals that applications receive through PyDispatcher."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydispatch import dispatcher

from stormpath.error import Error
from stormpath.resources import Account, CustomData, Group
from stormpath.resources.base import SIGNAL_RESOURCE_CREATED, SIGNAL_RESOURCE_DELETED, SIGNAL_RESOURCE_UPDATED
from unit.resources.exchange import BASE, Exchange, StubClient, account_json, link

Heard = list[tuple[str, Any, dict[str, Any]]]


@pytest.fixture
def heard() -> Iterator[Heard]:
    """All signals sent during a test: signal, sender and keywords."""
    heard: Heard = []

    def listen(signal: str, sender: Any, **details: Any) -> None:
        heard.append((signal, sender, details))

    dispatcher.connect(listen, weak=False)
    yield heard
    dispatcher.disconnect(listen, weak=False)


def test_the_signals_have_the_names_of_version_2() -> None:
    assert SIGNAL_RESOURCE_CREATED == "resource-created"
    assert SIGNAL_RESOURCE_UPDATED == "resource-updated"
    assert SIGNAL_RESOURCE_DELETED == "resource-deleted"


def test_the_created_signal_has_class_body_and_query(
    client: StubClient, exchange: Exchange, heard: Heard
) -> None:
    exchange.answers("POST", "/directories/d1/accounts", account_json())

    client.directories.get("d1").create_account({"given_name": "Ada"}, False)

    data, params = {"givenName": "Ada"}, {"registrationWorkflowEnabled": False}
    assert heard == [("resource-created", Account, {"data": data, "params": params})]


def test_the_updated_signal_has_object_href_and_body(
    client: StubClient, exchange: Exchange, heard: Heard
) -> None:
    exchange.answers("POST", "/groups/g1", link("/groups/g1"))
    group = client.groups.get("g1")
    group.name = "New"

    group.save()

    (signal,) = heard
    assert signal == ("resource-updated", group, {"href": group.href, "properties": {"name": "New"}})
    assert signal[1] is group


def test_the_deleted_signal_has_object_and_href(client: StubClient, exchange: Exchange, heard: Heard) -> None:
    exchange.answers("DELETE", "/groups/g1", {})
    group = client.groups.get("g1")

    group.delete()

    assert heard == [("resource-deleted", group, {"href": group.href})]


def test_saving_custom_data_is_signalled_alone_and_with_its_owner(
    client: StubClient, exchange: Exchange, heard: Heard
) -> None:
    exchange.answers("POST", "/accounts/a1", account_json())
    exchange.answers("POST", "/accounts/a1/customData", link("/accounts/a1/customData"))
    account = client.accounts.get("a1")
    for save in (account.custom_data.save, account.save):
        account.custom_data["rank"] = 1
        save()

    href = f"{BASE}/accounts/a1/customData"
    alone, owner, along = heard
    assert (alone[0], type(alone[1])) == ("resource-updated", CustomData)
    assert alone[2] == along[2] == {"href": href, "properties": {"rank": 1}}
    assert owner[1] is account
    assert owner[2]["properties"] == {"customData": {"rank": 1}}
    assert exchange.count == 2


def test_a_deleted_key_is_not_signalled(client: StubClient, exchange: Exchange, heard: Heard) -> None:
    exchange.holds("/accounts/a1/customData", createdAt="2026-01-01T00:00:00Z", rank=1)
    exchange.answers("DELETE", "/accounts/a1/customData/rank", {})
    data = client.accounts.get("a1").custom_data
    del data["rank"]

    data.save()

    assert heard == []


def test_a_refused_call_is_not_signalled(client: StubClient, heard: Heard) -> None:
    group = client.groups.get("g1")
    for refused in (group.save, group.delete, lambda: client.applications.create({"name": "x"})):
        with pytest.raises(Error):
            refused()

    assert heard == []


def test_a_receiver_may_be_connected_to_one_sender(client: StubClient, exchange: Exchange) -> None:
    exchange.answers("POST", "/groups/g1", link("/groups/g1"))
    exchange.answers("POST", "/groups/g2", link("/groups/g2"))
    mine, other = client.groups.get("g1"), client.groups.get("g2")
    heard: list[Any] = []

    def listen(href: str) -> None:
        heard.append(href)

    dispatcher.connect(listen, signal=SIGNAL_RESOURCE_UPDATED, sender=mine)
    other.save()
    mine.save()

    assert heard == [mine.href]
    assert isinstance(mine, Group)
