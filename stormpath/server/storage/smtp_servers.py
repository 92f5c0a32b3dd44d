"""Which mail server a tenant has: for whoever sends the e-mails of all tenants."""

from __future__ import annotations

from stormpath.server.contract import Row
from stormpath.server.storage.database import Database


def smtp_server_of(database: Database, tenant_id: str) -> Row | None:
    """Return a tenant's mail server, ``ENABLED`` or not, or ``None``. Its ``password`` is sealed."""
    with database.read(tenant_id) as unit:
        return unit.find("smtpServer", tenant_id=tenant_id)
