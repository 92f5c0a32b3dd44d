"""What a forked child has to make anew.

A pre-fork server makes its client first and its workers afterwards. A child has one thread, copies of its
parent's sockets, and locks as they were at that moment: one that another thread held is never released. An
object that holds such things names a method here which replaces them. Both halves of the package use it.
"""

import os
from collections.abc import Callable
from typing import Any
from weakref import WeakMethod, ref

_renewals: set[ref[Any]] = set()


def renew_in_child(renew: Callable[[], None]) -> None:
    """Call a function or a bound method in every child of a fork, for as long as it, or its object, lives.

    It runs before anything else of the child does. It must wait for no lock that was there before the fork.
    """
    kind = WeakMethod if hasattr(renew, "__self__") else ref
    _renewals.add(kind(renew, _renewals.discard))


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
