"""The search for the tenants of an administrator: over all tenants, without reading their accounts."""

import sqlalchemy as sa

from stormpath.server.app import Service
from stormpath.server.storage.administered_tenants import statement


def test_the_search_looks_accounts_up_by_their_directory_and_address(sqlite_service: Service):
    query = statement(sqlite_service.database.tables, "ann@example.com")
    text = str(query.compile(sqlite_service.database.engine, compile_kwargs={"literal_binds": True}))

    with sqlite_service.database.engine.connect() as connection:
        plan = [str(row[3]) for row in connection.execute(sa.text(f"EXPLAIN QUERY PLAN {text}"))]

    assert [each for each in plan if each.startswith("SEARCH accounts")]
    for each in plan:
        assert "SCAN" not in each or "tenants" in each or "every" in each, "\n".join(plan)
