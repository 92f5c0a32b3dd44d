"""E-mails in the outbox of a service, added as a rule adds them, and senders of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from stormpath.server.app import Service, now_ms
from stormpath.server.domain.events import EmailQueued
from stormpath.server.domain.outbox import NewEntry, OutboxEntry
from stormpath.server.mail.email import Email
from stormpath.server.mail.mail_server import MailServer
from stormpath.server.mail.sender import Sender
from stormpath.server.outbound.allowed_targets import AllowedTargets
from stormpath.server.schema import ids
from stormpath.server.storage.outbox import Outbox

#: How long a test's sender takes over one e-mail at most, in seconds: the second where it waits in vain. The
#: first is long, since a busy machine may stand still for seconds.
BOUND = 60.0
SHORT_BOUND = 0.3
#: How long its lease is good for.
LEASE_SECONDS = 1

#: The servers of the tests are on this machine, at any port.
LOOPBACK = AllowedTargets.parse("127.0.0.0/8", "1-65535")

#: The same, as settings in the environment.
LOOPBACK_VARIABLES = {
    "STORMPATH_TENANT_MAIL_TARGETS": "127.0.0.0/8",
    "STORMPATH_TENANT_MAIL_PORTS": "1-65535",
}

RECIPIENT = "leia@example.com"


def empty_outbox(service: Service) -> None:
    """Delete all entries, in any state."""
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
    """Add e-mails to the owner of a tenant to the outbox, together; return their ids.

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
    email = Email("Alliance", "no-reply@example.com", **{"to": RECIPIENT, **first, **values})
    sealed = email.sealed(service._box, id)
    unit.outbox.add(
        NewEntry(
            id, "WELCOME", account["directory_id"], account["id"], email.to, sealed, now_ms(), expires_at
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
        "lease_seconds": LEASE_SECONDS,
        "pauses": (0.01, 0.05),
        "poll": 0.5,
        "tenants_timeout": timeout,
        "tenants_targets": LOOPBACK,
    }
    return Sender(outbox, service._box, smtp, clock, **{**quick, **options})


def entry(service: Service, id: str) -> OutboxEntry:
    """Return an entry as operators see it; it must be there."""
    found = service.outbox.entry(id)
    assert found is not None
    return found


def eventually(is_so: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def wake_on_email(service: Service, sender: Sender) -> Callable[[], None]:
    """Wake the sender for each e-mail that this process queues, until the returned function is called."""
    return service.events.after(EmailQueued, lambda _: sender.wake())
