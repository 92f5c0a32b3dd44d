"""Whether the database can be used, told in a short and bounded time whatever state it is in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from stormpath import forks
from stormpath.server.domain.storage import StorageError, Unavailable

#: How long a caller waits for a check, and how long its result is used again, in seconds.
TIMEOUT: Final = 2.0
FRESH: Final = 1.0

#: How many callers wait at a time; the others get the last result.
MOST_WAITING: Final = 4


class HealthCheck:
    """Runs ``check``, which raises ``StorageError``, in a thread of its own, once at a time.

    Any number of callers costs one check a second and ``MOST_WAITING`` waiting threads: a database that is
    silent must not take the threads that tell about it.
    """

    def __init__(self, check: Callable[[], None], *, timeout: float = TIMEOUT) -> None:
        self._check = check
        self._timeout = timeout
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self._changed = threading.Condition(threading.Lock())
        self._is_running = False
        self._waiting = 0
        self._checked_at: float | None = None
        self._problem: str | None = None

    def __call__(self) -> None:
        """Return when the database can be used; raise ``Unavailable`` when not, or not known in time."""
        with self._changed:
            is_known = self._is_fresh() or (self._waiting < MOST_WAITING and self._wait_for_result())
            if self._problem is not None:
                raise Unavailable(self._problem)
            if not is_known:
                raise Unavailable("The database does not answer")

    def _is_fresh(self) -> bool:
        return self._checked_at is not None and time.monotonic() - self._checked_at < FRESH

    def _wait_for_result(self) -> bool:
        """Wait for the check under way, which begins if there is none; tell whether it ended in time."""
        if not self._is_running:
            self._is_running = True
            threading.Thread(target=self._run, name="health check", daemon=True).start()
        self._waiting += 1
        checked_at = self._checked_at
        try:
            return self._changed.wait_for(lambda: self._checked_at != checked_at, self._timeout)
        finally:
            self._waiting -= 1

    def _run(self) -> None:
        problem = None
        try:
            self._check()
        except StorageError as error:
            problem = str(error) or type(error).__name__
        except Exception as error:  # A check that fails in any way must not keep the next one from running.
            problem = type(error).__name__
        with self._changed:
            self._problem = problem
            self._checked_at = time.monotonic()
            self._is_running = False
            self._changed.notify_all()
