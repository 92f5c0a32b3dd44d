"""The upgrade of a database without indexes for searches: what was stored before is in them."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa

from service.calls import Api
from service.old_databases import fill, rows_at
from service.storage.test_text_index import assert_nothing_is_left_over, noting_searches
from stormpath.server.app import Service, open_service
from stormpath.server.storage import custom_entries

pytestmark = pytest.mark.both_databases


@pytest.fixture(params=["0011", "0013"])
def revision(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def upgraded(database_url: str, revision: str) -> Iterator[Service]:
    fill(database_url, revision)
    with closing(open_service(database_url)) as service:
        yield service


@pytest.fixture
def api(upgraded: Service, revision: str) -> Api:
    return Api(upgraded, upgraded.base_url, upgraded.tenant_id, *rows_at(revision)["api_key"])


def test_what_was_stored_before_is_found_by_the_index(upgraded: Service, api: Api, revision: str):
    accounts = rows_at(revision)["tables"]["accounts"]
    assert len(accounts) >= 2

    with noting_searches() as kinds:
        for each in accounts:
            inside = each["email"][1:-1]
            found = api.get(f"{api.tenant}/accounts", email=f"*{inside}*", limit=100).items
            assert each["id"] in [item["href"].rpartition("/")[2] for item in found]
        assert api.get("/applications", q="ormpat").ok["size"] == 1
        api.delete(found[-1]["href"])
    assert kinds == {"account", "application"}
    assert_nothing_is_left_over(upgraded)


def test_custom_data_that_was_stored_before_is_in_its_index(upgraded: Service, revision: str):
    documents = rows_at(revision)["tables"].get("accounts_custom_data", [])
    values = upgraded.database.tables.custom_values["account"]

    with upgraded.database.connect() as connection:
        stored = connection.execute(sa.select(values.c.owner_id, values.c.path, values.c.value)).all()

    assert {tuple(each) for each in stored} == {
        (each["owner_id"], path, value)
        for each in documents
        for path, value in custom_entries.of_document(each["document"])
    }
    assert custom_entries.UNINDEXED not in {(path, value) for _, path, value in stored}
