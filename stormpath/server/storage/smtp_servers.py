"""The mail servers of tenants, for those who send the e-mails of all tenants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from stormpath.server.domain.storage import Row
from stormpath.server.schema import ENABLED

if TYPE_CHECKING:
    from stormpath.server.storage.database import Database


def smtp_server_of(database: Database, tenant_id: str) -> Row | None:
    """Return a tenant's mail server, ``ENABLED`` or not, or ``None``. Its ``password`` is sealed."""
    with database.read(tenant_id) as unit:
        return unit.find("smtpServer", tenant_id=tenant_id)


def is_any_enabled(database: Database) -> bool:
    """Tell whether any tenant has a mail server that is ``ENABLED``."""
    table = database.tables.of["smtpServer"]
    statement = sa.select(table.c.id).where(table.c.status == ENABLED).limit(1)
    with database.read("") as unit:
        return unit.connection.execute(statement).first() is not None
