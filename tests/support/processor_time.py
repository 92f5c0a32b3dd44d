"""The processor time of a call, for tests that bound it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, call: Callable[[], T]) -> T:
    """Return what a call returns, if it takes less processor time of this thread at one of three tries.

    What is expensive is so each time. A collection of garbage that falls into a try, or a module that is
    loaded by it, is not there at the next one.
    """
    for _ in range(3):
        begun = time.thread_time()
        result = call()
        took = time.thread_time() - begun
        if took < seconds:
            return result
    raise AssertionError(f"the call takes {took:.3f} s of processor time each time, at least {seconds} s")
