"""The tenant: its href is ``/tenants/current`` until the real one is needed."""

from typing import Any

import pytest

from stormpath.resources import Expansion, Tenant
from unit.resources.exchange import BASE, Exchange, StubClient, link


@pytest.fixture(autouse=True)
def tenant_json(exchange: Exchange) -> dict[str, Any]:
    body = {**link("/tenants/t1"), "name": "Acme", "customData": link("/tenants/t1/customData")}
    exchange.answers("GET", "/tenants/current", body)
    exchange.answers("GET", "/tenants/t1", body)
    return body


def test_the_href_is_resolved_when_it_is_read(client: StubClient, exchange: Exchange) -> None:
    assert client.tenant.href == f"{BASE}/tenants/t1"
    assert client.tenant.name == "Acme"
    assert exchange.count == 1


def test_repr_equality_and_hash_make_no_request(client: StubClient, exchange: Exchange) -> None:
    assert repr(client.tenant) == "<Tenant href=/tenants/current>"
    assert client.tenant == Tenant(client, href="/tenants/current")
    assert '"/tenants/current"' in client.tenant.to_json()
    assert hash(client.tenant)
    assert exchange.count == 0


@pytest.mark.parametrize("name", ["accounts", "applications", "directories", "groups"])
def test_a_list_of_the_tenant_is_read_in_one_request(
    client: StubClient, exchange: Exchange, name: str
) -> None:
    exchange.lists(f"/{name}", [])

    assert list(getattr(client.tenant, name)) == []
    assert exchange.lines == [f"GET /{name}"]


def test_a_loaded_tenant_has_lists_below_its_href(client: StubClient) -> None:
    assert client.tenant.name

    assert client.tenant.accounts.href == f"{BASE}/tenants/t1/accounts"


def test_custom_data_of_the_tenant_needs_its_href(client: StubClient, exchange: Exchange) -> None:
    exchange.holds("/tenants/t1/customData", createdAt="2026-01-01T00:00:00Z", plan="free")

    assert client.tenant.custom_data["plan"] == "free"
    assert exchange.lines == ["GET /tenants/current", "GET /tenants/t1/customData"]


def test_a_tenant_is_saved_under_its_own_href(client: StubClient, exchange: Exchange) -> None:
    exchange.answers("POST", "/tenants/t1", {**link("/tenants/t1"), "name": "New"})
    client.tenant.name = "New"
    client.tenant.save()

    assert client.tenant.name == "New"
    assert exchange.lines == ["GET /tenants/current", "POST /tenants/t1"]
    assert exchange.last[3] == {"name": "New"}


def test_an_expansion_is_sent(client: StubClient, exchange: Exchange) -> None:
    tenant = Tenant(client, href="/tenants/current", expand=Expansion("custom_data"))

    assert tenant.name == "Acme"
    assert exchange.last[2] == {"expand": "customData"}
