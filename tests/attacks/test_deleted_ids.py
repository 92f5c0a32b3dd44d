"""What is remembered of deleted resources: their ids, two days long, and no more rows than were deleted."""

import pytest
import sqlalchemy as sa

from service.calls import Api, id_of
from service.tenant_rows import rows_of
from stormpath.server.app import Service, now_ms
from stormpath.server.domain.deletions import REMEMBERED_MS
from stormpath.server.schema import ids
from stormpath.server.storage.deletions import FORGOTTEN_AT_ONCE
from support.statements import statements

DAY_MS = 24 * 60 * 60 * 1000

pytestmark = pytest.mark.both_databases


def store(service: Service, tenant_id: str, number: int, age_ms: int) -> None:
    """Store that many deletions, so old."""
    table = service.database.tables.deletions
    row = {"tenant_id": tenant_id, "resource": "account", "deleted_at": now_ms() - age_ms}
    with service.database.transaction() as connection:
        rows = [row | {"id": each, "deleted_with": each} for each in (ids.new_id() for _ in range(number))]
        connection.execute(table.insert(), rows)


def number_of(service: Service, tenant_id: str) -> int:
    table = service.database.tables.deletions
    with service.database.connect() as connection:
        counted = sa.select(sa.func.count()).where(table.c.tenant_id == tenant_id)
        return int(connection.execute(counted).scalar_one())


def test_nothing_but_ids_is_kept(service: Service, api: Api):
    account = api.account(api.directory("Somewhere"), "ada", customData={"secret": "x"})
    api.api_key(account)
    api.delete(account["href"])

    rows = rows_of(service, api.tenant_id)["deletions"]

    assert {each["resource"] for each in rows} == {"account", "apiKey"}
    assert {each["deleted_with"] for each in rows} == {id_of(account)}
    assert set(rows[0]) == {"tenant_id", "id", "resource", "deleted_with", "deleted_at"}


def test_a_deletion_is_remembered_for_a_day_at_least(service: Service, api: Api):
    group = api.group(api.directory())
    assert REMEMBERED_MS >= DAY_MS
    store(service, api.tenant_id, 3, DAY_MS + 1000)

    api.delete(group["href"])

    assert number_of(service, api.tenant_id) == 4


def test_each_deletion_forgets_more_than_it_adds_and_not_without_bound(service: Service, api: Api):
    directory = api.directory()
    groups = [api.group(directory, f"g{number}") for number in range(3)]
    old = 2 * FORGOTTEN_AT_ONCE + 50
    store(service, "another-tenant", old, REMEMBERED_MS + DAY_MS)
    store(service, "another-tenant", 5, DAY_MS)

    left = []
    for each in groups:
        with statements(service) as sent:
            assert api.delete(each["href"]).status == 204
        left.append(number_of(service, "another-tenant"))

    assert left == [old + 5 - FORGOTTEN_AT_ONCE, 55, 5]
    assert len(sent) < 25


def test_repeated_deletions_add_nothing(service: Service, api: Api):
    group = api.group(api.directory())
    api.delete(group["href"])

    for _ in range(5):
        assert api.delete(group["href"]).status == 204
        assert api.delete(f"/groups/{ids.new_id()}").error == (404, 404)

    assert number_of(service, api.tenant_id) == 1


def test_the_id_of_another_tenant_costs_the_statements_of_one_that_never_was(
    service: Service, api: Api, stranger: Api
):
    theirs, deleted = (stranger.group(stranger.directory(name)) for name in ("A", "B"))
    stranger.delete(deleted["href"])
    asked = []
    for href in (f"/groups/{ids.new_id()}", theirs["href"], deleted["href"]):
        with statements(service) as sent:
            answer = api.delete(href)
        assert answer.error == (404, 404)
        assert answer["developerMessage"] == "The requested resource does not exist."
        asked.append([each for each in sent if "api_keys" not in str(each)])

    assert asked[0] == asked[1] == asked[2]
    assert len(asked[0]) == 2
