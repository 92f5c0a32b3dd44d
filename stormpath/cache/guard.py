"""What keeps a failing store from becoming a failing application."""

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


class Guard:
    """Tells whether a store may be asked, and hears how that went: a circuit breaker.

    A store that cannot be reached is left alone for a second, then for twice as long each time, up to fifteen
    seconds; after each pause one caller tries it while all others go on without. So a dead server costs its
    timeout once a pause, and not at every read. Failures are logged as a warning, at most once a minute.
    """

    def __init__(self, server: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.server = server
        # Read without the lock by every access to the cache.
        self.is_calm = True
        self._clock = clock
        self._pause = FIRST_PAUSE_SECONDS
        self._rests_until = 0.0
        self._unsaid = 0
        self._said_at: float | None = None
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self._lock = Lock()

    def admits(self) -> bool:
        """Say whether a store that was unavailable may be tried now. Yes is an errand: tell how it went."""
        with self._lock:
            if self.is_calm:
                return True
            now = self._clock()
            if now < self._rests_until:
                return False
            # Whoever asks next need not wait for this timeout too; nor for ever, if nobody returns from it.
            self._rests_until = now + LONGEST_PAUSE_SECONDS
            return True

    def succeeded(self) -> None:
        """Hear from whoever tried the store that it answered."""
        self.is_calm = True

    def failed(self, failure: Exception, was_trying: bool = False) -> None:
        """Hear that the store did not do what it was asked, by somebody who was trying it or in calm."""
        with self._lock:
            now = self._clock()
            if isinstance(failure, UNAVAILABLE):
                self._rest(now, was_trying)
            elif was_trying:
                self.is_calm = True
            self._unsaid += 1
            if self._said_at is not None and now - self._said_at < SECONDS_BETWEEN_MESSAGES:
                return
            count, self._unsaid, self._said_at = self._unsaid, 0, now
        # Without the lock: a handler may take its time, or use a cache itself.
        log.warning(FAILING, self.server, _reason(failure), count)

    def _rest(self, now: float, was_trying: bool) -> None:
        if self.is_calm:
            self._pause = FIRST_PAUSE_SECONDS
        elif was_trying:
            self._pause = min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        else:
            # Many threads waited for the same answer, and found out together.
            return
        self.is_calm = False
        self._rests_until = now + self._pause


def _reason(failure: Exception) -> str:
    # A message may quote what was stored; that of a broken connection does not, and says most.
    kind = type(failure).__name__
    return f"{kind}: {failure}" if isinstance(failure, UNAVAILABLE) else kind


_guards: WeakValueDictionary[str, Guard] = WeakValueDictionary()
_guards_lock = forks.Lock()


def guard_of(store: Any) -> Guard:
    """Return the guard of a store; stores of one server share one."""
    server = getattr(store, "server", None)
    if not isinstance(server, str):
        return Guard(type(store).__name__)
    with _guards_lock:
        guard = _guards.get(server)
        if guard is None:
            guard = _guards[server] = Guard(server)
        return guard
