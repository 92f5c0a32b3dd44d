"""Taking messages from senders that are gone, without trusting any clock but this process's own.

A sender that dies leaves its claim behind. When it died nobody can tell from the database: clocks of machines
differ, and are moved. So every sender remembers since when it has seen each claim unchanged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from stormpath.server.domain.storage import (
    Lease,
    StorageError,
)
from stormpath.server.storage.outbox import Outbox

_log = logging.getLogger(__name__)


class Watch:
    """What one sender knows of all claims. ``clock`` gives seconds, and is never moved."""

    def __init__(self, outbox: Outbox, clock: Callable[[], float]) -> None:
        self._outbox = outbox
        self._clock = clock
        self._seen: dict[Lease, float] = {}

    def look(self, now_ms: int) -> dict[Lease, float]:
        """Release claims that are over; return all there were, each with the seconds that are left to it."""
        try:
            claims = self._outbox.claims()
            # Later than the look, so that no claim seems older than it is.
            now = self._clock()
            self._seen = {each: self._seen.get(each, now) for each in claims}
            left = {each: max(0.0, since + each.seconds - now) for each, since in self._seen.items()}
            for each, seconds in left.items():
                if not seconds and self._outbox.release(each.id, each.claim, now_ms):
                    _log.warning("E-mail %s is tried again: its sender is gone.", each.id)
        except StorageError:
            # Nobody could finish what it had in hand meanwhile.
            self.forget()
            raise
        return left

    def forget(self) -> None:
        """Begin anew."""
        self._seen = {}
