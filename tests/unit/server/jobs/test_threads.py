"""A thread that works in rounds: the beginning of each round, and the end of the thread."""

import queue
import threading
import time

import pytest

from stormpath.server.jobs.threads import BackgroundWorker

SECONDS = 10
LONG = 3600.0


class Worker(BackgroundWorker):
    """Reports each round, and what else it is asked to do."""

    def __init__(self):
        self.events = queue.Queue()
        self.thread = None
        self.gate = None
        super().__init__("test-worker")

    def _work(self):
        self.thread = threading.current_thread()
        self.events.put("round")
        if self.gate is not None:
            self.gate.wait(SECONDS)
        return LONG

    def _interrupt(self, *, is_late):
        self.events.put(f"interrupted, late: {is_late}")
        if self.gate is not None:
            self.gate.set()

    def _close(self):
        self.events.put("closed")

    def next(self):
        return self.events.get(timeout=SECONDS)

    def start_and_rest(self):
        """Start, and let it do what it does then: a round, and another one because it was woken."""
        self.start()
        assert [self.next(), self.next()] == ["round", "round"]


@pytest.fixture
def worker():
    worker = Worker()
    yield worker
    worker.stop(grace=0)


def test_starting_begins_a_round_in_another_thread(worker):
    worker.start()

    assert worker.next() == "round"
    assert worker.thread.name == "test-worker"
    assert worker.thread.daemon


def test_waking_begins_the_next_round_at_once(worker):
    worker.start_and_rest()

    worker.wake()

    assert worker.next() == "round"


def test_waking_a_worker_that_is_not_started_does_nothing(worker):
    worker.wake()

    assert worker.thread is None


def test_stopping_does_a_last_round_and_closes(worker):
    worker.start_and_rest()

    worker.stop()

    assert not worker.thread.is_alive()
    assert [worker.next() for _ in range(3)] == ["round", "closed", "interrupted, late: False"]
    assert worker.events.empty()


def test_stopping_interrupts_a_round_that_takes_longer_than_the_grace_time(worker):
    worker.gate = threading.Event()
    worker.start()
    worker.next()
    began = time.monotonic()

    worker.stop(grace=0.1)

    assert 0.1 <= time.monotonic() - began < 2
    assert worker.next() == "interrupted, late: True"
    assert not worker.thread.is_alive()


def test_a_worker_can_be_started_again(worker):
    worker.start()
    worker.stop()
    while not worker.events.empty():
        worker.events.get()

    worker.start()

    assert worker.next() == "round"


def test_a_forked_child_begins_with_its_first_wake(worker):
    worker.start_and_rest()
    parents, wakeup = worker.thread, worker._wakeup

    worker._after_fork()
    assert worker.events.empty()
    worker.wake()

    assert worker.next() == "round"
    assert worker.thread is not parents
    worker.stop()
    wakeup.set()
    parents.join(SECONDS)
