"""The upgrade of a database of the first version, with its contents."""

from collections.abc import Iterator

import pytest

from service.calls import Answer, Api, Json, id_of
from service.old_databases import fill_and_upgrade, rows_at
from stormpath.server.app import Service, open_service

#: What the migrations do is tried on both databases; what works after them, by turns.
pytestmark = pytest.mark.either_database

STORED = rows_at("0001")

TENANTS_COLLECTIONS = ["applications", "directories", "groups", "accounts"]


@pytest.fixture
def upgraded(database_url: str) -> Iterator[Service]:
    fill_and_upgrade(database_url, "0001")
    service = open_service(database_url)
    yield service
    service.close()


@pytest.fixture
def api(upgraded: Service) -> Api:
    """The caller who had an API key before the upgrade, and uses it still."""
    return Api(upgraded, upgraded.base_url, upgraded.tenant_id, *STORED["api_key"])


def everything(api: Api) -> list[Json]:
    listed = [item for each in TENANTS_COLLECTIONS for item in api.every(f"{api.tenant}/{each}")]
    return [api.get(api.tenant).ok, *listed]


def test_no_resource_is_lost(api: Api):
    tables = STORED["tables"]

    found = {each: len(api.every(f"{api.tenant}/{each}")) for each in TENANTS_COLLECTIONS}

    assert found == {each: len(tables[each]) for each in TENANTS_COLLECTIONS}


@pytest.mark.both_databases
def test_attributes_and_custom_data_are_unchanged(api: Api):
    (ada,) = api.get("/accounts", {"username": "ada"}, expand="customData,groups").items
    (atlas,) = api.get("/applications", {"name": "Atlas"}, expand="customData").items

    assert (ada["fullName"], ada["status"]) == ("Ada King", "ENABLED")
    assert ada["customData"]["languages"] == ["en", "fr"]
    assert [each["name"] for each in ada["groups"]["items"]] == ["Readers"]
    assert atlas["customData"]["plan"] == "gold"
    assert atlas["authorizedCallbackUris"] == ["https://example.com/cb"]


def test_old_passwords_still_log_in(api: Api):
    (atlas,) = api.get("/applications", name="Atlas").items

    assert api.log_in(atlas, "ada", "Changeme1").status == 200
    assert api.log_in(atlas, "eve", "Changeme1").status == 200
    assert api.log_in(atlas, "bob", "Changeme1").error == (400, 7101)


def test_every_link_of_an_old_resource_leads_to_a_resource(api: Api):
    """Resources that a newer version creates along with another exist for old ones, too."""
    for resource in everything(api):
        for name, value in resource.items():
            if isinstance(value, dict) and "href" in value:
                assert_is_there(api.get(value["href"]), resource["href"], name)


def assert_is_there(answer: Answer, owner: str, name: str) -> None:
    # Endpoints take only POST, and some lists require a search.
    is_endpoint = answer.status == 405
    wants_a_parameter = answer.status == 400 and answer["code"] == 2101
    assert answer.status in (200, 302) or is_endpoint or wants_a_parameter, (owner, name, answer.raw)


def test_old_resources_can_be_changed_and_deleted(api: Api):
    for resource in everything(api):
        if resource.get("name") not in ("Stormpath", "Stormpath Administrators"):
            assert api.post(resource["href"], {}).status == 200

    (people,) = api.get("/directories", name="Partners").items
    assert api.delete(people["href"]).status == 204
    assert api.get(f"/directories/{id_of(people)}").error == (404, 404)
    assert api.get("/accounts", username="eve").items == []


def test_a_new_resource_is_no_different_from_an_upgraded_one(api: Api):
    (old,) = api.get("/directories", name="Partners").items
    (old_application,) = api.get("/applications", name="Atlas").items

    new, new_application = api.directory("Newcomers"), api.application("New")

    assert set(old) == set(new)
    assert set(old_application) == set(new_application)
