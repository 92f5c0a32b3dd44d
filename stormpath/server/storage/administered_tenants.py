"""The tenants in which an address is that of an administrator: those of all tenants are searched."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from stormpath.server.domain.administrators import MOST_TENANTS, AdministeredTenant
from stormpath.server.schema import ENABLED
from stormpath.server.schema.query import fold
from stormpath.server.storage import logins
from stormpath.server.storage.database import Database
from stormpath.server.storage.tables import Tables

#: The folded name of the application that stands for the service itself: it cannot be renamed, and is found
#: by an index in each tenant.
_OWN_APPLICATION: Final = fold("Stormpath")


def administered_tenants(database: Database, email: str) -> list[AdministeredTenant]:
    """Return the tenants whose own application lets an account with that e-mail in, by their keys.

    One statement, whose cost grows with the number of tenants, and not with that of accounts.
    """
    with database.connect() as connection:
        return [AdministeredTenant(*each) for each in connection.execute(statement(database.tables, email))]


def statement(tables: Tables, email: str) -> sa.Select[Any]:
    """Return that statement."""
    tenants, applications = tables.of["tenant"], tables.of["application"]
    # Looked up for each tenant: SQLite would rather read all applications of all of them.
    own = (
        sa.select(applications.c.id)
        .where(
            applications.c.tenant_id == tenants.c.id,
            applications.c.name_key == _OWN_APPLICATION,
            applications.c.protected,
        )
        .correlate(tenants)
        .scalar_subquery()
    )
    tenant_id = tables.of["account"].c.tenant_id.label("tenant_id")
    key = fold(email.strip())
    ways = [
        accounts.add_columns(tenant_id).where(name == key)
        for accounts, name in logins.by_email(tables, sa.select(own).select_from(tenants))
    ]
    every = sa.union_all(*ways).subquery("every")
    statuses = (every.c.directory_status, every.c.group_status, every.c.organization_status)
    return (
        sa.select(every.c.tenant_id, tenants.c.key, sa.func.min(every.c.account_id))
        .join_from(every, tenants, tenants.c.id == every.c.tenant_id)
        .where(every.c.account_status == ENABLED)
        .where(*(sa.func.coalesce(each, ENABLED) == ENABLED for each in statuses))
        .group_by(every.c.tenant_id, tenants.c.key)
        .order_by(tenants.c.key)
        .limit(MOST_TENANTS)
    )
