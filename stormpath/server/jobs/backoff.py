"""Pauses between attempts at a service that fails, longer each time."""

from __future__ import annotations

import math
import time
from typing import Final

from stormpath.server.logs.loggers import get_logger

_log = get_logger(__name__)

#: Errors that begin with the same characters, so many, are the same error.
_COMPARED: Final = 24


class Backoff:
    """The pause before the next attempt at one service, and the log's lines about its failures.

    ``failing`` is written, with the error, when an error is another than before, and ``recovered`` when it is
    over. The first pause takes ``first`` seconds, each further one twice as long, up to ``longest``.
    """

    def __init__(self, first: float, longest: float, *, failing: str, recovered: str) -> None:
        self._first = first
        self._longest = longest
        self._failing = failing
        self._recovered = recovered
        self._last = ""
        self._until = -math.inf
        #: Failures so far, one after the other; whether the pause cannot become longer.
        self.in_a_row = 0
        self.is_lasting = False

    def pause_after(self, error: str | None) -> float:
        """Return how many seconds to wait after an attempt that ended so; ``None`` is a success."""
        if error is None:
            self.end()
            return 0.0
        self.in_a_row += 1
        # Step and code, or the server: some say something else each time.
        beginning = error[:_COMPARED]
        if beginning != self._last:
            self._last = beginning
            _log.warning("%s: %s", self._failing, error)
        pause = min(self._first * 2.0 ** min(self.in_a_row - 1, 20), self._longest)
        self._until = time.monotonic() + pause
        self.is_lasting = pause >= self._longest
        return pause

    def end(self) -> None:
        """Begin anew after failures, if there were any."""
        if self.in_a_row:
            _log.warning("%s", self._recovered)
        self.in_a_row, self._last, self.is_lasting = 0, "", False

    @property
    def seconds_left(self) -> float:
        """The rest of the pause."""
        return max(0.0, self._until - time.monotonic())
