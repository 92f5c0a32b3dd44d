"""Who is told of a fork."""

import gc
import threading
from weakref import WeakSet

import pytest

from stormpath import forks


class Holder:
    """Counts how often it was told; ``breaks`` lets it fail."""

    def __init__(self, breaks: bool = False) -> None:
        self.told = 0
        self._breaks = breaks
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self.told += 1
        if self._breaks:
            raise RuntimeError("cannot")


@pytest.fixture(autouse=True)
def nobody_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "_holders", WeakSet())


def test_everybody_alive_is_told_of_every_fork() -> None:
    holders = [Holder(), Holder()]

    forks._renew()
    forks._renew()

    assert [each.told for each in holders] == [2, 2]


def test_nobody_is_kept_alive_by_being_told() -> None:
    for _ in range(3):
        Holder()
    gc.collect()

    assert len(forks._holders) == 0


def test_one_that_fails_keeps_nobody_else_from_being_told() -> None:
    holders = [Holder(), Holder(breaks=True), Holder()]

    with pytest.raises(ExceptionGroup, match="after a fork") as caught:
        forks._renew()

    assert [each.told for each in holders] == [1, 1, 1]
    assert [str(each) for each in caught.value.exceptions] == ["cannot"]


def test_a_lock_that_somebody_held_is_free_in_the_child() -> None:
    lock = forks.Lock()

    with lock:
        forks._renew()
        taken = threading.Thread(target=lock.__enter__, daemon=True)
        taken.start()
        taken.join(5)

        assert not taken.is_alive()


def test_a_property_that_is_worked_out_holds_up_no_other_object() -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow:
        def __init__(self, waits: bool) -> None:
            self.waits = waits

        @forks.cached_property
        def value(self) -> object:
            if self.waits:
                begun.set()
                go_on.wait(10)
            return object()

    waiting, other = Slow(waits=True), Slow(waits=False)
    thread = threading.Thread(target=lambda: waiting.value)
    thread.start()
    begun.wait(10)
    reader = threading.Thread(target=lambda: other.value, daemon=True)
    reader.start()
    reader.join(5)
    held_up = reader.is_alive()
    go_on.set()
    thread.join()

    assert not held_up
    assert other.value is other.value
