"""Text messages in the outbox of a service, added as a rule adds them, and senders of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from stormpath.server.app import Service, now_ms
from stormpath.server.domain.context import NO_LIMITS
from stormpath.server.domain.outbound import Fetch
from stormpath.server.jobs.retries import UntilExpiry
from stormpath.server.schema import ids
from stormpath.server.sms import queue
from stormpath.server.sms.gateway import Gateway, HttpEndpoint, HttpGateway
from stormpath.server.sms.gateway_client import gateway_fetch
from stormpath.server.sms.queue import SmsRequest
from stormpath.server.sms.sender import SmsSender
from stormpath.server.storage.outbox import Outbox

NUMBER = "+14155552671"
TEXT = "Your verification code is 481516"
SENDER = "+15005550006"
TWILIO = "To=${to}&From=${from}&Body=${text}"

#: How long an answer is waited for, in seconds: the second where it is waited for in vain.
BOUND = 10.0
SHORT_BOUND = 0.3

MINUTES_MS = 5 * 60 * 1000


def put_sms(
    service: Service,
    count: int = 1,
    *,
    number: str = NUMBER,
    text: str = TEXT,
    expires_at: int | None = None,
    challenge_id: str | None = None,
    clock: Callable[[], int] = now_ms,
    tenant_id: str | None = None,
) -> list[str]:
    """Add text messages to the owner of a tenant to the outbox, together; return the ids of their entries.

    There is no limit. They expire in five minutes, unless it is said when. The tenant is the service's own,
    unless one is named.
    """
    tenant_id = tenant_id or service.tenant_id
    context = replace(service._context(tenant_id, service._box), sms_limits=NO_LIMITS)
    before = {each.id for each in service.outbox.entries(limit=10_000)}
    with service.database.write(tenant_id) as unit:
        tenant = unit.get("tenant", tenant_id)
        assert tenant is not None
        account = unit.get("account", tenant["owner_account_id"])
        assert account is not None
        for _ in range(count):
            until = clock() + MINUTES_MS if expires_at is None else expires_at
            request = SmsRequest(account, number, text, challenge_id or ids.new_id(), until)
            queue.enqueue(context, unit, request)
    return sorted({each.id for each in service.outbox.entries(limit=10_000)} - before)


def gateway_at(
    origin: str, *, timeout: float = BOUND, fetch: Fetch | None = None, **settings: Any
) -> HttpGateway:
    """Return the gateway at that address, with Twilio's form, unless a setting is another."""
    values = {"url": f"{origin}/messages", "header": None, "body": TWILIO, "sender": SENDER, **settings}
    return HttpGateway(HttpEndpoint.parse(**values), fetch or gateway_fetch(seconds=timeout))


def sms_sender(service: Service, gateway: Gateway | str, **options: Any) -> SmsSender:
    """Return a sender through a gateway, or the one at an address, that pauses shortly.

    ``clock`` and ``outbox`` may be others than the service's.
    """
    outbox: Outbox = options.pop("outbox", service.outbox)
    clock: Callable[[], int] = options.pop("clock", now_ms)
    if isinstance(gateway, str):
        gateway = gateway_at(gateway, timeout=options.pop("timeout", BOUND))
    quick: dict[str, Any] = {
        "lease_seconds": 1,
        "pauses": (0.01, 0.05),
        "poll": 0.2,
        "schedule": UntilExpiry(5.0, 60.0),
    }
    return SmsSender(outbox, service._box, gateway, clock, **{**quick, **options})
