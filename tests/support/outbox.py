"""Reading the outbox: which e-mails lie there, and what they say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import sqlalchemy as sa

from stormpath.server.app import Service
from stormpath.server.mail.email import (
    Email,
    opened,
)


@dataclass(frozen=True)
class StoredMessage:
    """An e-mail in the outbox. Once it is sent its content is gone."""

    kind: str
    address: str
    state: str
    content: Email | None = field(repr=False)
    account_id: str
    id: str

    @property
    def body(self) -> str:
        """All that it says: the subject and the bodies."""
        assert self.content is not None, f"the content of {self} is gone"
        return "\n".join(filter(None, (self.content.subject, self.content.text, self.content.html)))

    @property
    def token(self) -> str:
        """The token of the one link in it."""
        found = set(re.findall(r"sptoken=([\w.-]+)", self.body))
        assert len(found) == 1, f"{len(found)} tokens in {self}"
        return str(found.pop())


def messages(service: Service, tenant_id: str | None = None) -> list[StoredMessage]:
    """Return the e-mails in the outbox, of one tenant if that is named, in the order they were put there."""
    table = service.database.tables.outbox
    statement = sa.select(table).order_by(table.c.id)
    if tenant_id is not None:
        statement = statement.where(table.c.tenant_id == tenant_id)
    with service.database.engine.connect() as connection:
        return [_read(service, row) for row in connection.execute(statement).mappings()]


def kinds(service: Service, tenant_id: str | None = None) -> list[str]:
    """Return of which kinds the e-mails in the outbox are, in order."""
    return [each.kind for each in messages(service, tenant_id)]


def _read(service: Service, row: sa.RowMapping) -> StoredMessage:
    content = None
    if row["content"] is not None:
        content = opened(service._box, row["content"], row["id"])
    return StoredMessage(row["kind"], row["address"], row["state"], content, row["account_id"], row["id"])
