"""Test mails: an e-mail as it was typed, to the administrator's own address, through the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stormpath.server.console.request import ConsoleRequest
from stormpath.server.console.texts import gettext
from stormpath.server.domain.outbox import DEAD, PENDING, SENT, OutboxEntry
from stormpath.server.rest.hrefs import is_id
from stormpath.server.schema.email_kinds import TEST
from stormpath.server.schema.errors import not_found

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TestMail:
    """What became of a test: a sentence, what the mail server answered, and whether more will happen."""

    __test__ = False

    id: str
    address: str
    state: str
    text: str
    answer: str
    is_waiting: bool


def send(request: ConsoleRequest, template: Json, draft: Json) -> TestMail:
    """Send a draft; the API composes it for the administrator's own account. Raises ``ApiError``."""
    account = request.administrator
    href = f"{request.api.base_url}/accounts/{account['id']}"
    email = request.api.post(f"{template['href']}/preview", {**draft, "account": {"href": href}})
    id = request.console.services["test_mail"](request.current.context, account, email)
    return find(request, id)


def find(request: ConsoleRequest, id: str) -> TestMail:
    """Return a test that this administrator sent; raises 404 for any other message."""
    entry = None
    if is_id(id):
        with request.current.context.read() as unit:
            entry = unit.tenant_messages.entry(id)
    if entry is None or (entry.kind, entry.account_id) != (TEST, request.administrator["id"]):
        raise not_found()
    return TestMail(
        entry.id,
        entry.address,
        entry.state,
        _text(request, entry),
        entry.last_error or "",
        is_waiting=entry.state == PENDING,
    )


def _text(request: ConsoleRequest, entry: OutboxEntry) -> str:
    if entry.state == SENT:
        return gettext("The mail server has accepted it.")
    if entry.state == DEAD:
        return gettext("The mail server has refused it, and it is not tried again.")
    if not request.console.services["has_mail_server"]():
        return gettext("It waits in the outbox: there is no mail server yet. Create one under Mail Servers.")
    if entry.attempts:
        return gettext("It was tried %(number)s times, and waits for the next time.", number=entry.attempts)
    return gettext("It waits in the outbox, to be sent at once.")
