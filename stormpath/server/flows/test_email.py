"""Test e-mails: a preview, sent to the account for which it was composed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.outbox import NewEntry
from stormpath.server.domain.storage import Row
from stormpath.server.mail import rate_limits
from stormpath.server.mail.email import Email
from stormpath.server.schema import ids
from stormpath.server.schema.email_kinds import TEST

#: One that is not sent by then is of no use any more.
_HOUR_MS: Final = 60 * 60 * 1000


def send(context: RequestContext, account: Row, preview: Mapping[str, Any]) -> str:
    """Add a preview for an account, in the API's JSON, to the outbox; return the id of its entry.

    It counts as other e-mails do, with a budget of its own; ``ApiError`` (429) when it is one too many.
    """
    now = context.now_ms()
    id = ids.new_id(now)
    email = Email(
        from_name=preview["fromName"] or "",
        from_address=preview["fromEmailAddress"] or "",
        to=account["email"],
        subject=preview["subject"],
        reply_to=preview["replyTo"],
        text=preview["textBody"],
        html=preview["htmlBody"],
    )
    entry = NewEntry(
        id=id,
        kind=TEST,
        directory_id=account["directory_id"],
        account_id=account["id"],
        address=email.to,
        content=email.sealed(context.secrets, id),
        created_at=now,
        expires_at=now + _HOUR_MS,
    )
    with context.write() as unit:
        unit.lock("account", account["id"])
        if refusal := rate_limits.refusal(context, unit, account, TEST):
            raise refusal
        unit.outbox.add(entry)
        rate_limits.count(context, unit, account, TEST, id)
    return id
