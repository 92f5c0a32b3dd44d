"""Threads that send through the mail servers of tenants: one for each, so that none waits for others."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from stormpath.server.domain.outbox import SERVICE, TENANTS, Outbox, OutboxFilter, Outcome
from stormpath.server.domain.storage import StorageError
from stormpath.server.jobs.backoff import Backoff
from stormpath.server.jobs.delivery import Delivery, Result
from stormpath.server.jobs.threads import INTERRUPTED
from stormpath.server.logs.loggers import get_logger

_log = get_logger(__name__)

#: A process sends to so many servers of tenants at a time; to half as many that failed the last time.
MAX_THREADS: Final = 8

#: An e-mail is tried so often through its tenant's server, before it goes through the service-wide one.
FALLBACK_AFTER: Final = 3

_LOG_INTERVAL: Final = 3600.0


class _TenantThread:
    """A thread that sends the e-mails of one tenant, and its connection."""

    def __init__(self, delivery: Delivery, thread: threading.Thread) -> None:
        self.delivery = delivery
        self.thread = thread


class TenantSenders:
    """Starts threads for tenants whose e-mails are due. Each ends when none is, or its server fails.

    ``delivery_for`` returns the delivery to a tenant's server. ``falls_back`` says that there is a
    service-wide server for what a tenant's does not take. A server that fails ``patience`` times in a row is
    not tried again. ``give_up_at`` returns, by the monotonic clock, when to stop. ``on_end`` is called when a
    thread ends. ``counted`` is how many e-mails had each outcome.
    """

    def __init__(
        self,
        outbox: Outbox,
        delivery_for: Callable[[str], Delivery],
        pauses: tuple[float, float],
        give_up_at: Callable[[], float],
        on_end: Callable[[], None],
        *,
        falls_back: bool,
    ) -> None:
        self._outbox = outbox
        self._delivery_for = delivery_for
        self._pauses = pauses
        self._give_up_at = give_up_at
        self._on_end = on_end
        self._fallback_after = FALLBACK_AFTER if falls_back else None
        self._running: dict[str, _TenantThread] = {}
        self._backoffs: dict[str, Backoff] = {}
        self._logged_at: dict[str, float] = {}
        # The garbage collector may stop the sender in the midst of anything, from any thread.
        self._lock = threading.RLock()
        self.patience = math.inf
        self.counted: Counter[Outcome] = Counter()

    def begin(self, now_ms: int) -> bool:
        """Start what can be started, which costs a look at the database; tell whether to look again soon."""
        with self._lock:
            is_going_on = bool(self._running) or any(self._rests(each) for each in self._backoffs.values())
            failing = self._failing()
        # A server that hung may hang again. They come last, so that others do not find all threads taken.
        for tenant_id in self._due(now_ms, failing, MAX_THREADS - len(self._running)):
            self._start(tenant_id)
            is_going_on = True
        for tenant_id in self._due(now_ms, set(), self._room_for(failing)) if failing else ():
            if tenant_id in failing:
                self._start(tenant_id)
                is_going_on = True
        return is_going_on

    @property
    def is_busy(self) -> bool:
        """Whether there are threads at work."""
        return bool(self._running)

    @property
    def has_current_thread(self) -> bool:
        """Whether the caller is in one of the threads."""
        with self._lock:
            return any(each.thread is threading.current_thread() for each in self._running.values())

    def next_look(self, now_ms: int) -> float:
        """Return in how many seconds there may be something to start, unless a thread ends before."""
        with self._lock:
            rests = [each.seconds_left for each in self._backoffs.values() if self._rests(each)]
            failing = self._failing()
        # Where there is no room, the end of a thread is what is waited for.
        filter = self._startable(set() if self._room_for(failing) else failing)
        due = self._outbox.next_due(now_ms, filter) if len(self._running) < MAX_THREADS else None
        return min([math.inf if due is None else (due - now_ms) / 1000, *rests])

    def service_wide_filter(self) -> OutboxFilter:
        """Return the filter of the e-mails that go through the service-wide server at the moment."""
        with self._lock:
            fell_back = {
                id
                for id, each in self._backoffs.items()
                if self._is_left_alone(each) and (each.is_lasting or each.in_a_row >= self.patience)
            }
        return OutboxFilter(SERVICE, self._fallback_after, fell_back=frozenset(fell_back))

    def stop(self, until: float) -> None:
        """Wait for the threads until then, by the monotonic clock, and break what is still going on."""
        with self._lock:
            running = [
                each for each in self._running.values() if each.thread is not threading.current_thread()
            ]
        _join(running, until)
        with self._lock:
            late = list(self._running.values())
        for each in late:
            each.delivery.transport.cut()
        _join(running, max(until, time.monotonic()) + INTERRUPTED)

    def after_fork(self) -> None:
        """Drop the threads, which a forked child does not have."""
        self._lock = threading.RLock()
        for each in self._running.values():
            each.delivery.transport.abandon()
        self._running = {}

    def _is_left_alone(self, backoff: Backoff) -> bool:
        return backoff.seconds_left > 0 or backoff.in_a_row >= self.patience

    def _rests(self, backoff: Backoff) -> bool:
        return backoff.seconds_left > 0 and backoff.in_a_row < self.patience

    def _failing(self) -> set[str]:
        return {id for id, each in self._backoffs.items() if each.in_a_row}

    def _room_for(self, failing: set[str]) -> int:
        """Return how many more threads there may be for servers that failed the last time."""
        with self._lock:
            free = MAX_THREADS - len(self._running)
            return max(0, min(free, MAX_THREADS // 2 - len(failing & set(self._running))))

    def _startable(self, but: set[str]) -> OutboxFilter:
        """Return the filter of the e-mails for which a thread may be started, without those tenants' own."""
        with self._lock:
            left = {id for id, each in self._backoffs.items() if each.in_a_row and self._is_left_alone(each)}
            return OutboxFilter(TENANTS, self._fallback_after, but=frozenset(left | but | set(self._running)))

    def _due(self, now_ms: int, but: set[str], room: int) -> list[str]:
        return self._outbox.tenants_due(now_ms, self._startable(but), room) if room > 0 else []

    def _start(self, tenant_id: str) -> None:
        delivery = self._delivery_for(tenant_id)
        thread = threading.Thread(
            target=self._serve, args=[tenant_id, delivery], name="stormpath-tenant-sender", daemon=True
        )
        with self._lock:
            self._running[tenant_id] = _TenantThread(delivery, thread)
            if tenant_id not in self._backoffs:
                self._backoffs[tenant_id] = self._new_backoff(tenant_id)
        try:
            thread.start()
        except RuntimeError:
            # There are too many already, or the interpreter is about to end: better late than not at all.
            self._serve(tenant_id, delivery)

    def _new_backoff(self, tenant_id: str) -> Backoff:
        whose = f"E-mails of the tenant {tenant_id}"
        return Backoff(
            *self._pauses, failing=f"{whose} cannot be sent", recovered=f"{whose} are being sent again."
        )

    def _serve(self, tenant_id: str, delivery: Delivery) -> None:
        backoff = self._backoffs[tenant_id]
        try:
            while self._send_one(tenant_id, delivery, backoff):
                pass
            delivery.transport.close()
        finally:
            with self._lock:
                del self._running[tenant_id]
                if not backoff.in_a_row:
                    del self._backoffs[tenant_id]
            self._on_end()

    def _send_one(self, tenant_id: str, delivery: Delivery, backoff: Backoff) -> bool:
        """Send an e-mail of a tenant; tell whether to go on with the next one."""
        if time.monotonic() >= self._give_up_at():
            return False
        try:
            filter = OutboxFilter(TENANTS, self._fallback_after, tenant_id=tenant_id)
            result = delivery.send_next(self._give_up_at, filter)
        except Exception as error:
            self._pause_without_blame(error, backoff)
            return False
        if result is None:
            return False
        with self._lock:
            self.counted[result.outcome] += 1
        pause = backoff.pause_after(result.server_error)
        self._log_fallback(tenant_id, result, backoff)
        return not pause

    def _pause_without_blame(self, error: Exception, backoff: Backoff) -> None:
        """Wait before the next attempt. It was not the mail server, so nothing falls back for it."""
        if isinstance(error, StorageError):
            text = f"{type(error).__name__}: {error}"
        else:
            _log.error("Sending e-mails failed", exc_info=error)
            text = type(error).__name__
        backoff.pause_after(text)
        backoff.is_lasting = False

    def _log_fallback(self, tenant_id: str, result: Result, backoff: Backoff) -> None:
        if self._fallback_after is None or result.outcome is not Outcome.POSTPONED:
            return
        if result.attempts < self._fallback_after and not backoff.is_lasting:
            return
        # Not for each e-mail: there may be thousands.
        if time.monotonic() - self._logged_at.get(tenant_id, -math.inf) >= _LOG_INTERVAL:
            self._logged_at[tenant_id] = time.monotonic()
            _log.warning(
                "E-mails of the tenant %s go through the service-wide mail server: its own keeps failing.",
                tenant_id,
            )


def _join(running: list[_TenantThread], until: float) -> None:
    for each in running:
        if each.thread.is_alive():
            each.thread.join(max(0.0, until - time.monotonic()))
