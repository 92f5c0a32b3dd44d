"""A caller sees its own tenant only (rest-core 1.2): elsewhere nothing is there, and nothing changes."""

import json
from collections.abc import Iterator

import pytest

from service.calls import Api, Json, link


@pytest.fixture
def mine(api: Api) -> Json:
    """One resource of each kind, and everything else as it is before a stranger comes."""
    application, directory = api.application_with_directory()
    account, group = api.account(directory, customData={"secret": "mine"}), api.group(directory)
    organization = api.organization(customData={"secret": "mine"})
    return {
        "applications": application,
        "directories": directory,
        "accounts": account,
        "groups": group,
        "groupMemberships": api.membership(account, group),
        "accountStoreMappings": api.mapping(application, group),
        "organizations": organization,
        "organizationAccountStoreMappings": api.organization_mapping(organization, directory),
        "accountLinks": api.account_link(account, api.account(api.directory("Elsewhere"))),
        "tenants": api.get(api.tenant).ok,
    }


def everything(api: Api) -> str:
    """Return all that a tenant holds."""
    found: list[Json] = [api.get(api.tenant, expand="customData").ok]
    for collection in ("applications", "directories", "organizations", "groups", "accounts"):
        found += api.every(f"/{collection}", expand="customData")
    for organization in api.every("/organizations", expand="accountLinkingPolicy"):
        found += [organization, *api.every(organization["accountStoreMappings"]["href"])]
    for account in api.every("/accounts"):
        found += api.every(account["accountLinks"]["href"])
    for application in api.every("/applications"):
        found += api.every(application["accountStoreMappings"]["href"])
    for group in api.every("/groups"):
        found += api.every(group["accountMemberships"]["href"])
    return json.dumps(found)


def hrefs(value: object) -> Iterator[str]:
    """Return every href in a resource: its own, its links', its collections'."""
    if isinstance(value, dict):
        for name, each in value.items():
            if name == "href":
                yield each
            else:
                yield from hrefs(each)


def test_no_path_of_a_resource_leads_a_stranger_anywhere(api: Api, stranger: Api, mine: Json):
    before = everything(api)
    paths = {href for resource in mine.values() for href in hrefs(resource)}
    paths |= {f"{each}/secret" for each in paths if each.endswith("/customData")}
    assert len(paths) > 25

    for path in sorted(paths):
        for method in ("GET", "HEAD", "POST", "DELETE"):
            body = (
                b'{"name": "Stolen", "email": "x@example.com", "password": "Changeme1"}'
                if method == "POST"
                else b""
            )
            answer = stranger.request(method, path, body, headers={"Content-Type": "application/json"})
            assert answer.status in (404, 405), (method, path)
            if method != "HEAD":
                assert answer.refusal in ((404, 404), (405, 1100)), (method, path)
            assert b"mine" not in answer.raw

    assert everything(api) == before


def test_a_stranger_is_told_the_same_of_what_exists_and_what_does_not(api: Api, stranger: Api, mine: Json):
    told = set()
    for href in (mine["accounts"]["href"], "/accounts/0351A00000000000000000"):
        answer = stranger.get(href)
        told.add(answer.raw.replace(answer["requestId"].encode(), b""))

    assert len(told) == 1


def test_a_foreign_href_in_a_body_leads_nowhere(api: Api, stranger: Api, mine: Json):
    before = everything(api)
    own_application, own_directory = stranger.application_with_directory()
    own_account, own_group = stranger.account(own_directory), stranger.group(own_directory)
    mapping, membership = "/accountStoreMappings", "/groupMemberships"
    inner, linked = "/organizationAccountStoreMappings", "/accountLinks"
    organization = stranger.organization()

    for path, body in (
        (mapping, {"application": link(own_application), "accountStore": link(mine["directories"])}),
        (mapping, {"application": link(own_application), "accountStore": link(mine["groups"])}),
        (mapping, {"application": link(mine["applications"]), "accountStore": link(own_directory)}),
        (mapping, {"application": link(own_application), "accountStore": link(mine["organizations"])}),
        (inner, {"organization": link(organization), "accountStore": link(mine["directories"])}),
        (inner, {"organization": link(mine["organizations"]), "accountStore": link(own_directory)}),
        (linked, {"leftAccount": link(own_account), "rightAccount": link(mine["accounts"])}),
        (membership, {"account": link(mine["accounts"]), "group": link(own_group)}),
        (membership, {"account": link(own_account), "group": link(mine["groups"])}),
    ):
        assert stranger.post(path, body).refusal == (400, 2016)
    for store in ("directories", "groups", "organizations"):
        assert stranger.log_in(own_application, "ada", store=mine[store]).refusal == (400, 2016)

    assert everything(api) == before


def test_nobody_moves_a_resource_to_another_tenant(api: Api, stranger: Api, mine: Json):
    for kind in ("applications", "directories", "groups", "accounts", "accountStoreMappings"):
        href = mine[kind]["href"]
        assert api.post(href, {"tenant": {"href": stranger.tenant}}).refusal == (400, 2017)
    made = api.post("/directories", {"name": "New", "tenant": {"href": stranger.tenant}}).made

    assert made["tenant"] == {"href": api.tenant}


def test_lists_and_searches_hold_the_callers_own(api: Api, stranger: Api, mine: Json):
    for collection in ("applications", "directories", "groups", "accounts"):
        found = stranger.every(f"/{collection}", limit=100)
        assert {each["tenant"]["href"] for each in found} <= {stranger.tenant}
        assert stranger.get(f"/{collection}", q="atlas").items == []
    assert stranger.get("/accounts", {"customData.secret": "mine"}).items == []


def test_names_are_taken_within_a_tenant_only(api: Api, stranger: Api, mine: Json):
    application, directory = stranger.application_with_directory()

    assert application["name"] == mine["applications"]["name"]
    assert directory["name"] == mine["directories"]["name"]
    assert stranger.account(directory)["email"] == mine["accounts"]["email"]


def test_the_current_tenant_is_the_callers(api: Api, stranger: Api):
    assert api.get("/tenants/current").headers["location"] == api.tenant
    assert stranger.get("/tenants/current").headers["location"] == stranger.tenant
    assert stranger.get(api.tenant).refusal == (404, 404)


def test_a_login_finds_accounts_of_the_own_tenant(api: Api, stranger: Api, mine: Json):
    application, _ = stranger.application_with_directory()

    assert stranger.log_in(application, "ada").refusal == (400, 7104)
    assert stranger.log_in(mine["applications"], "ada").refusal == (404, 404)


def test_a_key_of_one_tenant_does_not_open_another(api: Api, stranger: Api):
    mixed = Api(api.wsgi, api.base_url, api.tenant_id, api.key_id, stranger.secret)

    assert mixed.get("/applications").refusal == (401, 401)
