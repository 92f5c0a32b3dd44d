"""What a forked child of a process that uses the service has to make anew.

A child has one thread, copies of its parent's connections, and locks as they were at that moment: one that
another thread held is never released. An object that holds such things names a method here which replaces
them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any
from weakref import WeakMethod

_renewals: set[WeakMethod[Any]] = set()


def renew_in_child(renew: Callable[[], None]) -> None:
    """Call a bound method in every child of a fork, for as long as its object lives.

    It runs before anything else of the child does. It must wait for no lock that was there before the fork.
    """
    _renewals.add(WeakMethod(renew, _renewals.discard))


def _renew() -> None:
    failures = []
    for each in list(_renewals):
        renew = each()
        try:
            if renew is not None:
                renew()
        except Exception as failure:
            failures.append(failure)
    if failures:
        # Python prints it and goes on: nobody is there to catch it.
        raise ExceptionGroup("What this process needs anew after a fork could not all be made", failures)


# Absent where processes do not fork.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
