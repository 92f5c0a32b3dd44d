"""The threads that hash: whom they serve, whom they refuse, and when they end."""

import gc
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from weakref import ref

import pytest

from stormpath.server.domain.context import Turn
from stormpath.server.schema.errors import ApiError, Code
from stormpath.server.security.hash_threads import THREAD_NAME, HashThreads

ADA, GRACE = Turn("T", "K", "ada"), Turn("T", "K", "grace")


class Workshop:
    """Threads for hashes of which the first is under way until it is ``released``."""

    def __init__(self, **bounds: float) -> None:
        self.threads = HashThreads(1, **bounds)  # type: ignore[arg-type]  # some are whole numbers
        self.released, self.begun = threading.Event(), threading.Event()
        self.order: list[str] = []
        self.callers = ThreadPoolExecutor(32)
        self.first = self.callers.submit(self.threads.run, ADA, self._wait)
        assert self.begun.wait(10)

    def _wait(self) -> str:
        self.begun.set()
        assert self.released.wait(10)
        return "first"

    def ask(self, turn: Turn, name: str) -> Future[None]:
        """Ask for a piece of work that writes its name down, and wait until it waits or was refused."""
        queue = self.threads._queue
        before = queue.waiting_at(turn)
        asked = self.callers.submit(self.threads.run, turn, lambda: self.order.append(name))
        while queue.waiting_at(turn) == before and not asked.done():
            time.sleep(0.001)
        return asked

    def close(self) -> None:
        self.released.set()
        self.callers.shutdown()
        self.threads.close()


@pytest.fixture
def workshop() -> Iterator[Callable[..., Workshop]]:
    opened: list[Workshop] = []

    def open_one(**bounds: float) -> Workshop:
        opened.append(Workshop(**bounds))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def refusal_of(asked: Future[None]) -> ApiError:
    error = asked.exception(10)
    assert isinstance(error, ApiError)
    assert error.code == Code.UNAVAILABLE
    assert error.retry_after
    return error


def test_accounts_are_served_by_turns(workshop: Callable[..., Workshop]):
    shop = workshop()
    asked = [shop.ask(ADA, f"ada {number}") for number in range(3)] + [shop.ask(GRACE, "grace")]
    shop.released.set()

    for each in asked:
        each.result(10)
    assert shop.order == ["ada 0", "grace", "ada 1", "ada 2"]
    assert shop.first.result() == "first"


def test_the_newest_of_the_longest_queue_is_refused_when_all_places_are_taken(
    workshop: Callable[..., Workshop],
):
    shop = workshop(waiting=3)
    kept, also_kept, refused = (shop.ask(ADA, f"ada {number}") for number in range(3))
    grace = shop.ask(GRACE, "grace")

    refusal_of(refused)
    shop.released.set()
    for each in (kept, also_kept, grace):
        each.result(10)
    assert shop.order == ["ada 0", "grace", "ada 1"]


def test_one_account_may_take_some_of_the_places(workshop: Callable[..., Workshop]):
    shop = workshop(waiting=10, waiting_for_one=2)
    kept = [shop.ask(ADA, "kept") for _ in range(2)]

    assert "this account" in refusal_of(shop.ask(ADA, "refused")).developer_message
    shop.released.set()
    for each in kept:
        each.result(10)


def test_one_that_waits_for_too_long_is_refused_and_never_hashed(workshop: Callable[..., Workshop]):
    shop = workshop(patience=0.05)

    assert "too long" in refusal_of(shop.ask(GRACE, "late")).developer_message
    shop.released.set()
    shop.threads.run(GRACE, lambda: shop.order.append("next"))
    assert shop.order == ["next"]


def test_what_is_under_way_is_finished_however_long_it_takes(workshop: Callable[..., Workshop]):
    shop = workshop(patience=0.02)
    time.sleep(0.1)

    assert not shop.first.done()
    shop.released.set()
    assert shop.first.result(10) == "first"


class Interrupt(BaseException):
    """A signal that reaches a caller while it waits."""


def test_a_caller_that_is_interrupted_leaves_the_queue(
    workshop: Callable[..., Workshop], monkeypatch: pytest.MonkeyPatch
):
    shop = workshop()

    class Interrupted:
        def acquire(self, timeout: float = -1) -> bool:
            raise Interrupt

        def release(self) -> None:
            """Nobody waits for it."""

    from stormpath.server.security import hash_threads

    job_class = hash_threads._Job

    def interrupted(turn: Turn, work: Callable[[], object]) -> object:
        job = job_class(turn, work)
        job.done = Interrupted()  # type: ignore[assignment]  # it only has to be waited for
        return job

    monkeypatch.setattr(hash_threads, "_Job", interrupted)
    with pytest.raises(Interrupt):
        shop.threads.run(GRACE, lambda: shop.order.append("interrupted"))
    monkeypatch.undo()
    shop.released.set()

    shop.threads.run(GRACE, lambda: shop.order.append("next"))
    assert shop.order == ["next"]


def test_errors_of_the_work_reach_the_caller_and_the_thread_goes_on():
    threads = HashThreads(1, waiting=0)
    for _ in range(3):
        with pytest.raises(MemoryError):
            threads.run(ADA, fail)

    assert threads.run(ADA, lambda: "done") == "done"
    assert len(threads._threads) == 1
    threads.close()


def fail() -> None:
    raise MemoryError


def test_threads_start_with_the_first_work_and_end_when_they_are_closed():
    threads = HashThreads(2)
    assert not threads._threads

    names = {threads.run(ADA, lambda: threading.current_thread().name) for _ in range(5)}
    (thread,) = threads._threads
    assert names == {THREAD_NAME} == {thread.name}
    assert thread.daemon

    threads.close()
    threads.join(10)
    assert not thread.is_alive()
    assert threads.run(ADA, lambda: "again") == "again"
    threads.close()


def test_a_thread_that_cannot_be_started_is_a_refusal(monkeypatch: pytest.MonkeyPatch):
    threads = HashThreads(1)

    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        with pytest.raises(ApiError):
            threads.run(ADA, lambda: "never")

    assert threads.run(ADA, lambda: "done") == "done"
    threads.close()


def test_no_password_is_kept_by_an_idle_thread():
    class Password(str):
        __slots__ = ("__weakref__",)

    threads = HashThreads(1)
    password = Password("Changeme1")
    is_gone = ref(password)

    threads.run(ADA, lambda password=password: len(password))
    with pytest.raises(ApiError):
        threads.run(ADA, lambda password=password: refuse(password))
    del password
    deadline = time.monotonic() + 5
    while is_gone() is not None and time.monotonic() < deadline:
        time.sleep(0.01)
        gc.collect()

    assert is_gone() is None
    threads.close()


def refuse(password: str) -> None:
    raise ApiError(Code.UNAVAILABLE, "Not now.")


PROGRAM = """
import sys, threading, time
from stormpath.server.domain.context import Turn
from stormpath.server.security.hash_threads import HashThreads
threads = HashThreads(1)
begun = threading.Event()
def work():
    begun.set()
    time.sleep(0.2)
    print("finished")
for name in "ab":
    threading.Thread(target=threads.run, args=(Turn(), work), daemon=True).start()
begun.wait()
"""


def test_a_process_ends_when_what_is_under_way_is_done_and_leaves_the_rest():
    begun = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=30)

    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "finished\n"
    assert time.monotonic() - begun < 10


def test_a_forked_child_hashes_while_its_parent_does(workshop: Callable[..., Workshop]):
    shop = workshop()
    shop.ask(GRACE, "of the parent")

    child = os.fork()
    if not child:
        done = shop.threads.run(GRACE, lambda: 7)
        os._exit(done)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    shop.released.set()

    assert status == 7
    assert shop.first.result(10) == "first"
