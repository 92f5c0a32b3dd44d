"""Concurrent tests: threads that switch as often as possible, and forked processes."""

import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

CHILD_SECONDS = 60
DONE = b"done"


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run ``work(n)`` in ``count`` threads that start together; raise the exception of one that failed."""
    start = threading.Barrier(count)

    def begin(thread: int) -> None:
        start.wait()
        work(thread)

    with _eager_switching(), ThreadPoolExecutor(count) as threads:
        list(threads.map(begin, range(count)))


@contextmanager
def _eager_switching() -> Iterator[None]:
    # Often enough to interrupt a thread between any two steps.
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def in_children(count: int, work: Callable[[int], None]) -> None:
    """Run ``work(n)`` in ``count`` forked children, n from 1, and ``work(0)`` in this process meanwhile.

    Raises ``AssertionError`` with the traceback of a child that failed, or if one takes more than a minute.
    """
    children = [_forked(work, number) for number in range(1, count + 1)]
    try:
        work(0)
    finally:
        results = [_result_of(*child) for child in children]
    for each in results:
        if each != DONE:
            raise AssertionError(f"a forked child failed: {each.decode() or 'it was killed, or hung'}")


def _forked(work: Callable[[int], None], number: int) -> tuple[int, int]:
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # The warning about forking beside threads: the tests check that it works.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _run_as_child(writer, work, number)
    os.close(writer)
    return child, reader


def _run_as_child(writer: int, work: Callable[[int], None], number: int) -> None:
    try:
        # By default an alarm ends the process.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(CHILD_SECONDS)
        work(number)
        os.write(writer, DONE)
    except BaseException:
        os.write(writer, traceback.format_exc()[-4000:].encode())
    finally:
        # Not with an exception or sys.exit: the child contains a copy of the test runner, too.
        os._exit(0)


def _result_of(child: int, reader: int) -> bytes:
    with os.fdopen(reader, "rb") as pipe:
        results = pipe.read()
    os.waitpid(child, 0)
    return results
