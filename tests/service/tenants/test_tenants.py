"""The tenant and its initial resources (rest-core 5.1, 6.1)."""

import re
from collections import Counter

import pytest

from service.calls import Api
from service.tenant_rows import STORED_LATER, rows_of
from service.tenant_setup import BOX, TenantPool, made_by_the_rules
from stormpath.server.app import Service, open_service

pytestmark = pytest.mark.both_databases


def test_the_current_tenant_is_a_redirect_that_no_cache_keeps(api: Api):
    answer = api.get("/tenants/current")

    assert answer.status == 302
    assert answer.headers["location"] == api.tenant
    assert answer.raw == b""
    assert answer.headers["content-length"] == "0"
    assert answer.headers["cache-control"] == "no-cache, no-store, must-revalidate, max-age=0"
    assert answer.headers["expires"] == "0"
    assert answer.headers["pragma"] == "no-cache"


def test_the_redirect_ignores_the_query_and_does_not_repeat_it(api: Api):
    answer = api.get("/tenants/current", expand="applications", bogus="1")

    assert (answer.status, answer.headers["location"]) == (302, api.tenant)


def test_a_tenant_is_shown_with_its_collections(api: Api):
    tenant = api.get(api.tenant).ok

    assert tenant["href"] == api.tenant
    assert tenant["name"] == tenant["key"]
    assert tenant["customData"] == {"href": f"{api.tenant}/customData"}
    for collection in ("applications", "directories", "organizations", "groups", "accounts", "agents"):
        assert tenant[collection] == {"href": f"{api.tenant}/{collection}"}


def test_a_new_tenant_starts_with_two_applications_and_their_directories(api: Api):
    applications = {each["name"]: each for each in api.get("/applications").items}
    directories = {each["name"] for each in api.get("/directories").items}

    assert set(applications) == {"Stormpath", "My Application"}
    assert directories == {"Stormpath Administrators", "My Application Directory"}
    for each in applications.values():
        mapping = api.get(each["defaultAccountStoreMapping"]["href"], expand="accountStore").ok
        assert each["defaultGroupStoreMapping"] == each["defaultAccountStoreMapping"]
        assert mapping["accountStore"]["name"] in directories


def test_the_owner_is_an_account_of_the_administrators(api: Api):
    (owner,) = api.get("/accounts", expand="directory").items

    assert owner["directory"]["name"] == "Stormpath Administrators"
    assert owner["status"] == "ENABLED"


def test_a_tenant_can_be_renamed(api: Api):
    assert api.post(api.tenant, {"name": "Grand Library"}).ok["name"] == "Grand Library"
    assert api.get(api.tenant).ok["name"] == "Grand Library"


def test_the_key_of_a_tenant_may_be_sent_back_but_not_changed(api: Api):
    key = api.get(api.tenant).ok["key"]

    assert api.post(api.tenant, {"key": key}).ok["key"] == key
    assert api.post(api.tenant, {"key": "other-words"}).error == (400, 2017)


def test_the_name_of_a_tenant_is_required_and_limited(api: Api):
    assert api.post(api.tenant, {"name": " "}).error == (400, 2000)
    assert api.post(api.tenant, {"name": None}).error == (400, 2000)
    assert api.post(api.tenant, {"name": "x" * 256}).error == (400, 2008)


def test_tenants_are_neither_created_nor_deleted_here(api: Api):
    assert api.post("/tenants", {"name": "Mine"}).error == (405, 1100)
    assert api.delete(api.tenant).error == (405, 1100)


def test_bare_paths_list_what_the_tenant_has(api: Api):
    directory = api.directory()
    api.group(directory)
    api.organization()

    for collection in ("applications", "directories", "organizations", "groups", "accounts"):
        bare, owned = api.get(f"/{collection}").ok, api.get(f"{api.tenant}/{collection}").ok
        assert bare == owned
        assert bare["href"] == f"{api.tenant}/{collection}"
        assert bare["size"] == len(bare["items"]) > 0


def shape_of(service: Service, api: Api) -> dict[str, Counter[str]]:
    """Return a tenant's rows with the same words for what differs in each: ids, names, times, secrets."""
    words: dict[str | bytes, str] = {}
    rows = rows_of(service, api.tenant_id)
    # A copy has no past.
    rows = {table: each for table, each in rows.items() if table not in STORED_LATER}
    # The ids of keys are random; the others are in the order in which they were made.
    key_ids = {row["id"] for row in rows["api_keys"]}
    ids = sorted({row["id"] for each in rows.values() for row in each if "id" in row} - key_ids)
    (tenant,) = rows["tenants"]
    words |= {each: f"id {number}" for number, each in enumerate(ids)} | {tenant["name"]: "name"}
    for row in rows["application_web_configs"]:
        assert re.fullmatch(r"[a-z]+-[a-z]+(-[0-9a-f]+)?", row["dns_label"])
        words[row["dns_label"]] = "label"
    for row in rows["api_keys"]:
        assert BOX.open(row["secret"], row["id"]) == api.secret
        words[row["secret"]] = f"secret of {len(api.secret)} characters"
        words[row["id"]] = "key"

    def worded(name: str, value: object) -> object:
        if name.endswith("_at") and value is not None:
            return "time"
        if name == "slot":  # Of a count: any number.
            return "slot"
        return words.get(value, value) if isinstance(value, str | bytes) else value

    return {
        table: Counter(repr({name: worded(name, value) for name, value in row.items()}) for row in each)
        for table, each in rows.items()
    }


def test_a_tenant_of_the_pool_is_as_the_rules_make_one(initialized_database_url: str):
    service = open_service(initialized_database_url)
    pool = TenantPool(service)
    copies = [pool.take() for _ in range(pool.REFILL + 1)]

    made = made_by_the_rules(service)

    for each in copies:
        assert shape_of(service, each) == shape_of(service, made)
    assert len({each.tenant_id for each in copies}) == len({each.secret for each in copies}) == len(copies)
    assert all(each.get(each.tenant).ok for each in (*copies, made))
    service.close()
