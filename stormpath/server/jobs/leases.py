"""Taking work from workers that are gone, without trusting any clock but this process's own.

A worker that dies leaves its lease behind. When it died cannot be read from the database: clocks of machines
differ, and are moved. So every worker remembers since when it has seen each lease unchanged.
"""

from __future__ import annotations

from collections.abc import Callable

from stormpath.server.domain.leases import Lease, LeaseStore
from stormpath.server.domain.storage import StorageError
from stormpath.server.logs.loggers import get_logger

_log = get_logger(__name__)


class LeaseWatch:
    """The leases of all workers as one of them has seen them.

    ``clock`` gives seconds, and is never moved. ``on_release`` is the log's line for a lease that is
    released, with ``%s`` for the id of its work.
    """

    def __init__(self, store: LeaseStore, clock: Callable[[], float], on_release: str) -> None:
        self._store = store
        self._clock = clock
        self._on_release = on_release
        self._seen: dict[Lease, float] = {}

    def check(self, now_ms: int) -> dict[Lease, float]:
        """Release leases that are over; return all there were, each with the seconds that are left to it."""
        try:
            leases = self._store.leases()
            # Read after the leases, so that none seems older than it is.
            now = self._clock()
            self._seen = {each: self._seen.get(each, now) for each in leases}
            left = {each: max(0.0, since + each.seconds - now) for each, since in self._seen.items()}
            for each, seconds in left.items():
                if not seconds and self._store.release(each.id, each.token, now_ms):
                    _log.warning(self._on_release, each.id)
        except StorageError:
            # Meanwhile no other worker could write down what it had done.
            self.reset()
            raise
        return left

    def reset(self) -> None:
        """See all leases as for the first time."""
        self._seen = {}
