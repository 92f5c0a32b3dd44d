"""Attributes that no cache holds: their declarations, and how they are read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stormpath import resources
from stormpath.cache.cacheable import REGIONS, SECRETS
from stormpath.resources.api_key import ApiKey
from stormpath.resources.attributes import Attribute
from stormpath.resources.collection import CollectionResource
from stormpath.resources.resource import Resource
from unit.resources.exchange import BASE, Exchange, StubClient, link

ACCOUNT = "/accounts/a1"
TOKEN = "/accounts/emailVerificationTokens/t0ken"


def kinds() -> dict[str, type[Resource]]:
    """Return the class of each region's resources."""
    found = (getattr(resources, name) for name in resources.__all__)
    lists = (each for each in found if isinstance(each, type) and issubclass(each, CollectionResource))
    return {
        path.lstrip("/"): each.resource_class
        for each in lists
        if (path := each.item_path or each.create_path) and path.lstrip("/") in REGIONS
    }


def declared(flag: str) -> Iterator[tuple[str, Attribute[Any]]]:
    for region, kind in kinds().items():
        for attribute in kind._declared.values():
            if getattr(attribute, flag):
                yield region, attribute


class TestDeclarations:
    def test_every_region_of_listed_kinds_is_tested(self) -> None:
        # Tenants and custom data have no list, and nonces are no resources.
        assert set(kinds()) == set(REGIONS) - {"tenants", "customData", "nonces"}

    @pytest.mark.parametrize("flag", ["secret", "uncached"])
    def test_secret_and_uncached_attributes_are_left_out_of_caches(self, flag: str) -> None:
        assert [(r, each.wire) for r, each in declared(flag) if each.wire not in SECRETS[r]] == []

    def test_readable_attributes_that_caches_leave_out_are_declared_uncached(self) -> None:
        readable = {
            (region, wire)
            for region, wires in SECRETS.items()
            for wire in wires
            if not kinds()[region]._spelled[wire].writable
        }

        assert {(region, each.wire) for region, each in declared("uncached")} == readable


@pytest.fixture
def pending(exchange: Exchange) -> dict[str, Any]:
    account = exchange.holds(
        ACCOUNT,
        email="ada@example.com",
        status="UNVERIFIED",
        emailVerificationToken=link(TOKEN),
        groups=link(f"{ACCOUNT}/groups"),
    )
    exchange.lists("/accounts", [account])
    return account


def everything_stored(client: StubClient) -> str:
    caches = client.data_store.cache_manager.caches.values()
    return repr([(href, entry.value) for each in caches for href, entry in each.store.store.items()])


class TestTokenInAnAccount:
    def test_the_token_is_in_no_store(
        self, client: StubClient, exchange: Exchange, pending: dict[str, Any]
    ) -> None:
        membership = {**link("/groupMemberships/m"), "account": pending}
        exchange.answers("GET", "/groupMemberships/m", membership)
        exchange.lists("/groupMemberships", [membership])

        client.data_store.get_resource(ACCOUNT)
        client.data_store.get_resource("/groupMemberships/m", {"expand": "account"})
        for path in ("/accounts", "/groupMemberships"):
            client.data_store.get_page(path)
            client.data_store.get_page(path, {"expand": "account"})

        assert "ada@example.com" in everything_stored(client)
        assert "t0ken" not in everything_stored(client)

    def test_reading_the_token_bypasses_the_cache(
        self, client: StubClient, exchange: Exchange, pending: Any
    ) -> None:
        assert client.accounts.get(ACCOUNT).status == "UNVERIFIED"
        account = client.accounts.get(ACCOUNT)
        assert account.email == "ada@example.com"
        assert exchange.count == 1

        assert account.email_verification_token is not None
        assert account.email_verification_token.href == BASE + TOKEN
        assert exchange.count == 2

    def test_reading_the_token_of_an_unloaded_account_is_one_request(
        self, client: StubClient, exchange: Exchange, pending: Any
    ) -> None:
        account = client.accounts.get(ACCOUNT)

        assert account.email_verification_token is not None
        assert account.email == "ada@example.com"
        assert exchange.count == 1

    def test_reading_the_token_keeps_unsaved_changes(self, client: StubClient, pending: Any) -> None:
        client.data_store.get_resource(ACCOUNT)
        account = client.accounts.get(ACCOUNT)
        account.email = "new@example.com"

        assert account.email_verification_token is not None
        assert account.email == "new@example.com"

    def test_a_null_token_is_cached(self, client: StubClient, exchange: Exchange) -> None:
        exchange.holds(ACCOUNT, email="ada@example.com", emailVerificationToken=None)
        client.data_store.get_resource(ACCOUNT)

        assert client.accounts.get(ACCOUNT).email_verification_token is None
        assert exchange.count == 1

    def test_a_token_that_the_service_omits_is_requested_once(
        self, client: StubClient, exchange: Exchange
    ) -> None:
        exchange.holds(ACCOUNT, email="ada@example.com")
        client.data_store.get_resource(ACCOUNT)
        account = client.accounts.get(ACCOUNT)

        for _ in range(2):
            with pytest.raises(AttributeError, match="email_verification_token"):
                _ = account.email_verification_token
        assert exchange.count == 2


def test_a_stand_in_for_the_store_needs_no_new_method(client: StubClient, exchange: Exchange) -> None:
    class Store:
        """The methods that test doubles of applications have."""

        calls: list[str]

        def __init__(self) -> None:
            self.calls = []
            self.is_cached = True

        def get_resource(self, href: str, params: Any = None) -> dict[str, Any]:
            self.calls.append("get")
            return {"href": href, "id": "K"} if self.is_cached else {"href": href, "id": "K", "secret": "x"}

        def uncache_resource(self, href: str) -> None:
            self.calls.append("uncache")
            self.is_cached = False

    store = Store()
    client.data_store = store  # type: ignore[assignment]  # that is the point

    assert ApiKey(client, href="/apiKeys/K").secret == "x"
    assert store.calls == ["get", "uncache", "get"]
