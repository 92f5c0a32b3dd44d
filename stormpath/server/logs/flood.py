"""A bound on log lines: a flood of failures must not fill the disk."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from stormpath import forks

#: A kind of line: its name, and what else tells kinds apart.
Kind = tuple[object, ...]

#: So many lines of one kind are written in so many seconds by one process.
LINES: Final = 20
SECONDS: Final = 10.0


class FloodGuard:
    """Admits some lines of each kind in a period; the rest are counted, and told once it is over.

    No thread waits for the end of a period: ``end_periods`` tells what was counted, and is to be called now
    and then while there ``is_counting``. ``tell`` gets a kind and the number of lines that were not admitted.
    """

    def __init__(
        self, tell: Callable[[Kind, int], None], lines: int = LINES, seconds: float = SECONDS
    ) -> None:
        self._tell = tell
        self._lines = lines
        self._seconds = seconds
        self.reset()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew, as after a fork: the parent tells what it has counted."""
        self._lock = threading.Lock()
        self._periods: dict[Kind, tuple[float, int]] = {}
        self.is_counting = False

    def admits(self, kind: Kind) -> bool:
        """Tell whether to write a line of that kind now; count it otherwise."""
        now = time.monotonic()
        with self._lock:
            start, count = self._periods.get(kind, (now, 0))
            is_over = now - start >= self._seconds
            if not is_over:
                self._periods[kind] = start, count + 1
                self.is_counting = self.is_counting or count >= self._lines
                return count < self._lines
        self.end_periods()
        return self.admits(kind)

    def end_periods(self, *, early: bool = False) -> None:
        """Tell what was counted in periods that are over; ``early`` also in those that are not."""
        now = time.monotonic()
        with self._lock:
            over = {
                kind: count
                for kind, (start, count) in self._periods.items()
                if early or now - start >= self._seconds
            }
            for kind in over:
                del self._periods[kind]
            self.is_counting = any(count > self._lines for _, count in self._periods.values())
        # Not under the lock: a handler of the log may take its time.
        for kind, count in over.items():
            if count > self._lines:
                self._tell(kind, count - self._lines)
