"""Senders: they send the e-mails in the outbox, once, or again and again in a thread."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from stormpath.server.domain.context import Secrets
from stormpath.server.domain.leases import Lease
from stormpath.server.domain.outbox import Outbox, Outcome
from stormpath.server.domain.storage import StorageError
from stormpath.server.jobs.backoff import Backoff
from stormpath.server.jobs.delivery import DeadLetterLog, Delivery, Report, Result
from stormpath.server.jobs.leases import LeaseWatch
from stormpath.server.jobs.threads import BackgroundWorker
from stormpath.server.logs.loggers import get_logger
from stormpath.server.mail.mail_server import DEFAULT_TIMEOUT, MailServer
from stormpath.server.mail.smtp_connection import Connection
from stormpath.server.mail.smtp_transport import MailConnection, SmtpTransport
from stormpath.server.mail.tenant_connection import TenantConnection
from stormpath.server.mail.tenant_senders import TenantSenders
from stormpath.server.outbound.allowed_targets import PUBLIC, AllowedTargets

_log = get_logger(__name__)

#: How often a sender looks for what other processes wrote or left behind, in seconds.
POLL: Final = 5.0

#: How long a server that fails is left alone, in seconds: at first, and at most.
PAUSES: Final = (1.0, 60.0)

#: After so many failures of the server in a row ``run`` gives up.
PATIENCE: Final = 3

#: For how many days entries are kept that were sent or given up.
KEPT_DAYS: Final = 30

_DAY_MS: Final = 24 * 60 * 60 * 1000
_PURGE_INTERVAL: Final = 3600.0
_TICK: Final = 0.1


class Sender(BackgroundWorker):
    """Sends the e-mails of an outbox. Any number of senders may share an outbox.

    Those of tenants with a mail server of their own go there, several tenants' at a time; the others go
    through the service-wide one, ``smtp``, one after the other. Without that they are left.

    ``start`` lets a thread do it until ``stop``; ``run`` does it once, here: an object is for one or the
    other. What is left when a sender stops is not lost. ``lease_seconds`` is after how long others may take
    an e-mail from a sender that is gone: by default well above what sending one can take. ``pauses`` and
    ``poll`` are as `PAUSES` and `POLL`; ``tenants_timeout`` is how long sending one through a tenant's server
    may take in all, in seconds; ``tenants_targets`` is where such a server may be. Raises ``ValueError`` when
    the file of trusted certificates cannot be used.
    """

    def __init__(
        self,
        outbox: Outbox,
        secrets: Secrets,
        smtp: MailServer | None,
        now_ms: Callable[[], int],
        *,
        lease_seconds: int | None = None,
        pauses: tuple[float, float] = PAUSES,
        poll: float = POLL,
        tenants_timeout: float = DEFAULT_TIMEOUT,
        tenants_targets: AllowedTargets = PUBLIC,
    ) -> None:
        self._outbox = outbox
        self._smtp = smtp
        self._now_ms = now_ms
        longest = DEFAULT_TIMEOUT if smtp is None else max(DEFAULT_TIMEOUT, smtp.timeout)
        self._lease_seconds = math.ceil(3 * longest) + 20 if lease_seconds is None else lease_seconds
        self._secrets = secrets
        self._dead_letters = DeadLetterLog("E-mail")
        self._tenants_timeout = tenants_timeout
        self._tenants_targets = tenants_targets
        self._delivery = None if smtp is None else self._delivery_over(Connection(smtp), smtp.timeout)
        self._tenant_senders = TenantSenders(
            outbox, self._delivery_for, pauses, self._until_stop, self._end_rest, falls_back=smtp is not None
        )
        self._watch = LeaseWatch(
            outbox, time.monotonic, on_release="E-mail %s is tried again: its sender is gone."
        )
        self._backoff = Backoff(
            *pauses, failing="E-mails cannot be sent", recovered="E-mails are being sent again."
        )
        self._poll = poll
        self._patience = math.inf
        self._watched_at = -math.inf
        self._sent_at = -math.inf
        self._purged_at = -math.inf
        # Last: from here on a fork renews it.
        super().__init__("stormpath-sender")

    def __repr__(self) -> str:
        return f"<Sender to {self._smtp or 'the mail servers of tenants'}>"

    def run(self) -> Report:
        """Send everything that is due, until nothing is; return what became of it.

        E-mails that other senders have leased when nothing else is left are waited for: until they are sent,
        or due again and sent here, at most as long as their leases are good for. A server that fails three
        times in a row is not tried again. Raises ``StorageError``.
        """
        counted: Counter[Outcome] = Counter()
        others: set[Lease] | None = None
        self._patience = self._tenant_senders.patience = PATIENCE
        try:
            while True:
                is_going_on = self._tenant_senders.begin(self._now_ms())
                result = self._send_one(self._leases_end())
                if result is not None:
                    counted[result.outcome] += 1
                elif is_going_on or self._is_resting:
                    self._rest(_TICK)
                elif self._backoff.in_a_row >= PATIENCE:
                    break
                else:
                    left = self._check_leases()
                    others = set(left) if others is None else others & set(left)
                    if not others:
                        break
                    time.sleep(min(_TICK, *left.values()))
            self._outbox.purge(self._now_ms() - KEPT_DAYS * _DAY_MS)
        finally:
            self._stop_at = time.monotonic()
            self._tenant_senders.stop(self._stop_at)
            self._close()
        counted += self._tenant_senders.counted
        return Report(counted[Outcome.SENT], counted[Outcome.POSTPONED], counted[Outcome.DEAD])

    @property
    def _is_resting(self) -> bool:
        return self._backoff.seconds_left > 0 and self._backoff.in_a_row < self._patience

    def _work(self) -> float:
        try:
            while time.monotonic() < self._stop_at:
                self._tenant_senders.begin(self._now_ms())
                if self._send_one(self._until_stop) is None:
                    return self._idle()
                self._sent_at = time.monotonic()
                if time.monotonic() - self._watched_at >= self._poll:
                    self._check_leases()
        except StorageError as error:
            self._backoff.pause_after(f"{type(error).__name__}: {error}")
            return self._backoff.seconds_left
        except Exception as error:
            _log.exception("Sending e-mails failed")
            self._backoff.pause_after(type(error).__name__)
        return 0.0

    def _idle(self) -> float:
        left = self._check_leases()
        if time.monotonic() - self._sent_at >= self._poll:
            self._close()
        if time.monotonic() - self._purged_at >= _PURGE_INTERVAL:
            self._purged_at = time.monotonic()
            self._outbox.purge(self._now_ms() - KEPT_DAYS * _DAY_MS)
        return max(_TICK, min(self._poll, self._next_look(), *left.values()))

    def _next_look(self) -> float:
        """Return in how many seconds something may be due that is not now."""
        now = self._now_ms()
        for_tenants = self._tenant_senders.next_look(now)
        if self._delivery is None:
            # The database answers again; no other server has failed.
            self._backoff.end()
            return for_tenants
        if self._backoff.seconds_left:
            return min(for_tenants, self._backoff.seconds_left)
        due = self._outbox.next_due(now, self._tenant_senders.service_wide_filter())
        return for_tenants if due is None else min(for_tenants, (due - now) / 1000)

    def _send_one(self, give_up_at: Callable[[], float]) -> Result | None:
        """Send an e-mail through the service-wide server, unless there is none or it is left alone."""
        if self._delivery is None or self._backoff.seconds_left or self._backoff.in_a_row >= self._patience:
            return None
        result = self._delivery.send_next(give_up_at, self._tenant_senders.service_wide_filter())
        if result is not None:
            self._backoff.pause_after(result.server_error)
        return result

    def _check_leases(self) -> dict[Lease, float]:
        self._watched_at = time.monotonic()
        return self._watch.check(self._now_ms())

    def _is_busy(self) -> bool:
        return self._tenant_senders.is_busy

    def _is_in_own_thread(self) -> bool:
        return self._tenant_senders.has_current_thread

    def _interrupt(self, *, is_late: bool) -> None:
        if is_late and self._delivery is not None:
            self._delivery.transport.cut()
        self._tenant_senders.stop(self._stop_at)

    def _close(self) -> None:
        if self._delivery is not None:
            self._delivery.transport.close()

    def _leases_end(self) -> Callable[[], float]:
        end = time.monotonic() + self._lease_seconds
        return lambda: end

    def _until_stop(self) -> float:
        return self._stop_at

    def _delivery_for(self, tenant_id: str) -> Delivery:
        connection = TenantConnection(
            self._outbox, self._secrets, tenant_id, self._tenants_timeout, self._tenants_targets
        )
        return self._delivery_over(connection, self._tenants_timeout)

    def _delivery_over(self, connection: MailConnection, timeout: float) -> Delivery:
        return Delivery(
            self._outbox,
            SmtpTransport(self._secrets, connection),
            timeout,
            self._now_ms,
            self._lease_seconds,
            self._dead_letters,
        )

    def _after_fork(self) -> None:
        super()._after_fork()
        if self._delivery is not None:
            self._delivery.transport.abandon()
        self._tenant_senders.after_fork()
        self._watch.reset()
