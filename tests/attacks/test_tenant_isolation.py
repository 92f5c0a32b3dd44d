"""Tenant isolation (rest-core 1.2): rules that a single call cannot show.

Every path and every link is tried in test_tenant_isolation_matrix.py.
"""

import pytest

from service.calls import Api, Json

pytestmark = pytest.mark.either_database


@pytest.fixture
def mine(api: Api) -> Json:
    """One resource of each kind."""
    application, directory = api.application_with_directory()
    account, group = api.account(directory, customData={"secret": "mine"}), api.group(directory)
    return {
        "applications": application,
        "directories": directory,
        "accounts": account,
        "groups": group,
        "groupMemberships": api.membership(account, group),
        "accountStoreMappings": api.mapping(application, group),
        "tenants": api.get(api.tenant).ok,
    }


def test_another_tenant_gets_the_same_answer_for_existing_and_missing_resources(
    api: Api, stranger: Api, mine: Json
):
    told = set()
    for href in (mine["accounts"]["href"], "/accounts/0351A00000000000000000"):
        answer = stranger.get(href)
        told.add(answer.raw.replace(answer["requestId"].encode(), b""))

    assert len(told) == 1


def test_a_resource_cannot_be_moved_to_another_tenant(api: Api, stranger: Api, mine: Json):
    for kind in ("applications", "directories", "groups", "accounts", "accountStoreMappings"):
        href = mine[kind]["href"]
        assert api.post(href, {"tenant": {"href": stranger.tenant}}).error == (400, 2017)
    made = api.post("/directories", {"name": "New", "tenant": {"href": stranger.tenant}}).made

    assert made["tenant"] == {"href": api.tenant}


def test_lists_and_searches_hold_the_callers_own(api: Api, stranger: Api, mine: Json):
    for collection in ("applications", "directories", "groups", "accounts"):
        found = stranger.every(f"/{collection}", limit=100)
        assert {each["tenant"]["href"] for each in found} <= {stranger.tenant}
        assert stranger.get(f"/{collection}", q="atlas").items == []
    assert stranger.get("/accounts", {"customData.secret": "mine"}).items == []


def test_names_are_unique_within_a_tenant_only(api: Api, stranger: Api, mine: Json):
    application, directory = stranger.application_with_directory()

    assert application["name"] == mine["applications"]["name"]
    assert directory["name"] == mine["directories"]["name"]
    assert stranger.account(directory)["email"] == mine["accounts"]["email"]


def test_the_current_tenant_is_the_tenant_of_the_caller(api: Api, stranger: Api):
    assert api.get("/tenants/current").headers["location"] == api.tenant
    assert stranger.get("/tenants/current").headers["location"] == stranger.tenant
    assert stranger.get(api.tenant).error == (404, 404)


def test_a_login_finds_accounts_of_the_own_tenant(api: Api, stranger: Api, mine: Json):
    application, _ = stranger.application_with_directory()

    assert stranger.log_in(application, "ada").error == (400, 7104)
    assert stranger.log_in(mine["applications"], "ada").error == (404, 404)


def test_a_key_of_one_tenant_does_not_authenticate_for_another(api: Api, stranger: Api):
    mixed = Api(api.wsgi, api.base_url, api.tenant_id, api.key_id, stranger.secret)

    assert mixed.get("/applications").error == (401, 401)
