"""Writes of several threads in one transaction."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from stormpath.server.domain.storage import Busy, Unavailable
from stormpath.server.storage.group_commit import MOST, GroupCommit


class Writer:
    """Doubles numbers, once it may; remembers the groups in which they came."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.may_write = threading.Event()
        self.may_write.set()
        self.is_writing = threading.Event()
        self.error: BaseException | None = None

    def __call__(self, items: Sequence[int]) -> Sequence[int]:
        self.groups.append(list(items))
        self.is_writing.set()
        assert self.may_write.wait(30)
        if self.error is not None:
            raise self.error
        return [2 * each for each in items]


@pytest.fixture
def writer() -> Writer:
    return Writer()


def waiting(group: GroupCommit[int, int], number: int) -> None:
    """Wait until so many items wait."""
    while len(group._waiting) < number:
        pass


def test_a_single_caller_does_not_wait(writer: Writer):
    group = GroupCommit(writer)

    assert [group.add(each) for each in range(3)] == [0, 2, 4]
    assert writer.groups == [[0], [1], [2]]


@pytest.mark.parametrize("crowd", [2, 40])
def test_what_comes_during_a_write_is_written_together(writer: Writer, crowd: int):
    group = GroupCommit(writer)
    writer.may_write.clear()
    with ThreadPoolExecutor(crowd + 1) as threads:
        first = threads.submit(group.add, 0)
        writer.is_writing.wait(30)
        others = [threads.submit(group.add, each) for each in range(1, crowd + 1)]
        waiting(group, crowd)
        writer.may_write.set()

        assert first.result() == 0
        assert [each.result() for each in others] == [2 * each for each in range(1, crowd + 1)]
    assert [len(each) for each in writer.groups] == [1, crowd]


def test_a_group_is_bounded(writer: Writer):
    group = GroupCommit(writer)
    writer.may_write.clear()
    with ThreadPoolExecutor(MOST + 6) as threads:
        threads.submit(group.add, 0)
        writer.is_writing.wait(30)
        others = [threads.submit(group.add, each) for each in range(MOST + 5)]
        waiting(group, MOST + 5)
        writer.may_write.set()
        assert sorted(each.result() for each in others) == [2 * each for each in range(MOST + 5)]

    assert [len(each) for each in writer.groups] == [1, MOST, 5]


@pytest.mark.parametrize(
    ("error", "told"),
    [(Busy("locked"), Busy), (KeyError("secret"), Unavailable), (KeyboardInterrupt(), Unavailable)],
)
def test_an_error_is_raised_by_all_of_a_group_and_ends_with_it(
    writer: Writer, error: BaseException, told: type[Exception]
):
    group = GroupCommit(writer)
    writer.may_write.clear()
    with ThreadPoolExecutor(6) as threads:
        first = threads.submit(group.add, 0)
        writer.is_writing.wait(30)
        others = [threads.submit(group.add, each) for each in range(5)]
        waiting(group, 5)
        writer.error = error
        writer.may_write.set()
        errors = [each.exception() for each in (first, *others)]

    assert sorted(type(each).__name__ for each in errors if each is not None) == sorted(
        [type(error).__name__] * 2 + [told.__name__] * 4
    )
    assert len({id(each) for each in errors if isinstance(each, told)}) >= 4
    writer.error = None
    assert group.add(4) == 8


def test_a_caller_that_is_interrupted_holds_up_no_other(writer: Writer, monkeypatch: pytest.MonkeyPatch):
    group = GroupCommit(writer)
    wait = group._wait

    class InterruptedLock:
        def acquire(self) -> None:
            waiting(group, 2)
            raise KeyboardInterrupt

    def interrupted(own: object) -> None:
        if threading.current_thread().name == "interrupted":
            own.lock = InterruptedLock()  # type: ignore[attr-defined]
        wait(own)  # type: ignore[arg-type]

    def be_interrupted() -> None:
        with pytest.raises(KeyboardInterrupt):
            group.add(1)

    monkeypatch.setattr(group, "_wait", interrupted)
    writer.may_write.clear()
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(group.add, 0)
        writer.is_writing.wait(30)
        unlucky = threading.Thread(target=be_interrupted, name="interrupted")
        unlucky.start()
        waiting(group, 1)
        last = threads.submit(group.add, 2)
        unlucky.join(30)
        writer.may_write.set()

        assert (first.result(30), last.result(30)) == (0, 4)
    assert writer.groups == [[0], [2]]
