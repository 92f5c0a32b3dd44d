"""Writing e-mails into the outbox, in the transaction of what causes them."""

from __future__ import annotations

from typing import Final

from stormpath.server import ids
from stormpath.server.contract import Message, Unit
from stormpath.server.refusals import not_found
from stormpath.server.work import Work
from stormpath.server.workflows import caps
from stormpath.server.workflows.templates import Occasion, compose

_WEEK_MS: Final = 7 * 24 * 60 * 60 * 1000


def enqueue(
    work: Work, unit: Unit, occasion: Occasion, *, expires_at: int | None = None, capped: bool = True
) -> None:
    """Put the e-mail of an occasion into the outbox; refuse it when it is one too many.

    Only e-mails that strangers can cause are ``capped``: those that tell of a spent token are as few as
    tokens. What is not sent by ``expires_at``, or within a week, is not sent at all: where there is no mail
    server for long, the first one must not get what nobody waits for any more.
    """
    account = occasion.account
    template = unit.find("emailTemplate", directory_id=account["directory_id"], kind=occasion.kind)
    if template is None:
        # They go with their directory, which has just been deleted.
        raise not_found()
    if capped:
        caps.check(work, unit, account)
    content = compose(work, unit, template, occasion)
    now = work.now_ms()
    id = ids.new_id(now)
    unit.add_message(
        Message(
            id=id,
            kind=occasion.kind,
            directory_id=account["directory_id"],
            account_id=account["id"],
            address=content.to,
            content=content.sealed(work.secrets, id),
            created_at=now,
            expires_at=now + _WEEK_MS if expires_at is None else expires_at,
        )
    )
    caps.count(work, unit, account, id)
