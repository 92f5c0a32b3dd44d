"""Leaving a mail server alone while it is in trouble, longer each time."""

from __future__ import annotations

import logging
import math
import time
from typing import Final

from stormpath.server.mail.delivery import Result

_log = logging.getLogger(__name__)

_TOLD_APART: Final = 24


class Backoff:
    """How long one mail server is left alone, and what the log says of it.

    ``whose`` e-mails go there, for the log. The first pause takes ``first`` seconds, each further one twice
    as long, up to ``longest``.
    """

    def __init__(self, whose: str, first: float, longest: float) -> None:
        self._whose = whose
        self._first = first
        self._longest = longest
        self._last = ""
        self._until = -math.inf
        #: Failures so far, one after the other; whether the pause cannot become longer.
        self.in_a_row = 0
        self.is_lasting = False

    def pause_after(self, result: Result) -> float:
        """Return how many seconds to wait before the next message."""
        if result.servers_trouble is None:
            self.end()
            return 0.0
        self.in_a_row += 1
        # Step and code, or the server: some say something else each time.
        beginning = result.servers_trouble[:_TOLD_APART]
        if beginning != self._last:
            self._last = beginning
            _log.warning("%s cannot be sent: %s", self._whose, result.servers_trouble)
        pause = min(self._first * 2.0 ** min(self.in_a_row - 1, 20), self._longest)
        self._until = time.monotonic() + pause
        self.is_lasting = pause >= self._longest
        return pause

    def end(self) -> None:
        """Say that the trouble is over, if there was any."""
        if self.in_a_row:
            _log.warning("%s are being sent again.", self._whose)
        self.in_a_row, self._last, self.is_lasting = 0, "", False

    @property
    def seconds_left(self) -> float:
        """What is left of the pause."""
        return max(0.0, self._until - time.monotonic())
