"""A circuit breaker: a store that fails does not slow down or break the application."""

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary

from stormpath import forks
from stormpath.cache.store import StoreUnavailable

log = logging.getLogger("stormpath.cache")

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 15.0
SECONDS_BETWEEN_MESSAGES = 60.0

UNAVAILABLE = (StoreUnavailable, OSError)
FAILING = "%s fails as a cache; the service is asked instead: %s (failures since the last message: %d)"


class CircuitBreaker:
    """Decides whether a store may be called, from the outcome of earlier calls.

    When a store cannot be reached, the circuit opens for a second, then for twice as long each time, up to
    fifteen seconds. After each pause one caller makes a trial request while the others skip the store. So a
    dead server costs its timeout once per pause, and not at every read. Failures are logged as warnings, at
    most once a minute.
    """

    def __init__(self, server: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.server = server
        # Every access to the cache reads this without the lock.
        self.is_closed = True
        self._clock = clock
        self._pause = FIRST_PAUSE_SECONDS
        self._open_until = 0.0
        self._unlogged = 0
        self._logged_at: float | None = None
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self._lock = Lock()

    def allows_request(self) -> bool:
        """Return whether the store may be called now. After True the caller must record the outcome."""
        with self._lock:
            if self.is_closed:
                return True
            now = self._clock()
            if now < self._open_until:
                return False
            # Other callers skip the store during this trial, but not for ever if the trial never ends.
            self._open_until = now + LONGEST_PAUSE_SECONDS
            return True

    def record_success(self) -> None:
        """Close the circuit: a trial request succeeded."""
        self.is_closed = True

    def record_failure(self, failure: Exception, was_trial: bool = False) -> None:
        """Record that a call failed; ``was_trial`` says that it was the trial request of an open circuit."""
        with self._lock:
            now = self._clock()
            if isinstance(failure, UNAVAILABLE):
                self._open(now, was_trial)
            elif was_trial:
                self.is_closed = True
            self._unlogged += 1
            if self._logged_at is not None and now - self._logged_at < SECONDS_BETWEEN_MESSAGES:
                return
            count, self._unlogged, self._logged_at = self._unlogged, 0, now
        # Logged without the lock: a handler may be slow, or use a cache itself.
        log.warning(FAILING, self.server, _loggable_reason(failure), count)

    def _open(self, now: float, was_trial: bool) -> None:
        if self.is_closed:
            self._pause = FIRST_PAUSE_SECONDS
        elif was_trial:
            self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        else:
            # Several threads waited for the same server and failed together: one failure counts.
            return
        self.is_closed = False
        self._open_until = now + self._pause


def _loggable_reason(failure: Exception) -> str:
    # A message may quote cached data. That of a broken connection does not, and it is the most useful.
    kind = type(failure).__name__
    return f"{kind}: {failure}" if isinstance(failure, UNAVAILABLE) else kind


_breakers: WeakValueDictionary[str, CircuitBreaker] = WeakValueDictionary()
_breakers_lock = forks.Lock()


def circuit_breaker_for(store: Any) -> CircuitBreaker:
    """Return the circuit breaker of a store; stores of one server share one."""
    server = getattr(store, "server", None)
    if not isinstance(server, str):
        return CircuitBreaker(type(store).__name__)
    with _breakers_lock:
        breaker = _breakers.get(server)
        if breaker is None:
            breaker = _breakers[server] = CircuitBreaker(server)
        return breaker
