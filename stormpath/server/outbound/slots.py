"""How many things at a time a process does for other systems' sake, in all and for one tenant."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Final

from stormpath import forks

#: How many requests may be under way at a time, in a process and for one tenant. As many mail servers may be
#: tried, and as many names of hosts looked up for either.
MOST: Final = 32
MOST_OF_ONE: Final = 16


class TooMany(OSError):
    """There are as many at work as may be."""


class Slots:
    """At most ``most`` at a time, and ``most_of_one`` of one tenant: a slow system holds no more threads.

    One more waits for ``patience`` seconds. As many of a tenant may wait as may be at work; what is beyond is
    refused at once.
    """

    def __init__(self, most: int = MOST, most_of_one: int = MOST_OF_ONE, patience: float = 0.0) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._patience = patience
        self._after_fork()
        forks.renew_in_child(self)

    def take(self, tenant_id: str) -> None:
        """Take a slot; the caller gives it back (`leave`). Raises `TooMany`."""
        with self._changed:
            if self._reason(tenant_id):
                self._wait(tenant_id)
            self._taken[tenant_id] += 1

    def leave(self, tenant_id: str) -> None:
        """Give a slot back."""
        with self._changed:
            # A tenant that is gone takes no memory.
            _subtract(self._taken, tenant_id)
            if self._waiting:
                # All of them: the first may be one of a tenant that has no more slots.
                self._changed.notify_all()

    def _wait(self, tenant_id: str) -> None:
        latest = time.monotonic() + self._patience
        if self._waiting[tenant_id] >= self._most_of_one:
            raise TooMany(self._reason(tenant_id))
        self._waiting[tenant_id] += 1
        try:
            while reason := self._reason(tenant_id):
                rest = latest - time.monotonic()
                if rest <= 0:
                    raise TooMany(reason)
                self._changed.wait(rest)
        finally:
            _subtract(self._waiting, tenant_id)

    def _reason(self, tenant_id: str) -> str:
        """Return why no slot can be taken; empty where one can."""
        if self._taken[tenant_id] >= self._most_of_one:
            return f"{self._most_of_one} are at work for this tenant already"
        return (
            f"{self._most} are at work in this process already" if self._taken.total() >= self._most else ""
        )

    def _after_fork(self) -> None:
        # What the parent has at work is none of the child's.
        self._changed = threading.Condition(threading.Lock())
        self._taken: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()


def _subtract(counts: Counter[str], tenant_id: str) -> None:
    counts[tenant_id] -= 1
    if not counts[tenant_id]:
        del counts[tenant_id]
