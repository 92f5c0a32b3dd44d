"""Messages in the outbox of a service, put there as a rule puts them, and senders of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from stormpath.server.app import Service, now_ms
from stormpath.server.domain.storage import (
    OutboxEntry,
    QueuedEmail,
)
from stormpath.server.mail.email import Email
from stormpath.server.mail.mail_server import MailServer
from stormpath.server.mail.sender import Sender
from stormpath.server.schema import ids
from stormpath.server.storage.outbox import Outbox

#: How long a test's sender takes over one message at most, in seconds. In vain it waits only for the second.
BOUND = 10.0
SHORT_BOUND = 0.3
#: How long its claim is good for.
CLAIM_SECONDS = 1

RECIPIENT = "leia@example.com"


def empty_outbox(service: Service) -> None:
    """Forget all messages, whatever became of them."""
    with service.database.transaction() as connection:
        connection.execute(service.database.tables.outbox.delete())


def put(
    service: Service,
    count: int = 1,
    *,
    expires_at: int | None = None,
    tenant_id: str | None = None,
    **values: str,
) -> list[str]:
    """Put messages to the owner of a tenant into the outbox, together; return their ids.

    The tenant is the service's own, unless another is named.
    """
    tenant_id = tenant_id or service.tenant_id
    with service.database.write(tenant_id) as unit:
        tenant = unit.get("tenant", tenant_id)
        assert tenant is not None
        account = unit.get("account", tenant["owner_account_id"])
        assert account is not None
        return [_add(service, unit, account, expires_at, values) for _ in range(count)]


def _add(
    service: Service, unit: Any, account: dict[str, Any], expires_at: int | None, values: dict[str, str]
) -> str:
    id = ids.new_id()
    first = {"subject": "Welcome", "text": f"Click https://example.com/?sptoken={ids.new_token()}"}
    content = Email("Alliance", "no-reply@example.com", **{"to": RECIPIENT, **first, **values})
    sealed = content.sealed(service._box, id)
    unit.add_message(
        QueuedEmail(
            id, "WELCOME", account["directory_id"], account["id"], content.to, sealed, now_ms(), expires_at
        )
    )
    return id


def sender(service: Service, url: str | None, **options: Any) -> Sender:
    """Return a sender that gives up early, through that server or those of tenants alone.

    ``clock`` and ``outbox`` may be others than the service's.
    """
    outbox: Outbox = options.pop("outbox", service.outbox)
    clock: Callable[[], int] = options.pop("clock", now_ms)
    timeout: float = options.pop("timeout", BOUND)
    smtp = MailServer.parse(f"{url}{'&' if '?' in url else '?'}timeout={timeout}") if url else None
    quick: dict[str, Any] = {
        "claim_seconds": CLAIM_SECONDS,
        "pauses": (0.01, 0.05),
        "poll": 0.5,
        "tenants_timeout": timeout,
    }
    return Sender(outbox, service._box, smtp, clock, **{**quick, **options})


def entry(service: Service, id: str) -> OutboxEntry:
    """Return a message as operators see it; it must be there."""
    found = service.outbox.entry(id)
    assert found is not None
    return found


def eventually(is_so: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)
