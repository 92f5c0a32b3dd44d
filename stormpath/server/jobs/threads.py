"""A thread of this process that works in the background, in rounds."""

from __future__ import annotations

import math
import threading
import time
from typing import Final

from stormpath import forks

#: How long an interrupted worker may take to end, in seconds.
INTERRUPTED: Final = 2.0


class BackgroundWorker:
    """Works in rounds, in a thread of its own, from `start` to `stop`. Subclasses say what a round is.

    ``_stop_at`` is when to stop, by the monotonic clock.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._is_started = False
        self._stop_at = math.inf
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._wakeup = threading.Event()
        forks.renew_in_child(self)

    def start(self) -> None:
        """Begin to work, in a thread of this process. A forked child begins with its first `wake`."""
        self._stop_at = math.inf
        self._is_started = True
        self.wake()

    def wake(self) -> None:
        """Begin the next round now, because there is new work. Costs its caller no time."""
        self._wakeup.set()
        if self._thread is None:
            with self._lock:
                self._begin()

    def stop(self, grace: float = 10.0) -> None:
        """Do what is due and stop, after ``grace`` seconds at most."""
        with self._lock:
            self._is_started = False
            thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stop_at = time.monotonic() + grace
        self._wakeup.set()
        if thread is threading.current_thread() or self._is_in_own_thread():
            # The garbage collector, which closes what is no longer used, works in any thread.
            return
        thread.join(grace)
        self._interrupt(is_late=thread.is_alive())
        thread.join(max(0.0, self._stop_at + INTERRUPTED - time.monotonic()))

    def _rest(self, seconds: float) -> None:
        """Wait so long, or until `wake` or `_end_rest`."""
        self._wakeup.wait(seconds)
        self._wakeup.clear()

    def _end_rest(self) -> None:
        """Begin the next round now, if there is a thread."""
        self._wakeup.set()

    def _work(self) -> float:
        """Do what is due, until ``_stop_at``; return how long to wait before the next round, in seconds."""
        raise NotImplementedError

    def _is_busy(self) -> bool:
        """Tell whether threads that a round started are still at work."""
        return False

    def _is_in_own_thread(self) -> bool:
        """Tell whether the caller is in one of the threads that a round started."""
        return False

    def _interrupt(self, *, is_late: bool) -> None:
        """End what rounds started; the round itself too when it ``is_late``. Called from another thread."""

    def _close(self) -> None:
        """Close what rounds opened."""

    def _begin(self) -> None:
        if self._is_started and self._thread is None:
            self._thread = threading.Thread(target=self._serve, name=self._name, daemon=True)
            self._thread.start()

    def _serve(self) -> None:
        while True:
            is_last = self._stop_at < math.inf
            wait = self._work()
            if is_last and not (self._is_busy() and time.monotonic() < self._stop_at):
                break
            self._rest(min(wait, max(0.0, self._stop_at - time.monotonic())))
        self._close()

    def _after_fork(self) -> None:
        self._thread = None
        self._lock = threading.Lock()
        self._wakeup = threading.Event()
