import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from stormpath.server.domain.storage import StorageError, Unavailable
from stormpath.server.jobs import health
from stormpath.server.jobs.health import MOST_WAITING, HealthCheck


class Database:
    """A database that is healthy, fails, or is silent until it is released."""

    def __init__(self) -> None:
        self.checks = 0
        self.problem: Exception | None = None
        self.may_answer = threading.Event()
        self.may_answer.set()

    def ping(self) -> None:
        self.checks += 1
        assert self.may_answer.wait(30)
        if self.problem is not None:
            raise self.problem


@pytest.fixture
def short_lived(monkeypatch: pytest.MonkeyPatch) -> None:
    """Results are used again for a tenth of a second."""
    monkeypatch.setattr(health, "FRESH", 0.1)


def test_a_result_is_used_again_for_a_while(short_lived: None):
    database = Database()
    check = HealthCheck(database.ping)

    for _ in range(5):
        check()
    assert database.checks == 1

    time.sleep(0.1)
    check()
    assert database.checks == 2


@pytest.mark.parametrize("problem", [StorageError("the disk is full"), ValueError("a defect")])
def test_a_failure_is_told_and_passes(problem: Exception, short_lived: None):
    database = Database()
    database.problem = problem
    check = HealthCheck(database.ping)

    with pytest.raises(
        Unavailable, match="the disk is full" if isinstance(problem, StorageError) else "Value"
    ):
        check()

    database.problem = None
    time.sleep(0.1)
    check()


def test_a_silent_database_holds_one_thread_and_answers_in_time():
    database = Database()
    database.may_answer.clear()
    check = HealthCheck(database.ping, timeout=0.3)
    before = threading.active_count()

    def ask(_: int) -> float:
        started = time.monotonic()
        with pytest.raises(Unavailable, match="does not answer"):
            check()
        return time.monotonic() - started

    with ThreadPoolExecutor(50) as threads:
        took = sorted(threads.map(ask, range(50)))
        assert threading.active_count() - before <= 51

    assert took[-1] < 2
    assert sum(each > 0.25 for each in took) <= 2 * MOST_WAITING
    assert database.checks == 1
    database.may_answer.set()


def test_after_a_silence_the_database_is_healthy_again():
    database = Database()
    database.may_answer.clear()
    check = HealthCheck(database.ping, timeout=0.05)
    with pytest.raises(Unavailable):
        check()

    database.may_answer.set()

    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            check()
        except Unavailable:
            time.sleep(0.01)
        else:
            return
    pytest.fail("it stays unavailable")
