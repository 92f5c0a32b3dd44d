"""Adding text messages to the outbox, in the transaction of what causes them."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from stormpath.server.domain.context import RequestContext
from stormpath.server.domain.outbox import NewEntry
from stormpath.server.domain.storage import Row, Unit
from stormpath.server.schema import ids


@dataclass(frozen=True)
class SmsRequest:
    """A text message to the phone of an account. One that is not sent by ``expires_at`` is not sent."""

    account: Row = field(repr=False)
    number: str
    text: str = field(repr=False)
    challenge_id: str
    expires_at: int


def enqueue(context: RequestContext, unit: Unit, request: SmsRequest) -> None:
    """Add a text message to the outbox, sealed: the code in it is a secret."""
    now = context.now_ms()
    id = ids.new_id(now)
    content = msgspec.json.encode({"to": request.number, "text": request.text}).decode()
    unit.outbox.add(
        NewEntry(
            id=id,
            kind="sms",
            directory_id=request.account["directory_id"],
            account_id=request.account["id"],
            address=request.number,
            content=context.secrets.seal(content, f"{id}/content"),
            created_at=now,
            expires_at=request.expires_at,
        )
    )
