"""Isolation: edits of an object change neither the cache nor another object of the same entry."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from stormpath.resources import CollectionResource, Expansion
from stormpath.resources.resource import Resource
from unit.resources.exchange import BASE, Exchange, StubClient, link

ACCOUNT = "/accounts/a1"
CUSTOM_DATA = f"{ACCOUNT}/customData"
APPLICATION = "/applications/app"


def account_body() -> dict[str, Any]:
    return {
        "href": BASE + ACCOUNT,
        "email": "ada@example.com",
        "givenName": "Ada",
        "status": "ENABLED",
        "createdAt": "2026-01-02T03:04:05.678Z",
        # Attributes that a later service may add: lists, objects, and lists of objects.
        "labels": ["a", {"b": ["c"]}],
        "address": {"city": "London", "lines": ["1", "2"]},
        "directory": {**link("/directories/d1"), "name": "People", "tags": ["x"]},
        "customData": {**link(CUSTOM_DATA), "list": [1, {"deep": [2]}], "object": {"k": {"l": [3]}}},
        "groups": {
            **link(f"{ACCOUNT}/groups"),
            "offset": 0,
            "limit": 25,
            "size": 1,
            "items": [{**link("/groups/g1"), "name": "Crew", "description": "x"}],
        },
        "applications": link(f"{ACCOUNT}/applications"),
    }


def application_body() -> dict[str, Any]:
    return {
        "href": BASE + APPLICATION,
        "name": "App",
        "authorizedCallbackUris": ["https://example.com/"],
        "customData": link(f"{APPLICATION}/customData"),
    }


def page(path: str, *items: dict[str, Any]) -> dict[str, Any]:
    return {**link(path), "offset": 0, "limit": 100, "size": len(items), "items": list(items)}


@pytest.fixture
def exchange(exchange: Exchange) -> Exchange:
    whole = account_body()

    def account(query: Any, data: Any) -> dict[str, Any]:
        asked = query.get("expand", "")
        return {
            name: {"href": value["href"]}
            if isinstance(value, dict) and "href" in value and name not in asked
            # Every answer is a new object, as over HTTP.
            else copy.deepcopy(value)
            for name, value in whole.items()
        }

    exchange.answers("GET", ACCOUNT, account)
    exchange.answers("GET", CUSTOM_DATA, lambda *_: copy.deepcopy(whole["customData"]))
    exchange.answers("GET", "/groups/g1", lambda *_: copy.deepcopy(whole["groups"]["items"][0]))
    exchange.answers("GET", "/directories/d1", lambda *_: copy.deepcopy(whole["directory"]))
    exchange.answers("GET", APPLICATION, lambda *_: application_body())

    def accounts(query: Any, data: Any) -> dict[str, Any]:
        return page("/accounts", account(query, data))

    exchange.answers("GET", "/accounts", accounts)
    exchange.answers("GET", "/applications", lambda *_: page("/applications", application_body()))
    return exchange


EVERYTHING = Expansion("custom_data", "directory", "groups")

# The ways to get an object whose data passes through the cache.
WAYS: dict[str, Callable[[StubClient], Any]] = {
    "lazily": lambda client: client.accounts.get(ACCOUNT),
    "expanded": lambda client: client.accounts.get(ACCOUNT, expand=EVERYTHING),
    "from a loop": lambda client: next(iter(client.accounts)),
    "from a loop, expanded": lambda client: next(iter(client.accounts.query(expand=EVERYTHING))),
    "by index": lambda client: client.accounts.query()[0],
    "of a slice": lambda client: next(iter(client.accounts[:1])),
    "of items": lambda client: client.accounts.query().items[0],
    "an application": lambda client: client.applications.get(APPLICATION),
    "an application from a loop": lambda client: next(iter(client.applications)),
}


def spoil(value: Any, seen: set[int]) -> None:
    """Change in place every mutable value that can be reached from a value without a request."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, dict):
        for each in list(value.values()):
            spoil(each, seen)
        value["spoilt"] = True
    elif isinstance(value, list):
        for each in list(value):
            spoil(each, seen)
        value.append("spoilt")
    elif isinstance(value, Resource) and value._is_loaded():
        held = value.items if isinstance(value, CollectionResource) else value.values()  # type: ignore[attr-defined]  # all of those here can be read like a dictionary
        for each in list(held):
            spoil(each, seen)


def contents(client: StubClient) -> dict[str, Any]:
    caches = client.data_store.cache_manager.caches.values()
    return {
        href: copy.deepcopy(dict(entry.value))
        for cache in caches
        for href, entry in cache.store.store.items()
    }


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("warm", [False, True])
def test_an_edit_in_place_does_not_change_the_cache(
    way: str, warm: bool, client: StubClient, exchange: Exchange
) -> None:
    if warm:
        WAYS[way](client).keys()
    found = WAYS[way](client)
    found.keys()
    for name in ("custom_data", "labels", "address", "authorized_callback_uris"):
        getattr(found, name, None)
    before = contents(client)

    spoil(found, set())
    spoil(copy.copy(found), set())
    spoil(copy.deepcopy(found), set())

    assert before
    assert {href: contents(client)[href] for href in before} == before


@pytest.mark.parametrize("way", WAYS)
def test_two_objects_of_one_entry_share_no_mutable_value(way: str, client: StubClient) -> None:
    mine, theirs = WAYS[way](client), WAYS[way](client)
    for each in (mine, theirs):
        each.keys()
    expected = json.loads(theirs.to_json())

    spoil(mine, set())

    assert json.loads(theirs.to_json()) == expected


def test_custom_data_of_an_expanded_item_is_not_shared(client: StubClient, exchange: Exchange) -> None:
    account = next(iter(client.accounts.query(expand="custom_data")))

    account.custom_data["list"].append("mine")
    account.custom_data["object"]["k"]["l"].append("mine")
    account.custom_data.copy()["list"].append("mine")

    asked = exchange.count
    assert client.accounts.get(ACCOUNT).custom_data["list"] == [1, {"deep": [2]}]
    assert client.accounts.get(ACCOUNT).custom_data["object"] == {"k": {"l": [3]}}
    assert exchange.count == asked


def test_properties_passed_to_an_object_are_not_changed_by_it(client: StubClient) -> None:
    account = next(iter(client.accounts))
    before = contents(client)

    account._set_properties({"labels": ["other"], "address": {"city": "Paris"}}, overwrite=True)
    account.labels.append("mine")
    account.given_name = "Eve"
    del account.email

    assert contents(client) == before
