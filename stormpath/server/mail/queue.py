"""Writing e-mails into the outbox, in the transaction of what causes them."""

from __future__ import annotations

from typing import Final

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.storage import (
    QueuedEmail,
    Unit,
)
from stormpath.server.mail import rate_limits
from stormpath.server.mail.templates import (
    Occasion,
    compose,
)
from stormpath.server.schema import ids
from stormpath.server.schema.errors import not_found

_WEEK_MS: Final = 7 * 24 * 60 * 60 * 1000


def enqueue(
    context: RequestContext,
    unit: Unit,
    occasion: Occasion,
    *,
    expires_at: int | None = None,
    capped: bool = True,
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
        rate_limits.check(context, unit, account)
    content = compose(context, unit, template, occasion)
    now = context.now_ms()
    id = ids.new_id(now)
    unit.add_message(
        QueuedEmail(
            id=id,
            kind=occasion.kind,
            directory_id=account["directory_id"],
            account_id=account["id"],
            address=content.to,
            content=content.sealed(context.secrets, id),
            created_at=now,
            expires_at=now + _WEEK_MS if expires_at is None else expires_at,
        )
    )
    rate_limits.count(context, unit, account, id)
