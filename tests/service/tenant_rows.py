"""All rows of a tenant in the database, so that a test can show that none of them changed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import sqlalchemy as sa

from stormpath.server.app import Service
from support.migrated import is_text_index

#: Tables whose rows belong to no tenant.
NOBODYS = {"nonces", "service_state", "alembic_version"}

#: What rows have in which column if they mean nothing.
DECOYS = {
    "outbox": ("state", "DECOY"),
    "workflow_tokens": ("purpose", "decoy"),
    "mailings": ("created_at", 0),
    "idempotency_keys": ("resource", "decoy"),
}

#: The ids of what was deleted, without any data: they stay when everything else is gone.
REMEMBERED = "deletions"

#: What is stored a moment after a request, and of requests that are refused, too.
STORED_LATER = {"security_events", "daily_counts"}

Rows = frozenset[tuple[str, str]]


def dump(service: Service, tenant_id: str, *, with_decoys: bool = False) -> Rows:
    """Return each row of the tenant as (table, text), read from the tables there are, declared or not.

    What is remembered of deleted resources is left out, and so are security events; ``rows_of`` has them.
    """
    return frozenset(
        (table, repr(tuple(row.items())))
        for table, rows in rows_of(service, tenant_id).items()
        for row in rows
        if table not in {REMEMBERED, *STORED_LATER} and (with_decoys or not is_decoy(table, row))
    )


def is_decoy(table: str, row: dict[str, Any]) -> bool:
    """Tell whether a row was written for its time alone, and is deleted with the next clean-up."""
    column, value = DECOYS.get(table, ("", None))
    return bool(column) and row[column] == value


def rows_of(service: Service, tenant_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of the tenant by the name of their table, as ``dump`` reads them."""
    service.store_events()
    engine = service.database.engine
    with engine.connect() as connection:
        return {
            table: [dict(row) for row in connection.execute(statement, {"tenant": tenant_id}).mappings()]
            for table, statement in _statements(engine).items()
        }


@cache
def _statements(engine: sa.Engine) -> dict[str, sa.Select[Any]]:
    """Return what reads a tenant's rows of each table."""
    tenant_id: sa.BindParameter[str] = sa.bindparam("tenant", type_=sa.Text())
    tables = [
        each
        for each in _reflected(engine).sorted_tables
        # The index of texts has no rows to read (tests/service/storage/test_text_index.py).
        if each.name not in NOBODYS and not is_text_index(each.name)
    ]
    # In an order of their own: a database that has looked at its statistics may choose another way to them.
    return {
        each.name: sa.select(each).where(_is_of(each, tenant_id)).order_by(*each.primary_key or each.c)
        for each in tables
    }


@cache
def _reflected(engine: sa.Engine) -> sa.MetaData:
    tables = sa.MetaData()
    tables.reflect(engine)
    return tables


def columns(service: Service, table: str) -> dict[str, type]:
    """Return the Python type of each column of a table; empty where there is no such table."""
    found = _reflected(service.database.engine).tables.get(table)
    return {} if found is None else {each.name: each.type.python_type for each in found.c}


def _is_of(table: sa.Table, tenant_id: sa.BindParameter[str]) -> sa.ColumnElement[bool]:
    """Return the condition that picks a tenant's rows: by its id, or by a row that they refer to."""
    if table.name == "tenants":
        return table.c.id == tenant_id
    if "tenant_id" in table.c:
        return table.c.tenant_id == tenant_id
    owners = [_refers(column, tenant_id) for column in table.c if column.foreign_keys]
    owners = owners or [_counts(table, tenant_id)]
    return sa.or_(*owners)


def _refers(column: sa.Column[str], tenant_id: sa.BindParameter[str]) -> sa.ColumnElement[bool]:
    (key,) = column.foreign_keys
    owner = key.column.table
    return column.in_(sa.select(key.column).where(_is_of(owner, tenant_id)))


def _counts(table: sa.Table, tenant_id: sa.BindParameter[str]) -> sa.ColumnElement[bool]:
    """Return the condition for a table that names owners of any kind, without saying where they are."""
    assert "owner_id" in table.c, f"say in tests/service/tenant_rows.py whose the rows of {table.name} are"
    tables: Iterable[sa.Table] = table.metadata.tables.values()
    owned = [each for each in tables if "tenant_id" in each.c and "id" in each.c]
    return sa.or_(
        table.c.owner_id == tenant_id,
        *(table.c.owner_id.in_(sa.select(each.c.id).where(_is_of(each, tenant_id))) for each in owned),
    )
