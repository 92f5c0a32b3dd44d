"""The upgrade of a database from before second factors: its accounts have none, and may get some."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from service.calls import Api
from service.database_access import connected, count, upgrade
from service.factor_calls import authenticator, challenge, recovery_codes, sms_factor, totp
from service.old_databases import fill, rows_at
from stormpath.server.app import open_service

TABLES = ("phones", "factors", "challenges", "recovery_codes")


@pytest.fixture
def upgraded(database_url: str) -> Iterator[Api]:
    """The caller of a service on a database that an older version has left."""
    fill(database_url, "0013")
    with closing(open_service(database_url)) as service:
        yield Api(service, service.base_url, service.tenant_id, *rows_at("0013")["api_key"])


def test_older_accounts_get_factors(upgraded: Api, database_url: str):
    (application,) = upgraded.get("/applications", name="Shop").items
    (ada,) = upgraded.get(application["accounts"]["href"], username="ada").items
    for kind in ("factors", "phones"):
        assert upgraded.get(ada[kind]["href"]).items == []

    app, _ = authenticator(upgraded, ada), sms_factor(upgraded, ada)
    assert challenge(upgraded, app, code=totp(app["secret"])).made["status"] == "SUCCESS"
    recovery_codes(upgraded, ada)

    assert [count(database_url, each) for each in TABLES] == [1, 3, 1, 10]


def test_an_upgrade_that_is_repeated_changes_nothing(database_url: str):
    fill(database_url, "0013")
    for _ in range(2):
        with connected(database_url) as connection:
            upgrade(connection, "0017")

    assert [count(database_url, each) for each in TABLES] == [0, 0, 0, 0]
