"""Sending through the mail servers of tenants: each in a thread of its own, so that none waits for others."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

from stormpath.server.domain.storage import (
    SERVICE,
    TENANTS,
    OutboxFilter,
    StorageError,
)
from stormpath.server.mail.backoff import Backoff
from stormpath.server.mail.delivery import (
    Delivery,
    Outcome,
    Result,
)
from stormpath.server.storage.outbox import Outbox

_log = logging.getLogger(__name__)

#: With so many servers of tenants a process talks at a time; with half as many that were in trouble before.
LANES: Final = 8

#: So often a message is tried through its tenant's server, before it goes through the service-wide one.
FALLBACK_AFTER: Final = 3

_TELL_INTERVAL: Final = 3600.0
_CUT: Final = 2.0


class _Lane:
    """A thread that serves one tenant, and how to break its connection."""

    def __init__(self, courier: Delivery, thread: threading.Thread) -> None:
        self.courier = courier
        self.thread = thread


class TenantSenders:
    """Starts threads for tenants whose messages are due. Each ends when nothing is, or its server fails.

    ``courier_of`` makes what talks to a tenant's server. ``falls_back`` says that there is a service-wide
    server for what a tenant's does not take. Who fails ``patience`` times in a row is not tried again.
    ``give_up_at`` tells, by the monotonic clock, when to stop. ``on_end`` is called when a thread ends.
    ``counted`` is what became of the messages.
    """

    def __init__(
        self,
        outbox: Outbox,
        courier_of: Callable[[str], Delivery],
        pauses: tuple[float, float],
        give_up_at: Callable[[], float],
        on_end: Callable[[], None],
        *,
        falls_back: bool,
    ) -> None:
        self._outbox = outbox
        self._courier_of = courier_of
        self._pauses = pauses
        self._give_up_at = give_up_at
        self._on_end = on_end
        self._fallback_after = FALLBACK_AFTER if falls_back else None
        self._busy: dict[str, _Lane] = {}
        self._troubled: dict[str, Backoff] = {}
        self._told_at: dict[str, float] = {}
        # The garbage collector may stop the sender in the midst of anything, from any thread.
        self._lock = threading.RLock()
        self.patience = math.inf
        self.counted: Counter[Outcome] = Counter()

    def begin(self, now_ms: int) -> bool:
        """Start what can be started, which costs a look at the database; tell whether to look again soon."""
        with self._lock:
            is_going_on = bool(self._busy) or any(self._rests(each) for each in self._troubled.values())
            troubled = self._in_trouble()
        # A server that hung may hang again. They come last, so that others do not find all threads taken.
        for tenant_id in self._due(now_ms, troubled, LANES - len(self._busy)):
            self._start(tenant_id)
            is_going_on = True
        for tenant_id in self._due(now_ms, set(), self._room_for(troubled)) if troubled else ():
            if tenant_id in troubled:
                self._start(tenant_id)
                is_going_on = True
        return is_going_on

    @property
    def are_busy(self) -> bool:
        """Whether there are threads at work."""
        return bool(self._busy)

    @property
    def is_one_here(self) -> bool:
        """Whether the caller is in one of the threads."""
        with self._lock:
            return any(each.thread is threading.current_thread() for each in self._busy.values())

    def next_look(self, now_ms: int) -> float:
        """Return in how many seconds there may be something to start, unless a thread ends before."""
        with self._lock:
            rests = [each.seconds_left for each in self._troubled.values() if self._rests(each)]
            troubled = self._in_trouble()
        # Where there is no room, the end of a thread is what is waited for.
        share = self._startable(set() if self._room_for(troubled) else troubled)
        due = self._outbox.next_due(now_ms, share) if len(self._busy) < LANES else None
        return min([math.inf if due is None else (due - now_ms) / 1000, *rests])

    def others(self) -> OutboxFilter:
        """Return the messages that go through the service-wide server at the moment."""
        with self._lock:
            fell_back = {
                id
                for id, each in self._troubled.items()
                if self._is_left(each) and (each.is_lasting or each.in_a_row >= self.patience)
            }
        return OutboxFilter(SERVICE, self._fallback_after, fell_back=frozenset(fell_back))

    def stop(self, until: float) -> None:
        """Wait for the threads until then, by the monotonic clock, and break what is still going on."""
        with self._lock:
            lanes = [each for each in self._busy.values() if each.thread is not threading.current_thread()]
        _join(lanes, until)
        with self._lock:
            still = list(self._busy.values())
        for each in still:
            each.courier.line.cut()
        _join(lanes, max(until, time.monotonic()) + _CUT)

    def after_fork(self) -> None:
        """Forget threads that are not there in a child."""
        self._lock = threading.RLock()
        for each in self._busy.values():
            each.courier.line.abandon()
        self._busy = {}

    def _is_left(self, pauses: Backoff) -> bool:
        return pauses.seconds_left > 0 or pauses.in_a_row >= self.patience

    def _rests(self, pauses: Backoff) -> bool:
        return pauses.seconds_left > 0 and pauses.in_a_row < self.patience

    def _in_trouble(self) -> set[str]:
        return {id for id, each in self._troubled.items() if each.in_a_row}

    def _room_for(self, troubled: set[str]) -> int:
        """Return how many more threads there may be for servers that were in trouble the last time."""
        with self._lock:
            return max(0, min(LANES - len(self._busy), LANES // 2 - len(troubled & set(self._busy))))

    def _startable(self, but: set[str]) -> OutboxFilter:
        """Return the messages for which a thread may be started, but for those of some tenants."""
        with self._lock:
            left = {id for id, each in self._troubled.items() if each.in_a_row and self._is_left(each)}
            return OutboxFilter(TENANTS, self._fallback_after, but=frozenset(left | but | set(self._busy)))

    def _due(self, now_ms: int, but: set[str], room: int) -> list[str]:
        return self._outbox.tenants_due(now_ms, self._startable(but), room) if room > 0 else []

    def _start(self, tenant_id: str) -> None:
        courier = self._courier_of(tenant_id)
        thread = threading.Thread(
            target=self._serve, args=[tenant_id, courier], name="stormpath-sender-lane", daemon=True
        )
        with self._lock:
            self._busy[tenant_id] = _Lane(courier, thread)
            self._troubled.setdefault(tenant_id, Backoff(f"E-mails of the tenant {tenant_id}", *self._pauses))
        try:
            thread.start()
        except RuntimeError:
            # There are too many already, or the interpreter is about to end: better late than not at all.
            self._serve(tenant_id, courier)

    def _serve(self, tenant_id: str, courier: Delivery) -> None:
        pauses = self._troubled[tenant_id]
        try:
            while self._send_one(tenant_id, courier, pauses):
                pass
            courier.line.close()
        finally:
            with self._lock:
                del self._busy[tenant_id]
                if not pauses.in_a_row:
                    del self._troubled[tenant_id]
            self._on_end()

    def _send_one(self, tenant_id: str, courier: Delivery, pauses: Backoff) -> bool:
        """Send a message of a tenant; tell whether to go on with the next one."""
        if time.monotonic() >= self._give_up_at():
            return False
        try:
            share = OutboxFilter(TENANTS, self._fallback_after, tenant_id=tenant_id)
            result = courier.send_next(self._give_up_at, share)
        except Exception as error:
            self._pause_without_blame(error, pauses)
            return False
        if result is None:
            return False
        with self._lock:
            self.counted[result.outcome] += 1
        pause = pauses.pause_after(result)
        self._tell_of_fallback(tenant_id, result, pauses)
        return not pause

    def _pause_without_blame(self, error: Exception, pauses: Backoff) -> None:
        """Wait before the next attempt. It was not the mail server, so nothing falls back for it."""
        if isinstance(error, StorageError):
            text = f"{type(error).__name__}: {error}"
        else:
            _log.error("Sending e-mails failed", exc_info=error)
            text = type(error).__name__
        pauses.pause_after(Result(Outcome.POSTPONED, text))
        pauses.is_lasting = False

    def _tell_of_fallback(self, tenant_id: str, result: Result, pauses: Backoff) -> None:
        if self._fallback_after is None or result.outcome is not Outcome.POSTPONED:
            return
        if result.attempts < self._fallback_after and not pauses.is_lasting:
            return
        # Not for each message: there may be thousands.
        if time.monotonic() - self._told_at.get(tenant_id, -math.inf) >= _TELL_INTERVAL:
            self._told_at[tenant_id] = time.monotonic()
            _log.warning(
                "E-mails of the tenant %s go through the service-wide mail server: its own keeps failing.",
                tenant_id,
            )


def _join(lanes: list[_Lane], until: float) -> None:
    for each in lanes:
        if each.thread.is_alive():
            each.thread.join(max(0.0, until - time.monotonic()))
