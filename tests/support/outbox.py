"""The e-mails in the outbox of a service, opened."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import sqlalchemy as sa

from stormpath.server.app import Service
from stormpath.server.domain.outbox import DECOY
from stormpath.server.mail.email import Email, opened


@dataclass(frozen=True)
class StoredEmail:
    """An entry of the outbox and its e-mail, which is gone once it is sent."""

    kind: str
    address: str
    state: str
    email: Email | None = field(repr=False)
    account_id: str
    id: str

    @property
    def body(self) -> str:
        """The subject and the bodies."""
        assert self.email is not None, f"the content of {self} is gone"
        return "\n".join(filter(None, (self.email.subject, self.email.text, self.email.html)))

    @property
    def token(self) -> str:
        """The token of the one link in it."""
        found = set(re.findall(r"sptoken=([\w.-]+)", self.body))
        assert len(found) == 1, f"{len(found)} tokens in {self}"
        return str(found.pop())


def emails(service: Service, tenant_id: str | None = None) -> list[StoredEmail]:
    """Return the e-mails in the outbox, of one tenant if that is named, in the order they were added."""
    table = service.database.tables.outbox
    statement = sa.select(table).where(table.c.state != DECOY).order_by(table.c.id)
    if tenant_id is not None:
        statement = statement.where(table.c.tenant_id == tenant_id)
    with service.database.engine.connect() as connection:
        return [_read(service, row) for row in connection.execute(statement).mappings()]


def kinds(service: Service, tenant_id: str | None = None) -> list[str]:
    """Return the kinds of the e-mails in the outbox, in order."""
    return [each.kind for each in emails(service, tenant_id)]


def _read(service: Service, row: sa.RowMapping) -> StoredEmail:
    email = None
    if row["content"] is not None:
        email = opened(service._box, row["content"], row["id"])
    return StoredEmail(row["kind"], row["address"], row["state"], email, row["account_id"], row["id"])
