"""The threads that hash, and the bounded queue of those that wait for them.

Argon2id takes 19 MiB for each hash, which a thread keeps for its next one. So hashes are made in a few
threads of their own, and not in those of a server, of which there are many.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable
from typing import Any, Final, TypeVar
from weakref import WeakSet

from stormpath import forks
from stormpath.server.domain.context import Turn
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security.fair_queue import FairQueue

T = TypeVar("T")

#: The most that wait at a time: in all, and for one account.
WAITING: Final = 64
WAITING_FOR_ONE: Final = 32

#: Seconds after which one that waits is refused: its client has given up by then.
PATIENCE: Final = 10.0

#: Seconds for which the end of the process waits for hashes under way, in all.
_AT_EXIT: Final = 5.0

THREAD_NAME: Final = "stormpath-hash"


class _Job:
    """A piece of work, and its outcome. Its lock ``done`` is held until there is one."""

    __slots__ = ("done", "error", "is_waiting", "result", "turn", "work")

    def __init__(self, turn: Turn, work: Callable[[], Any]) -> None:
        self.turn = turn
        self.work: Callable[[], Any] | None = work
        self.is_waiting = True
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = threading.Lock()
        self.done.acquire()

    def carry_out(self) -> None:
        work, self.work = self.work, None
        try:
            self.result = work() if work is not None else None
        except BaseException as error:
            self.error = error

    def refuse(self, why: str) -> None:
        self.is_waiting = False
        self.work, self.error = None, _busy(why)
        self.done.release()

    def outcome(self) -> Any:
        error, self.error = self.error, None
        try:
            if error is not None:
                raise error
            return self.result
        finally:
            # Else its traceback would hold this frame, which holds it, and a password among the frames.
            del error


class HashThreads:
    """As many threads as there are ``slots``; they serve tenants, API keys and accounts by turns.

    ``waiting`` and ``waiting_for_one`` bound how many wait, in all and for one account; ``patience``
    (seconds) bounds how long. When all places are taken, the newest one of the longest queue is refused: of a
    flood, and not of those beside it. Threads start when they are first needed, and end at ``close`` or with
    the process, which waits only for hashes under way, five seconds at most.
    """

    def __init__(
        self,
        slots: int,
        *,
        waiting: int = WAITING,
        waiting_for_one: int = WAITING_FOR_ONE,
        patience: float = PATIENCE,
    ) -> None:
        self._slots, self._waiting, self._waiting_for_one = slots, waiting, waiting_for_one
        self._patience = patience
        self._after_fork()
        forks.renew_in_child(self)
        _all.add(self)

    def _after_fork(self) -> None:
        # A child has none of the threads, and its own thread waits for nothing.
        self._lock = threading.Lock()
        self._has_work = threading.Condition(self._lock)
        self._queue: FairQueue[_Job] = FairQueue()
        self._threads: set[threading.Thread] = set()
        self._running = self._idle = 0
        self._is_closed = self._is_ending = False

    def run(self, turn: Turn, work: Callable[[], T]) -> T:
        """Return what ``work()`` returns, or raise its error, when its turn has come.

        Raises ``ApiError`` (503) when too many wait, or its turn does not come soon.
        """
        job = _Job(turn, work)
        del work
        self._submit(job)
        try:
            if not job.done.acquire(timeout=self._patience) and not self._withdraw(job):
                # It is under way.
                job.done.acquire()
        except BaseException:
            # An interrupt: nothing is to be done for a caller that is gone.
            self._withdraw(job)
            raise
        if job.is_waiting:
            raise _busy("The password has waited too long to be hashed.")
        result: T = job.outcome()
        return result

    def close(self) -> None:
        """End the threads once nothing waits. What comes later starts new ones."""
        with self._lock:
            self._is_closed = True
            self._idle = 0
            self._has_work.notify_all()

    def end(self) -> None:
        """Refuse all that wait or will come, and end the threads: the process ends."""
        with self._lock:
            self._is_ending = True
            while len(self._queue):
                self._queue.pop().refuse("The service ends.")
        self.close()

    def join(self, seconds: float) -> None:
        """Wait for the threads to end, after ``close``."""
        deadline = time.monotonic() + seconds
        for each in list(self._threads):
            each.join(max(0.0, deadline - time.monotonic()))

    def _submit(self, job: _Job) -> None:
        with self._lock:
            if self._is_ending:
                raise _busy("The service ends.")
            self._is_closed = False
            if self._queue.waiting_at(job.turn) >= self._waiting_for_one:
                raise _busy("Too many passwords of this account are waiting to be hashed.")
            self._queue.push(job.turn, job)
            if len(self._queue) > self._waiting + self._slots - self._running:
                refused = self._queue.pop_newest_of_longest()
                refused.refuse("Too many passwords are waiting to be hashed.")
                if refused is job:
                    return
            if self._idle:
                # Counted here, not when it wakes up: until then, another job may come.
                self._idle -= 1
                self._has_work.notify()
            elif len(self._threads) < self._slots:
                self._start(job)

    def _start(self, job: _Job) -> None:
        thread = threading.Thread(target=self._work, name=THREAD_NAME, daemon=True)
        self._threads.add(thread)
        try:
            thread.start()
        except RuntimeError:
            # The system has no more threads, or Python is about to end.
            self._threads.discard(thread)
            if not self._threads:
                self._queue.remove(job.turn, job)
                job.refuse("No thread can be started to hash it.")

    def _work(self) -> None:
        while (job := self._next()) is not None:
            job.carry_out()
            with self._lock:
                # Before its caller goes on, who may come back at once.
                self._running -= 1
            job.done.release()
            # It may hold a new hash, and the thread may be idle for long.
            del job

    def _next(self) -> _Job | None:
        with self._lock:
            while not len(self._queue):
                if self._is_closed:
                    self._threads.discard(threading.current_thread())
                    return None
                self._idle += 1
                self._has_work.wait()
            job = self._queue.pop()
            job.is_waiting = False
            self._running += 1
            return job

    def _withdraw(self, job: _Job) -> bool:
        """Take a job out of the queue; tell whether it was still there."""
        with self._lock:
            if job.is_waiting and job.work is not None:
                self._queue.remove(job.turn, job)
                job.work = None
                return True
            return False


_all: WeakSet[HashThreads] = WeakSet()


def _end_with_the_process() -> None:
    # A thread that comes back from a hash while Python ends is killed inside of bcrypt, which may abort.
    deadline = time.monotonic() + _AT_EXIT
    for each in list(_all):
        each.end()
    for each in list(_all):
        each.join(max(0.0, deadline - time.monotonic()))


atexit.register(_end_with_the_process)


def _busy(why: str) -> ApiError:
    return ApiError(
        Code.UNAVAILABLE, "The service is busy. Please try again in a moment.", why, retry_after=1
    )
