"""The e-mails in the outbox, as their readers see them."""

from __future__ import annotations

import re

import sqlalchemy as sa

from stormpath.server.app import Service
from stormpath.server.mail.email import Email, opened


def emails_to(service: Service, address: str) -> list[Email]:
    """Return the e-mails to an address that wait, the oldest first."""
    table = service.database.tables.outbox
    wanted = sa.select(table.c.id, table.c.content).where(
        table.c.address == address, table.c.state == "PENDING"
    )
    with service.database.connect() as connection:
        found = connection.execute(wanted.order_by(table.c.id)).all()
    return [opened(service._box, content, id) for id, content in found]


def text_in(email: Email) -> str:
    """Return the plain text of an e-mail, which all of these have."""
    assert email.text is not None
    return email.text


def link_in(email: Email) -> str:
    """Return the first link of an e-mail, without the origin."""
    text = text_in(email)
    found = re.search(r"http://localhost:8080(/\S+)", text)
    assert found, text
    return found[1]
