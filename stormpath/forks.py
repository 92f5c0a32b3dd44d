"""Support for forks: objects that renew their locks and sockets in a forked child.

A pre-fork server makes its client first and its workers afterwards. A child has one thread, copies of its
parent's sockets, and locks in the state of that moment: one that another thread held is never released. An
object that has such things registers here, and its ``_after_fork`` is called in each child to replace them.
Both the SDK and the service use this module.

One case is not covered, because Python itself does not survive it: a fork while another thread imports a
module.
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
    """An object with locks or sockets that do not survive a fork."""

    def _after_fork(self) -> None:
        """Replace them in the child, before other code runs there, without using an inherited lock."""


_holders: WeakSet[Renewable] = WeakSet()


def renew_in_child(holder: Renewable) -> None:
    """Call ``_after_fork`` of an object in every forked child, as long as the object exists."""
    _holders.add(holder)


class Lock:
    """A lock for a module, which is always free in a forked child."""

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
    """The ``cached_property`` of Python 3.12 and newer: without the lock that all objects of a class share.

    A value that another thread was computing at the moment of a fork is computed again in the child. Two
    threads at once may both compute a value.
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
        # Python prints it and continues: no caller can catch it.
        raise ExceptionGroup("What this process needs anew after a fork could not all be made", failures)


# Absent on platforms without forks.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
