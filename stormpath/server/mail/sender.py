"""Sending what lies in the outbox: once, or again and again in a thread."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stormpath import forks
from stormpath.server.domain.context import Secrets
from stormpath.server.domain.storage import (
    Lease,
    StorageError,
)
from stormpath.server.jobs.leases import Watch
from stormpath.server.mail.backoff import Backoff
from stormpath.server.mail.delivery import (
    DeadLetters,
    Delivery,
    MailConnection,
    Outcome,
    Result,
)
from stormpath.server.mail.mail_server import (
    DEFAULT_TIMEOUT,
    MailServer,
)
from stormpath.server.mail.smtp_connection import Connection
from stormpath.server.mail.tenant_connection import TenantConnection
from stormpath.server.mail.tenant_senders import TenantSenders
from stormpath.server.storage.outbox import Outbox

_log = logging.getLogger(__name__)

#: How often a sender looks for what other processes wrote or left behind, in seconds.
POLL: Final = 5.0

#: How long a server that is in trouble is left alone, in seconds: at first, and at most.
PAUSES: Final = (1.0, 60.0)

#: After so many troubles of the server in a row ``run`` gives up.
PATIENCE: Final = 3

#: For how many days messages are kept that were sent or given up.
KEPT_DAYS: Final = 30

_DAY_MS: Final = 24 * 60 * 60 * 1000
_PURGE_INTERVAL: Final = 3600.0
_TICK: Final = 0.1
_CUT: Final = 2.0


@dataclass(frozen=True, slots=True)
class Report:
    """How many messages were sent, postponed because of some trouble, and given up."""

    sent: int = 0
    postponed: int = 0
    dead: int = 0


class Sender:
    """Sends messages of an outbox. Any number of senders may share an outbox.

    Messages of tenants with a mail server of their own go there, several tenants' at a time; the others go
    through the service-wide one, ``smtp``, one after the other. Without that they are left.

    ``start`` lets a thread do it until ``stop``; ``run`` does it once, here: an object is for one or the
    other. ``claim_seconds`` is after how long others may take a message from a sender that is gone: by
    default well above what sending one can take. ``pauses`` and ``poll`` are as `PAUSES` and `POLL`;
    ``tenants_timeout`` is how long sending one through a tenant's server may take in all, in seconds.
    Raises ``ValueError`` when the file of trusted certificates cannot be used.
    """

    def __init__(
        self,
        outbox: Outbox,
        secrets: Secrets,
        smtp: MailServer | None,
        now_ms: Callable[[], int],
        *,
        claim_seconds: int | None = None,
        pauses: tuple[float, float] = PAUSES,
        poll: float = POLL,
        tenants_timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        self._outbox = outbox
        self._smtp = smtp
        self._now_ms = now_ms
        longest = DEFAULT_TIMEOUT if smtp is None else max(DEFAULT_TIMEOUT, smtp.timeout)
        self._claim_seconds = math.ceil(3 * longest) + 20 if claim_seconds is None else claim_seconds
        self._secrets = secrets
        self._dead_letters = DeadLetters()
        self._tenants_timeout = tenants_timeout
        self._courier = None if smtp is None else self._courier_on(Connection(smtp), smtp.timeout)
        self._lanes = TenantSenders(
            outbox, self._courier_for, pauses, self._until_stop, self._nudge, falls_back=smtp is not None
        )
        self._watch = Watch(outbox, time.monotonic)
        self._pauses = Backoff("E-mails", *pauses)
        self._poll = poll
        self._patience = math.inf
        self._looked_at = -math.inf
        self._sent_at = -math.inf
        self._purged_at = -math.inf
        self._is_started = False
        self._stop_at = math.inf
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._wakeup = threading.Event()
        forks.renew_in_child(self)

    def __repr__(self) -> str:
        return f"<Sender to {self._smtp or 'the mail servers of tenants'}>"

    def run(self) -> Report:
        """Send everything that is due, until nothing is; return what became of it.

        What other senders have in hand when nothing else is left is waited for: until it is sent, or due
        again and sent here, at most as long as their claims are good for. A server that is in trouble three
        times in a row is not tried again. Raises ``StorageError``.
        """
        counted: Counter[Outcome] = Counter()
        others: set[Lease] | None = None
        self._patience = self._lanes.patience = PATIENCE
        try:
            while True:
                is_going_on = self._lanes.begin(self._now_ms())
                result = self._send_one(self._claims_end())
                if result is not None:
                    counted[result.outcome] += 1
                elif is_going_on or self._is_resting:
                    self._rest(_TICK)
                elif self._pauses.in_a_row >= PATIENCE:
                    break
                else:
                    left = self._look()
                    others = set(left) if others is None else others & set(left)
                    if not others:
                        break
                    time.sleep(min(_TICK, *left.values()))
            self._outbox.purge(self._now_ms() - KEPT_DAYS * _DAY_MS)
        finally:
            self._stop_at = time.monotonic()
            self._lanes.stop(self._stop_at)
            self._close()
        counted += self._lanes.counted
        return Report(counted[Outcome.SENT], counted[Outcome.POSTPONED], counted[Outcome.DEAD])

    def start(self) -> None:
        """Begin to send, in a thread of this process. A forked child begins with its first `wake`."""
        self._stop_at = math.inf
        self._is_started = True
        self.wake()

    def wake(self) -> None:
        """Tell that there is a new message. Costs its caller no time."""
        self._wakeup.set()
        if self._thread is None:
            with self._lock:
                self._begin()

    def stop(self, grace: float = 10.0) -> None:
        """Send what is due and stop, after ``grace`` seconds at most. What is left then is not lost."""
        with self._lock:
            self._is_started = False
            thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stop_at = time.monotonic() + grace
        self._wakeup.set()
        if thread is threading.current_thread() or self._lanes.is_one_here:
            # The garbage collector, which closes what nobody uses any more, works in any thread.
            return
        thread.join(grace)
        if thread.is_alive() and self._courier is not None:
            self._courier.line.cut()
        self._lanes.stop(self._stop_at)
        thread.join(max(0.0, self._stop_at + _CUT - time.monotonic()))

    def _begin(self) -> None:
        if self._is_started and self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="stormpath-sender", daemon=True)
            self._thread.start()

    @property
    def _is_resting(self) -> bool:
        return self._pauses.seconds_left > 0 and self._pauses.in_a_row < self._patience

    def _serve(self) -> None:
        while True:
            is_last = self._stop_at < math.inf
            wait = self._round()
            if is_last and not (self._lanes.are_busy and time.monotonic() < self._stop_at):
                break
            self._rest(min(wait, max(0.0, self._stop_at - time.monotonic())))
        self._close()

    def _round(self) -> float:
        """Send what is due; return how long to wait then, in seconds."""
        try:
            while time.monotonic() < self._stop_at:
                self._lanes.begin(self._now_ms())
                if self._send_one(self._until_stop) is None:
                    return self._idle()
                self._sent_at = time.monotonic()
                if time.monotonic() - self._looked_at >= self._poll:
                    self._look()
        except StorageError as error:
            self._pauses.pause_after(Result(Outcome.POSTPONED, f"{type(error).__name__}: {error}"))
            return self._pauses.seconds_left
        except Exception as error:
            _log.exception("Sending e-mails failed")
            self._pauses.pause_after(Result(Outcome.POSTPONED, type(error).__name__))
        return 0.0

    def _idle(self) -> float:
        left = self._look()
        if time.monotonic() - self._sent_at >= self._poll:
            self._close()
        if time.monotonic() - self._purged_at >= _PURGE_INTERVAL:
            self._purged_at = time.monotonic()
            self._outbox.purge(self._now_ms() - KEPT_DAYS * _DAY_MS)
        return max(_TICK, min(self._poll, self._next_look(), *left.values()))

    def _next_look(self) -> float:
        """Return in how many seconds something may be due that is not now."""
        now = self._now_ms()
        for_tenants = self._lanes.next_look(now)
        if self._courier is None:
            # The database answers again; no other server is in trouble.
            self._pauses.end()
            return for_tenants
        if self._pauses.seconds_left:
            return min(for_tenants, self._pauses.seconds_left)
        due = self._outbox.next_due(now, self._lanes.others())
        return for_tenants if due is None else min(for_tenants, (due - now) / 1000)

    def _send_one(self, give_up_at: Callable[[], float]) -> Result | None:
        """Send a message through the service-wide server, unless there is none or it is left alone."""
        if self._courier is None or self._pauses.seconds_left or self._pauses.in_a_row >= self._patience:
            return None
        result = self._courier.send_next(give_up_at, self._lanes.others())
        if result is not None:
            self._pauses.pause_after(result)
        return result

    def _look(self) -> dict[Lease, float]:
        self._looked_at = time.monotonic()
        return self._watch.look(self._now_ms())

    def _rest(self, seconds: float) -> None:
        self._wakeup.wait(seconds)
        self._wakeup.clear()

    def _close(self) -> None:
        if self._courier is not None:
            self._courier.line.close()

    def _claims_end(self) -> Callable[[], float]:
        end = time.monotonic() + self._claim_seconds
        return lambda: end

    def _until_stop(self) -> float:
        return self._stop_at

    def _nudge(self) -> None:
        self._wakeup.set()

    def _courier_for(self, tenant_id: str) -> Delivery:
        line = TenantConnection(self._outbox, self._secrets, tenant_id, self._tenants_timeout)
        return self._courier_on(line, self._tenants_timeout)

    def _courier_on(self, line: MailConnection, timeout: float) -> Delivery:
        return Delivery(
            self._outbox, self._secrets, line, timeout, self._now_ms, self._claim_seconds, self._dead_letters
        )

    def _after_fork(self) -> None:
        self._thread = None
        self._lock = threading.Lock()
        self._wakeup = threading.Event()
        if self._courier is not None:
            self._courier.line.abandon()
        self._lanes.after_fork()
        self._watch.forget()
