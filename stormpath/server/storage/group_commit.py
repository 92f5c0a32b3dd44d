"""Writes of several threads in one transaction: a commit costs more than what it commits."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

from stormpath import forks
from stormpath.server.domain.storage import StorageError, Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")

#: The most items of one transaction.
MOST: Final = 200


class _Turn(Generic[Item, Result]):
    """One thread's item. The lock is released when it is written, or when its thread is to write a group."""

    __slots__ = ("error", "is_leading", "item", "lock", "result")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.lock = threading.Lock()
        self.lock.acquire()
        self.is_leading = False
        self.result: Result | None = None
        self.error: StorageError | None = None


class GroupCommit(Generic[Item, Result]):
    """Hands the items of all threads to ``write``, in groups, one group at a time.

    A thread that finds nothing being written writes at once; a single caller never waits. The items of
    threads that come meanwhile are the next group, which the first of them writes. ``write`` returns the
    results in the order of the items; its error is that of all of them. It has to end in a bounded time.
    """

    def __init__(self, write: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        self._write = write
        self._after_fork()
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Turn[Item, Result]] = []
        self._is_writing = False

    def add(self, item: Item) -> Result:
        """Return the result of the item as soon as it is committed. Raises what ``write`` raises."""
        with self._lock:
            own: _Turn[Item, Result] | None = _Turn(item) if self._is_writing else None
            if own is not None:
                self._waiting.append(own)
            self._is_writing = True
        if own is None:
            return self._write_alone(item)
        self._wait(own)
        if own.is_leading:
            self._write_group(own)
        if own.error is not None:
            raise own.error
        return own.result  # type: ignore[return-value]  # set where there is no error

    def _write_alone(self, item: Item) -> Result:
        try:
            (result,) = self._write([item])
        finally:
            with self._lock:
                self._pass_on()
        return result

    def _wait(self, own: _Turn[Item, Result]) -> None:
        try:
            own.lock.acquire()
        except BaseException:
            # Interrupted, for one by Ctrl-C: those behind it must not wait for it.
            with self._lock:
                if own in self._waiting:
                    self._waiting.remove(own)
                if own.is_leading:
                    self._pass_on()
            raise

    def _write_group(self, own: _Turn[Item, Result]) -> None:
        with self._lock:
            group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        others = [each for each in group if each is not own]
        try:
            results = self._write([each.item for each in group])
            for turn, result in zip(group, results, strict=True):
                turn.result = result
        except BaseException as error:
            for turn in others:
                # Each its own: a raised error collects the stack of the thread that raises it.
                is_known = isinstance(error, StorageError)
                turn.error = copy.copy(error) if is_known else Unavailable("A write failed")  # type: ignore[assignment]  # it is known
            raise
        finally:
            with self._lock:
                self._pass_on()
            for turn in others:
                turn.lock.release()

    def _pass_on(self) -> None:
        """Let the first of those that wait write the next group. The lock is held."""
        self._is_writing = bool(self._waiting)
        if self._waiting:
            self._waiting[0].is_leading = True
            self._waiting[0].lock.release()
