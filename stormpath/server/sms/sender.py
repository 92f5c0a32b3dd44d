"""The sender of text messages: it sends those in the outbox, once, or again and again in a thread.

E-mails have senders, threads and pauses of their own: neither channel waits for the other.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from stormpath.server.domain.context import Secrets
from stormpath.server.domain.leases import Lease
from stormpath.server.domain.outbox import ALL_SMS, SMS, LeasedEntry, Outbox, Outcome
from stormpath.server.domain.storage import StorageError
from stormpath.server.jobs.backoff import Backoff
from stormpath.server.jobs.delivery import DeadLetterLog, Delivery, Report, Result
from stormpath.server.jobs.delivery_errors import DeliveryError
from stormpath.server.jobs.leases import LeaseWatch
from stormpath.server.jobs.retries import UntilExpiry
from stormpath.server.jobs.threads import BackgroundWorker
from stormpath.server.logs.loggers import get_logger
from stormpath.server.sms.gateway import Gateway
from stormpath.server.sms.message import opened

_log = get_logger(__name__)

#: How often a sender looks for what other processes wrote or left behind, in seconds.
POLL: Final = 5.0

#: How long a gateway that fails is left alone, in seconds: at first, and at most. A code is of use for
#: minutes.
PAUSES: Final = (1.0, 15.0)

#: When a message is tried again, in seconds: at first, and at most.
SCHEDULE: Final = UntilExpiry(5.0, 60.0)

#: How long sending one message may take, in seconds; by then, a stopping sender is not waited for.
TIMEOUT: Final = 10.0

#: After how long others may take a message from a sender that is gone, in seconds.
LEASE_SECONDS: Final = 50

#: After so many failures of the gateway in a row ``run`` gives up.
PATIENCE: Final = 3

#: For how many days entries are kept that were sent or given up.
KEPT_DAYS: Final = 30

_DAY_MS: Final = 24 * 60 * 60 * 1000
_PURGE_INTERVAL: Final = 3600.0
_TICK: Final = 0.1


class SmsSender(BackgroundWorker):
    """Sends the text messages of an outbox, one after the other. Any number of senders may share an outbox.

    ``start`` lets a thread do it until ``stop``; ``run`` does it once, here: an object is for one or the
    other. ``lease_seconds``, ``pauses``, ``poll`` and ``schedule`` are as the constants.
    """

    def __init__(
        self,
        outbox: Outbox,
        secrets: Secrets,
        gateway: Gateway,
        now_ms: Callable[[], int],
        *,
        lease_seconds: int = LEASE_SECONDS,
        pauses: tuple[float, float] = PAUSES,
        poll: float = POLL,
        schedule: UntilExpiry = SCHEDULE,
    ) -> None:
        self._outbox = outbox
        self._now_ms = now_ms
        self._gateway = gateway
        self._lease_seconds = lease_seconds
        transport, dead_letters = _SmsTransport(secrets, gateway), DeadLetterLog("Text message")
        self._delivery = Delivery(outbox, transport, TIMEOUT, now_ms, lease_seconds, dead_letters, schedule)
        on_release = "Text message %s is tried again: its sender is gone."
        self._watch = LeaseWatch(_SmsLeases(outbox), time.monotonic, on_release)
        self._backoff = Backoff(
            *pauses, failing="Text messages cannot be sent", recovered="Text messages are being sent again."
        )
        self._poll = poll
        self._watched_at = -math.inf
        self._purged_at = -math.inf
        # Last: from here on a fork renews it.
        super().__init__("stormpath-sms-sender")

    def __repr__(self) -> str:
        return f"<SmsSender to {self._gateway!r}>"

    def run(self) -> Report:
        """Send everything that is due, until nothing is; return what became of it.

        Messages that other senders have leased are left to them. A gateway that fails three times in a row is
        not tried again. Raises ``StorageError``.
        """
        counted: Counter[Outcome] = Counter()
        while self._backoff.in_a_row < PATIENCE:
            if self._backoff.seconds_left:
                time.sleep(min(_TICK, self._backoff.seconds_left))
            elif (result := self._send_one(lambda: math.inf)) is not None:
                counted[result.outcome] += 1
            else:
                break
        self._purge()
        return Report(counted[Outcome.SENT], counted[Outcome.POSTPONED], counted[Outcome.DEAD])

    def _work(self) -> float:
        try:
            while time.monotonic() < self._stop_at:
                if self._backoff.seconds_left or self._send_one(lambda: self._stop_at) is None:
                    return self._idle()
                if time.monotonic() - self._watched_at >= self._poll:
                    self._check_leases()
        except StorageError as error:
            self._backoff.pause_after(f"{type(error).__name__}: {error}")
            return self._backoff.seconds_left
        except Exception as error:
            _log.exception("Sending text messages failed")
            return self._backoff.pause_after(type(error).__name__)
        return 0.0

    def _idle(self) -> float:
        left = self._check_leases()
        if time.monotonic() - self._purged_at >= _PURGE_INTERVAL:
            self._purged_at = time.monotonic()
            self._purge()
        return max(_TICK, min(self._poll, self._next_look(), *left.values()))

    def _next_look(self) -> float:
        """Return in how many seconds something may be due that is not now."""
        if self._backoff.seconds_left:
            return self._backoff.seconds_left
        now = self._now_ms()
        due = self._outbox.next_due(now, ALL_SMS)
        return math.inf if due is None else (due - now) / 1000

    def _send_one(self, give_up_at: Callable[[], float]) -> Result | None:
        result = self._delivery.send_next(give_up_at, ALL_SMS)
        if result is not None:
            self._backoff.pause_after(result.server_error)
        return result

    def _check_leases(self) -> dict[Lease, float]:
        self._watched_at = time.monotonic()
        return self._watch.check(self._now_ms())

    def _purge(self) -> None:
        self._outbox.purge(self._now_ms() - KEPT_DAYS * _DAY_MS)

    def _after_fork(self) -> None:
        super()._after_fork()
        self._watch.reset()


class _SmsTransport:
    """The transport of text messages (``jobs/delivery.py``): each is a request of its own."""

    def __init__(self, secrets: Secrets, gateway: Gateway) -> None:
        self._secrets = secrets
        self._gateway = gateway

    def deliver(self, entry: LeasedEntry, deadline: float) -> None:
        """Hand a message to the gateway; raise `DeliveryError` without what it says."""
        try:
            sms = opened(self._secrets, entry.content, entry.id)
        except ValueError:
            raise DeliveryError("its content was stored under another secret key") from None
        self._gateway.send(sms)

    def close(self) -> None:
        """Do nothing: nothing stays open."""

    abandon = cut = close


class _SmsLeases:
    """The leases on text messages, of all senders."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self.release = outbox.release

    def leases(self) -> list[Lease]:
        """Return the leases there are, a batch of them if there are very many."""
        return self._outbox.leases(SMS)
