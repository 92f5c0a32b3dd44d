"""Measurements: timings of one or many threads, ratios, and rows with a verdict."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from threading import Barrier
from typing import NamedTuple

Action = Callable[[], object]

_initial_cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


@dataclass(frozen=True)
class Row:
    """One measurement, compared with its goal if it has one.

    ``what`` is the promise, ``which`` (the store) and ``threads`` are the conditions. If ``is_promise`` is
    false, the goal is an aim: to miss it is no failure.
    """

    what: str
    measured: float
    unit: str
    goal: float | None = None
    which: str = ""
    threads: int = 1
    is_promise: bool = True
    remark: str = ""

    @property
    def is_kept(self) -> bool:
        """Say whether the measurement keeps the promise."""
        return self._is_within or not self.is_promise

    @property
    def _is_within(self) -> bool:
        return self.goal is None or self.measured <= self.goal

    def __str__(self) -> str:
        threads = f"{self.threads:>3} threads" if self.which else ""
        line = f"{self.what:<54} {self.which:<9} {threads:<11} {self.measured:7.2f} {self.unit:<5}"
        return f"{line} {self._verdict:<17} {self.remark}".rstrip()

    @property
    def _verdict(self) -> str:
        if self.goal is None:
            return ""
        if self.is_promise:
            return f"goal {self.goal:6.2f} {'ok' if self._is_within else 'MISSED'}"
        return f"aim  {self.goal:6.2f} {'ok' if self._is_within else 'beyond'}"


class Comparison(NamedTuple):
    """The cost of our side against the plain side: the median ratio, and the seconds per call of each."""

    ratio: float
    ours: float
    plain: float

    def __str__(self) -> str:
        unit, factor = ("us", 1e6) if self.plain < 0.01 else ("ms", 1e3)
        return f"{factor * self.ours:.0f} / {factor * self.plain:.0f} {unit}"


@contextmanager
def on_core(number: int) -> Iterator[None]:
    """Pin this process, and those that it starts meanwhile, to one core, if there is more than one."""
    cores = sorted(os.sched_getaffinity(0) | _initial_cores) if hasattr(os, "sched_getaffinity") else []
    if len(cores) < 2:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cores[number]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def seconds(actions: Sequence[Action], times: int) -> float:
    """Return the wall time per call; each action is repeated in its own thread, all at the same time."""
    calls = len(actions) * times
    if len(actions) == 1:
        started, ended = _repeat(actions[0], times)
        return (ended - started) / calls
    barrier = Barrier(len(actions))

    def work(action: Action) -> tuple[float, float]:
        barrier.wait()
        return _repeat(action, times)

    with ThreadPoolExecutor(len(actions)) as threads:
        spans = list(threads.map(work, actions))
    return (max(ended for _, ended in spans) - min(started for started, _ in spans)) / calls


def _repeat(action: Action, times: int) -> tuple[float, float]:
    started = time.perf_counter()
    for _ in range(times):
        action()
    return started, time.perf_counter()


def compare(ours: Sequence[Action], plain: Sequence[Action], times: int, rounds: int) -> Comparison:
    """Compare two sides in alternating rounds, so that a slow moment of the machine affects both."""
    pairs = [(seconds(ours, times), seconds(plain, times)) for _ in range(rounds)]
    return Comparison(
        median(a / b for a, b in pairs), median(a for a, _ in pairs), median(b for _, b in pairs)
    )


def least(actions: Sequence[Action], times: int, rounds: int) -> float:
    """Return the seconds per call in the best round: other work of the machine can only add to it."""
    return min(seconds(actions, times) for _ in range(rounds))
