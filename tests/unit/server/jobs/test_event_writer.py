"""The thread that stores security events: in batches, soon, bounded, and without holding up anything."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stormpath.server.domain.security_events import CountKey, StoredEvent
from stormpath.server.domain.storage import Busy
from stormpath.server.jobs import event_writer
from stormpath.server.jobs.event_writer import BATCH, THREAD, EventWriter

KEY = CountKey("t", 20_000, "logins_failed")


def event(id: object) -> StoredEvent:
    return StoredEvent("t", str(id), 0, "authn_login_fail", "failure")


class Table:
    """Where the batches go; ``failure`` is raised instead as long as there is one."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.counts: Counter[CountKey] = Counter()
        self.failure: Exception | None = None
        self.is_open = threading.Event()
        self.is_open.set()

    def write(self, events: Sequence[StoredEvent], counts: Mapping[CountKey, int]) -> None:
        assert self.is_open.wait(10)
        if self.failure is not None:
            raise self.failure
        self.batches.append([each.id for each in events])
        self.counts.update(counts)

    @property
    def ids(self) -> list[str]:
        return [each for batch in self.batches for each in batch]


@pytest.fixture
def table() -> Table:
    return Table()


Make = Callable[..., EventWriter]


@pytest.fixture
def make(table: Table) -> Iterator[Make]:
    made: list[EventWriter] = []

    def make(**bounds: Any) -> EventWriter:
        made.append(EventWriter(table.write, **{"delay": 0.02, "linger": 5.0, **bounds}))
        return made[-1]

    yield make
    table.failure = None
    table.is_open.set()
    for each in made:
        each.stop()


def eventually(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 5
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.002)
    return holds()


def test_no_thread_runs_before_the_first_event(make: Make):
    writer = make()
    assert writer._thread is None

    writer.count(KEY)

    assert writer._thread in threading.enumerate()
    assert (writer._thread.name, writer._thread.daemon) == (THREAD, True)


def test_events_and_counts_are_stored_together_after_a_moment(make: Make, table: Table):
    writer = make()
    for number in range(3):
        writer.add(event(number))
        writer.count(KEY)

    assert eventually(lambda: table.counts[KEY] == 3)
    assert table.batches == [["0", "1", "2"]]


def test_a_full_batch_does_not_wait(make: Make, table: Table):
    writer = make(delay=60)
    for number in range(BATCH):
        writer.add(event(number))

    assert eventually(lambda: len(table.ids) == BATCH)


def test_a_thread_without_work_ends_and_the_next_event_begins_another(make: Make, table: Table):
    writer = make(linger=0.02)

    for ids in (["0"], ["0", "1"]):
        writer.add(event(ids[-1]))
        thread = writer._thread
        assert eventually(lambda: writer._thread is None)
        thread.join(5)
        assert (table.ids, thread.is_alive()) == (ids, False)


def test_a_thread_with_work_now_and_then_goes_on(make: Make, table: Table):
    writer = make(delay=0.01)
    writer.add(event(0))
    thread = writer._thread

    for number in range(1, 5):
        assert eventually(lambda: not writer._events)
        writer.add(event(number))
        writer.flush()

    assert (len(table.ids), writer._thread) == (5, thread)


def test_a_flush_stores_what_waits_in_the_callers_thread(make: Make, table: Table):
    writer = make(delay=60)
    writer.add(event(0))

    writer.flush()

    assert table.ids == ["0"]


def test_a_flush_waits_for_what_is_being_stored(make: Make, table: Table):
    writer = make(delay=0)
    table.is_open.clear()
    writer.add(event(0))
    assert eventually(lambda: not writer._events)
    threading.Timer(0.05, table.is_open.set).start()

    writer.flush()

    assert table.ids == ["0"]


def test_a_stop_stores_what_waits_and_ends_the_thread(make: Make, table: Table):
    writer = make(delay=60, linger=60)
    for number in range(2 * BATCH + 1):
        writer.add(event(number))
    thread = writer._thread

    writer.stop()

    assert (len(table.ids), thread.is_alive()) == (2 * BATCH + 1, False)


def test_a_stop_leaves_a_database_that_hangs_alone(make: Make, table: Table):
    writer = make(delay=0)
    table.is_open.clear()
    writer.add(event(0))
    assert eventually(lambda: not writer._events)

    begun = time.monotonic()
    writer.stop(0.05)

    assert time.monotonic() - begun < 2


def test_what_comes_after_a_stop_is_stored_too(make: Make, table: Table):
    writer = make()
    writer.stop()

    writer.add(event(0))

    assert eventually(lambda: table.ids == ["0"])


def test_adding_never_waits_for_the_database_and_what_is_too_much_is_counted(
    make: Make, table: Table, caplog: pytest.LogCaptureFixture
):
    writer = make(delay=0, most=10)
    table.is_open.clear()
    writer.add(event("first"))
    assert eventually(lambda: not writer._events)

    begun = time.monotonic()
    for number in range(1000):
        writer.add(event(number))
    for day in range(20):
        writer.count(KEY._replace(day=day))
    assert time.monotonic() - begun < 1
    table.is_open.set()
    writer.stop()

    assert table.ids == ["first", *map(str, range(10))]
    assert len(table.counts) == 10
    assert writer.left_out == 1000
    assert "1000 security events were not stored" in caplog.text


def test_what_cannot_be_stored_yet_waits_in_its_order(make: Make, table: Table):
    writer = make(delay=0.01)
    table.failure = Busy("locked")
    for number in range(3):
        writer.add(event(number))
    writer.count(KEY)
    writer.flush()
    writer.add(event(3))
    table.failure = None

    assert eventually(lambda: len(table.ids) == 4)
    assert table.ids == ["0", "1", "2", "3"]
    assert (table.counts[KEY], writer.left_out) == (1, 0)


def test_what_waits_for_the_database_is_bounded(make: Make, table: Table):
    writer = make(delay=60, most=10)
    table.failure = Busy("locked")
    for _ in range(3):
        for number in range(10):
            writer.add(event(number))
        writer.flush()

    assert len(writer._events) == 10
    assert writer.left_out == 20


def test_an_unexpected_failure_loses_its_batch_and_no_other(
    make: Make, table: Table, caplog: pytest.LogCaptureFixture
):
    writer = make(delay=60)
    table.failure = ValueError("a value of a row")
    writer.add(event(0))
    writer.flush()
    table.failure = None
    writer.add(event(1))
    writer.flush()

    assert (table.ids, writer.left_out) == (["1"], 1)
    assert "could not be stored" in caplog.text


def test_threads_that_add_at_once_lose_and_double_nothing(make: Make, table: Table):
    writer = make(delay=0, linger=0, most=100_000)

    def add(thread: int) -> None:
        for number in range(300):
            writer.add(event(f"{thread} {number}"))
            writer.count(KEY)
            if number % 50 == 0:
                writer.flush()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(8)))
    writer.stop()

    assert Counter(table.ids) == {f"{thread} {number}": 1 for thread in range(8) for number in range(300)}
    assert table.counts[KEY] == 2400
    for thread in range(8):
        own = [each for each in table.ids if each.startswith(f"{thread} ")]
        assert own == [f"{thread} {number}" for number in range(300)]


def test_a_forked_child_begins_with_nothing_to_store(make: Make, table: Table):
    writer = make(delay=60)
    writer.add(event("of the parent"))

    # As a child does it; a real fork of a process with threads would warn.
    writer._after_fork()
    writer.add(event("of the child"))
    writer.flush()

    assert table.ids == ["of the child"]


def test_what_waits_is_stored_when_the_interpreter_ends(make: Make, table: Table):
    writer = make(delay=60)
    writer.add(event(0))

    event_writer._finish()

    assert table.ids == ["0"]


def test_an_owner_that_closes_in_the_writers_own_thread_does_not_wait_for_itself():
    """As the garbage collector may, which runs in any thread."""

    class Closing(Table):
        def write(self, events: Sequence[StoredEvent], counts: Mapping[CountKey, int]) -> None:
            writer.stop()
            super().write(events, counts)

    closing_table = Closing()
    writer = EventWriter(closing_table.write, delay=0)
    writer.add(event(0))
    assert eventually(lambda: closing_table.ids == ["0"])
    writer.stop()
