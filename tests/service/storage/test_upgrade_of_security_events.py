"""The upgrade of a database from before security events were stored."""

from collections.abc import Iterator
from contextlib import closing

import pytest
import sqlalchemy as sa

from service.calls import Api
from service.database_access import connected, count, upgrade
from service.old_databases import fill, rows_at
from stormpath.server.app import Service, now_ms, open_service
from stormpath.server.domain.security_events import DAY_MS, KEPT_DAYS, day_of

pytestmark = pytest.mark.both_databases


def move_accounts(url: str, *days_ago: int) -> dict[int, int]:
    """Let the accounts be created so many days ago, the rest long ago; return how many were on which day."""
    today = day_of(now_ms())
    with connected(url) as connection:
        connection.execute(sa.text("UPDATE accounts SET created_at = 0"))
        ids = connection.execute(sa.text("SELECT id FROM accounts ORDER BY id")).scalars().all()
        for id, days in zip(ids, days_ago, strict=False):
            given = {"id": id, "at": (today - days) * DAY_MS + 1}
            connection.execute(sa.text("UPDATE accounts SET created_at = :at WHERE id = :id"), given)
    return {today - days: days_ago.count(days) for days in days_ago}


@pytest.fixture
def upgraded(database_url: str) -> Iterator[Service]:
    fill(database_url, "0011")
    move_accounts(database_url, 3, 3, 0, KEPT_DAYS + 1)
    with closing(open_service(database_url)) as service:
        yield service


def test_registrations_of_the_last_400_days_are_counted(upgraded: Service, database_url: str):
    today = day_of(now_ms())

    found = upgraded.security_events.daily(upgraded.tenant_id, 0)

    assert found == [(today - 3, "registrations", 2), (today, "registrations", 1)]
    assert count(database_url, "security_events") == count(database_url, "admin_actions") == 0


def test_events_are_stored_and_counted_from_then_on(upgraded: Service):
    api = Api(upgraded, upgraded.base_url, upgraded.tenant_id, *rows_at("0011")["api_key"])
    application, directory = api.application_with_directory("After the upgrade")
    api.account(directory, "new-ada")

    assert api.log_in(application, "new-ada").status == 200

    event, *_ = upgraded.security_events.events(upgraded.tenant_id)
    assert event.event == "authn_login_success"
    today = upgraded.security_events.daily(upgraded.tenant_id, day_of(now_ms()))
    assert [each[1:] for each in today] == [("logins_succeeded", 1), ("registrations", 2)]


def test_an_upgrade_that_is_repeated_counts_once(database_url: str):
    fill(database_url, "0011")
    days = move_accounts(database_url, 2, 2, 1)
    for _ in range(2):
        with connected(database_url) as connection:
            upgrade(connection, "0020")

    with connected(database_url) as connection:
        found = connection.execute(sa.text("SELECT day, count FROM daily_counts ORDER BY day"))
        assert [(int(day), int(number)) for day, number in found] == sorted(days.items())
