"""Many at once: threads that take turns as often as they can, and forked processes."""

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
    """Run ``work(n)`` in as many threads, which begin together; raises what one of them raised."""
    start = threading.Barrier(count)

    def begin(thread: int) -> None:
        start.wait()
        work(thread)

    with _eager_switching(), ThreadPoolExecutor(count) as threads:
        list(threads.map(begin, range(count)))


@contextmanager
def _eager_switching() -> Iterator[None]:
    # So often that a step between two others is found.
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


def in_children(count: int, work: Callable[[int], None]) -> None:
    """Run ``work(n)`` in as many forked children, n from 1, and ``work(0)`` here meanwhile.

    ``AssertionError`` tells what a child raised, or that one did not come to an end within a minute.
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
        # Of forking beside threads: whether that works is the question here.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _run_as_child(writer, work, number)
    os.close(writer)
    return child, reader


def _run_as_child(writer: int, work: Callable[[int], None], number: int) -> None:
    try:
        # The usual end of an alarm is that of the process.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(CHILD_SECONDS)
        work(number)
        os.write(writer, DONE)
    except BaseException:
        os.write(writer, traceback.format_exc()[-4000:].encode())
    finally:
        # Not by an exception or sys.exit: the test runner is in this process as well.
        os._exit(0)


def _result_of(child: int, reader: int) -> bytes:
    with os.fdopen(reader, "rb") as pipe:
        results = pipe.read()
    os.waitpid(child, 0)
    return results
