"""The upgrade of a database with what the rules of its time allowed: its people log in and are found."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from service.calls import Api
from service.old_databases import fill, rows_at
from stormpath.server.app import Service, open_service


@pytest.fixture
def upgraded(database_url: str) -> Iterator[Service]:
    fill(database_url, "0011")
    with closing(open_service(database_url)) as service:
        yield service


@pytest.fixture
def api(upgraded: Service) -> Api:
    """The caller who had an API key before the upgrade."""
    return Api(upgraded, upgraded.base_url, upgraded.tenant_id, *rows_at("0011")["api_key"])


def test_every_account_is_as_it_was(api: Api):
    names = {each["username"] for each in api.get(f"{api.tenant}/accounts", limit="100").items}

    assert names == {each["username"] for each in rows_at("0011")["tables"]["accounts"]}
