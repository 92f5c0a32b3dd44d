"""How many things at a time a process does for other systems' sake, in all and for one tenant."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Final

from stormpath import forks

#: How many requests may be under way at a time, in a process and for one tenant. As many mail servers may be
#: tried, and as many names of hosts looked up for either.
MOST: Final = 16
MOST_OF_ONE: Final = 4


class TooMany(OSError):
    """There are as many at work as may be."""


class Slots:
    """At most ``most`` at a time, and ``most_of_one`` of one tenant. One more waits for none: it is refused.

    Otherwise a slow system would hold the threads of all tenants.
    """

    def __init__(self, most: int = MOST, most_of_one: int = MOST_OF_ONE) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._after_fork()
        forks.renew_in_child(self)

    def take(self, tenant_id: str) -> None:
        """Take a slot; the caller gives it back (`leave`). Raises `TooMany`."""
        with self._lock:
            if self._taken[tenant_id] >= self._most_of_one:
                raise TooMany(f"{self._most_of_one} are at work for this tenant already")
            if self._taken.total() >= self._most:
                raise TooMany(f"{self._most} are at work in this process already")
            self._taken[tenant_id] += 1

    def leave(self, tenant_id: str) -> None:
        """Give a slot back."""
        with self._lock:
            self._taken[tenant_id] -= 1
            # A tenant that is gone takes no memory.
            if not self._taken[tenant_id]:
                del self._taken[tenant_id]

    def _after_fork(self) -> None:
        # What the parent has at work is none of the child's.
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()
