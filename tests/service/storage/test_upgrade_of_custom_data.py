"""The upgrade of a database whose custom data was searched by other rules: it is found by the new ones."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from service.calls import Api
from service.old_databases import fill, rows_at
from stormpath.server.app import open_service

pytestmark = pytest.mark.both_databases


@pytest.fixture
def api(database_url: str) -> Iterator[Api]:
    fill(database_url, "0011")
    with closing(open_service(database_url)) as upgraded:
        yield Api(upgraded, upgraded.base_url, upgraded.tenant_id, *rows_at("0011")["api_key"])


def documents_of(api: Api, **query: object) -> list[int]:
    """Return which of the stored documents are those of the accounts found, in their order."""
    owners = [each["owner_id"] for each in rows_at("0011")["tables"]["accounts_custom_data"]]
    items = api.get(f"{api.tenant}/accounts", query, limit=100).items
    ids = [each["href"].rpartition("/")[2] for each in items]
    return [owners.index(each) for each in ids if each in owners]


def test_custom_data_of_before_is_found_and_ordered_by_the_rules_of_now(api: Api):
    documents = [each["document"] for each in rows_at("0011")["tables"]["accounts_custom_data"]]
    assert documents == [
        '{"discord":1234567890123456789,"points":9,"city":"ΟΔΥΣΣΕΑΣ"}',
        '{"discord":1234567890123456768,"points":10.5,"city":"ΣΥΡΟΣ"}',
        '{"points":-100,"discord":12345678901234567890123}',
    ]

    for key, value, found in (
        ("city", "οδυς*", [0]),
        ("city", "συρος", [1]),
        ("discord", "1234567890123456789", [0]),
        ("discord", "1234567890123456768", [1]),
        ("discord", "12345678901234567890123", [2]),
        ("discord", "12345678901234567890124", []),
        ("points", "[9,10.50]", [0, 1]),
    ):
        assert documents_of(api, **{f"customData.{key}": value}) == found, value
    assert documents_of(api, orderBy="customData.points") == [2, 0, 1]
    assert documents_of(api, orderBy="customData.discord desc") == [2, 0, 1]
