"""The upgrade of a database from before deletions were remembered, and before fields could be searched."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from service.calls import Api
from service.database_access import connected, count, upgrade
from service.old_databases import fill, fill_and_upgrade, rows_at
from stormpath.server.app import Service, open_service

pytestmark = pytest.mark.both_databases


@pytest.fixture
def upgraded(database_url: str) -> Iterator[Service]:
    fill_and_upgrade(database_url, "0011")
    with closing(open_service(database_url)) as service:
        yield service


@pytest.fixture
def api(upgraded: Service) -> Api:
    """The caller who had an API key before the upgrade."""
    return Api(upgraded, upgraded.base_url, upgraded.tenant_id, *rows_at("0011")["api_key"])


def test_what_was_there_before_is_deleted_once_and_once_more(api: Api):
    groups = api.get("/groups").items
    (directory,) = {each["directory"]["href"] for each in groups}
    members = [each["href"] for each in api.get(f"{groups[0]['href']}/accounts").items]
    assert len(groups) == 2

    assert [api.delete(groups[1]["href"]).status for _ in range(2)] == [204, 204]
    assert [api.delete(directory).status for _ in range(2)] == [204, 204]

    for href in [each["href"] for each in groups] + members:
        assert api.delete(href).status == 204
        assert api.get(href).error == (404, 404)


def test_the_fields_of_every_schema_are_searched_by_name(api: Api):
    for directory in api.get("/directories").items:
        fields = f"{directory['accountSchema']['href']}/fields"
        assert [each["name"] for each in api.get(fields).items] == ["givenName", "surname"]
        assert [each["name"] for each in api.get(fields, name="GIVENNAME").items] == ["givenName"]
        assert [each["name"] for each in api.get(fields, name="*name", orderBy="name desc").items] == [
            "surname",
            "givenName",
        ]


def test_the_groups_of_a_directory_are_listed_by_name(api: Api):
    directory = api.get("/groups").items[0]["directory"]["href"]

    assert [each["name"] for each in api.get(f"{directory}/groups").items] == ["admins:all", "ΟΜΆΔΑΣ"]


def test_an_upgrade_that_is_repeated_changes_nothing(database_url: str):
    fill(database_url, "0011")
    with connected(database_url) as connection:
        upgrade(connection, "0012")
    with connected(database_url) as connection:
        upgrade(connection, "0012")

    assert count(database_url, "fields") == len(rows_at("0011")["tables"]["fields"])
    assert count(database_url, "deletions") == 0
