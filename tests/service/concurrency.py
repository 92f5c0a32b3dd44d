"""Concurrent calls, and a summary of their answers."""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from service.calls import Answer

CALLERS = 16


def at_once(tasks: Iterable[Callable[[], Answer]]) -> list[Answer]:
    """Run all tasks, each in its own thread, starting at the same moment."""
    tasks = list(tasks)
    ready = Barrier(len(tasks))

    def run(task: Callable[[], Answer]) -> Answer:
        ready.wait()
        return task()

    with ThreadPoolExecutor(len(tasks)) as threads:
        return list(threads.map(run, tasks))


def outcomes(answers: Iterable[Answer]) -> Counter[object]:
    """Count the answers: successes by status, errors by status and code."""
    return Counter(each.status if each.status < 400 else each.error for each in answers)
