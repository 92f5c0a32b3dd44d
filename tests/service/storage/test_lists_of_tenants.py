"""What the console lists of a whole tenant is read by an index, however much there is."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from service.calls import Api
from service.tenant_setup import new_tenant
from stormpath.server.app import Service


@pytest.fixture
def explained(sqlite_service: Service) -> Iterator[list[str]]:
    """The plans of the statements that are sent while the test runs."""
    plans: list[str] = []

    def explain(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.append(" / ".join(str(row[3]) for row in rows))

    engine = sqlite_service.database.engine
    sa.event.listen(engine, "before_cursor_execute", explain)
    yield plans
    sa.event.remove(engine, "before_cursor_execute", explain)


@pytest.fixture
def tenant(sqlite_service: Service) -> Api:
    return new_tenant(sqlite_service)


def test_accounts_are_found_by_their_status(tenant: Api, explained: list[str]):
    assert tenant.get(f"{tenant.tenant}/accounts", status="DISABLED").ok["size"] == 0

    of_accounts = [each for each in explained if each.startswith(("SEARCH accounts", "SCAN accounts"))]
    assert of_accounts
    assert all("ix_accounts_tenant_id_status" in each for each in of_accounts), of_accounts
    assert not any("TEMP B-TREE" in each for each in of_accounts), of_accounts


def test_the_newest_messages_are_found_without_the_others(
    sqlite_service: Service, tenant: Api, explained: list[str]
):
    with sqlite_service.database.read(tenant.tenant_id) as unit:
        unit.tenant_messages.entries(limit=10)

    assert any("ix_outbox_tenant_id" in each for each in explained), explained
    assert not any("TEMP B-TREE" in each for each in explained), explained
