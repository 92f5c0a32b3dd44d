"""What a forked child has to make anew.

A pre-fork server makes its client first and its workers afterwards. A child has one thread, copies of its
parent's sockets, and locks as they were at that moment: one that another thread held is never released. An
object that holds such things is named here, and told to replace them. Both halves of the package use it.

What Python itself does not survive is left: a thread that imports a module while another one forks.
"""

import functools
import os
import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Protocol, TypeVar
from weakref import WeakSet

T = TypeVar("T")


class Renewable(Protocol):
    """An object that holds what does not survive a fork."""

    def _after_fork(self) -> None:
        """Replace it, in the child, before anything else runs; wait for no lock that was there before."""


_holders: WeakSet[Renewable] = WeakSet()


def renew_in_child(holder: Renewable) -> None:
    """Call ``_after_fork`` of an object in every child of a fork, for as long as the object lives."""
    _holders.add(holder)


class Lock:
    """A lock of a module, which is free in a forked child, whoever held it before."""

    def __init__(self) -> None:
        self._after_fork()
        renew_in_child(self)

    def _after_fork(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *exc_info: object) -> None:
        self._lock.release()


class cached_property(functools.cached_property[T]):
    """As Python has it from 3.12 on: without the lock that all objects of a class share.

    What another thread was working out at the moment of a fork is worked out again. Two threads at once may
    both work out a value.
    """

    def __init__(self, func: Callable[[Any], T]) -> None:
        super().__init__(func)
        self.lock = nullcontext()


def _renew() -> None:
    failures = []
    for holder in list(_holders):
        try:
            holder._after_fork()
        except Exception as failure:
            failures.append(failure)
    if failures:
        # Python prints it and goes on: nobody is there to catch it.
        raise ExceptionGroup("What this process needs anew after a fork could not all be made", failures)


# Absent where processes do not fork.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
