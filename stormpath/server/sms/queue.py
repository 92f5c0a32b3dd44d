"""Adding text messages to the outbox, in the transaction of what causes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.outbox import SMS, NewEntry
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.jobs import rate_limits
from stormpath.server.jobs.rate_limits import Budget, Recipient
from stormpath.server.schema import ids
from stormpath.server.sms.message import Sms

#: The kind of the entries, as operators see it.
CHALLENGE: Final = "SMS_CHALLENGE"


@dataclass(frozen=True)
class SmsRequest:
    """The message with a challenge's code: to a phone of the account, ``number`` in E.164.

    One that is not sent by ``expires_at`` (milliseconds since 1970) is not sent at all.
    """

    account: Row = field(repr=False)
    number: str
    text: str = field(repr=False)
    challenge_id: str
    expires_at: int


def enqueue(context: RequestContext, unit: Unit, request: SmsRequest) -> None:
    """Add the message that is asked for to the outbox; refuse it (429) when it is one too many.

    Costs two statements, and one for each limit. Lock the account before, where the number must be exact.
    """
    budget = _budget(context)
    account = request.account
    recipient = Recipient(request.number, account["id"], account["directory_id"])
    if (refusal := rate_limits.refusal(context, unit, budget, recipient, CHALLENGE)) is not None:
        raise refusal
    now = context.now_ms()
    id = ids.new_id(now)
    entry = NewEntry(
        id=id,
        kind=CHALLENGE,
        directory_id=account["directory_id"],
        account_id=account["id"],
        address=request.number,
        content=Sms(request.number, request.text).sealed(context.secrets, id),
        created_at=now,
        expires_at=request.expires_at,
        channel=SMS,
        challenge_id=request.challenge_id,
    )
    unit.outbox.add(entry)
    rate_limits.count(context, unit, budget, recipient, id)


def _budget(context: RequestContext) -> Budget:
    # Without a reserve: each message costs money, and a number can be one that earns it.
    return Budget(
        "sms caps: challenge", context.sms_limits, SMS, "text messages", "number", has_reserve=False
    )
