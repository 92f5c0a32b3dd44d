"""A directory's groups are listed by name: an index has that order, on the first page and on a later one."""

from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from service.calls import Api, Json, id_of
from stormpath.server.app import Service
from stormpath.server.schema import ids

GROUPS = 2000
INDEX = "uq_groups_name"

pytestmark = pytest.mark.both_databases


@pytest.fixture
def directory(service: Service, api: Api) -> Json:
    directory = api.directory()
    group = api.group(directory, "g")
    table = service.database.tables.of["group"]
    with service.database.transaction() as connection:
        row = dict(connection.execute(sa.select(table).where(table.c.id == id_of(group))).mappings().one())
        names = [f"g{number * 7919 % GROUPS:05}" for number in range(GROUPS)]
        rows = [row | {"id": ids.new_id(), "name": each, "name_key": each} for each in names]
        connection.execute(table.insert(), rows)
    if service.database.dialect == "postgresql":
        with service.database.connect() as connection:
            connection.exec_driver_sql("ANALYZE groups")
    return directory


def plans(service: Service, api: Api, href: str, query: Json) -> list[str]:
    """Return the plans of the statements that read the rows of a list."""
    sent: list[tuple[str, Any]] = []

    def seen(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "sort_0" in statement:
            sent.append((statement, parameters))

    with listening(service.database.engine, seen):
        assert api.get(href, query).status == 200
    explain = "EXPLAIN" if service.database.dialect == "postgresql" else "EXPLAIN QUERY PLAN"
    with service.database.connect() as connection:
        return [
            "\n".join(
                str(tuple(row)) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters)
            )
            for statement, parameters in sent
        ]


@contextmanager
def listening(engine: sa.Engine, seen: Any) -> Any:
    sa.event.listen(engine, "before_cursor_execute", seen)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", seen)


def test_the_first_page_and_a_late_one_begin_in_the_index(service: Service, api: Api, directory: Json):
    href = directory["groups"]["href"]
    late = api.get(href, offset=GROUPS // 2, limit=10).ok["next"]["href"]

    first_plan, late_plan = (plans(service, api, each, {}) for each in (href, late))

    for (plan,) in (first_plan, late_plan):
        assert INDEX in plan
        assert "TEMP B-TREE" not in plan
        assert "Seq Scan" not in plan
        # PostgreSQL sorts equal names by their ids, of which there is one.
        assert "Sort" not in plan.replace("Incremental Sort", "").replace("Sort Key", "")


def test_no_group_is_repeated_or_left_out(api: Api, directory: Json):
    names = [each["name"] for each in api.every(directory["groups"]["href"], limit=100)]

    assert names == sorted(names)
    assert len(set(names)) == len(names) == GROUPS + 1
