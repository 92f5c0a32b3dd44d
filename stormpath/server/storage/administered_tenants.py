"""The tenants in which an address is that of an administrator: those of all tenants are searched."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from stormpath.server.domain.administrators import MOST_TENANTS, AdministeredTenant
from stormpath.server.schema import ENABLED
from stormpath.server.schema.query import fold
from stormpath.server.storage import logins
from stormpath.server.storage.database import Database

#: The folded name of the application that stands for the service itself: it cannot be renamed, and is found
#: by an index in each tenant.
_OWN_APPLICATION: Final = fold("Stormpath")


def administered_tenants(database: Database, email: str) -> list[AdministeredTenant]:
    """Return the tenants whose own application lets an account with that e-mail in, by their keys.

    One statement, whose cost grows with the number of tenants, and not with that of accounts.
    """
    tables = database.tables
    tenants, applications = tables.of["tenant"], tables.of["application"]
    is_own = sa.and_(
        applications.c.tenant_id == tenants.c.id,
        applications.c.name_key == _OWN_APPLICATION,
        applications.c.protected,
    )
    ways = []
    for accounts, name in logins.by_email(tables, applications.c.id):
        found = accounts.add_columns(tenants.c.id.label("tenant_id"), tenants.c.key).where(is_own)
        ways.append(found.where(name == fold(email.strip())))
    every = sa.union_all(*ways).subquery("every")
    statuses = (every.c.directory_status, every.c.group_status, every.c.organization_status)
    statement = (
        sa.select(every.c.tenant_id, every.c.key, sa.func.min(every.c.account_id))
        .where(every.c.account_status == ENABLED)
        .where(*(sa.func.coalesce(each, ENABLED) == ENABLED for each in statuses))
        .group_by(every.c.tenant_id, every.c.key)
        .order_by(every.c.key)
        .limit(MOST_TENANTS)
    )
    with database.connect() as connection:
        return [AdministeredTenant(*each) for each in connection.execute(statement)]
