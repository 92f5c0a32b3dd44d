"""The upgrade of a database from before wrong passwords were counted."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from service.calls import Api
from service.database_access import connected, count, upgrade
from service.guess_limits import REFUSED, WRONG, at, log_in, wrong
from service.old_databases import fill, rows_at
from stormpath.server.app import Service, open_service

pytestmark = pytest.mark.both_databases


@pytest.fixture
def upgraded(database_url: str) -> Iterator[Service]:
    fill(database_url, "0011")
    with closing(open_service(database_url)) as service:
        yield service


def test_logins_are_counted_from_then_on(upgraded: Service, database_url: str):
    api = Api(upgraded, upgraded.base_url, upgraded.tenant_id, *rows_at("0011")["api_key"])
    application, directory = api.application_with_directory("After the upgrade")
    api.account(directory, "new-ada")

    assert log_in(at(api, "192.0.2.1"), application, "new-ada") == 200
    assert wrong(api, application, 11, "new-ada") == [WRONG] * 10 + [REFUSED]
    assert log_in(at(api, "192.0.2.1"), application, "new-ada") == 200
    assert (count(database_url, "guesses") > 0, count(database_url, "known_addresses")) == (True, 1)


def test_an_upgrade_that_is_repeated_changes_nothing(database_url: str):
    fill(database_url, "0011")
    for _ in range(2):
        with connected(database_url) as connection:
            upgrade(connection, "0015")

    assert count(database_url, "guesses") == count(database_url, "known_addresses") == 0
