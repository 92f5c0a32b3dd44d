"""Taking messages from senders that are gone, without trusting any clock but this process's own.

A sender that dies leaves its claim behind. When it died nobody can tell from the database: clocks of machines
differ, and are moved. So every sender remembers since when it has seen each claim unchanged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from stormpath.server.contract import Claim, StorageError
from stormpath.server.storage.outbox import Outbox

_log = logging.getLogger(__name__)


class Watch:
    """What one sender knows of all claims. ``clock`` gives seconds, and is never moved."""

    def __init__(self, outbox: Outbox, clock: Callable[[], float]) -> None:
        self._outbox = outbox
        self._clock = clock
        self._seen: dict[Claim, float] = {}

    def look(self, now_ms: int) -> dict[Claim, float]:
        """Release claims that are over; return the others, each with the seconds that are left to it."""
        try:
            claims = self._outbox.claims()
            # Later than the look, so that no claim seems older than it is.
            now = self._clock()
            self._seen = {each: self._seen.get(each, now) for each in claims}
            left = {each: since + each.seconds - now for each, since in self._seen.items()}
            for each in [each for each, seconds in left.items() if seconds <= 0]:
                if self._outbox.release(each.id, each.claim, now_ms):
                    _log.warning("E-mail %s is tried again: its sender is gone.", each.id)
                del left[each]
        except StorageError:
            # Nobody could finish what it had in hand meanwhile.
            self.forget()
            raise
        return left

    def forget(self) -> None:
        """Begin anew."""
        self._seen = {}
