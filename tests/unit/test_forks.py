"""The renewal of objects after a fork."""

import gc
import threading
from weakref import WeakSet

import pytest

from stormpath import forks


class Holder:
    """Counts the calls of ``_after_fork``; ``breaks`` lets it fail."""

    def __init__(self, breaks: bool = False) -> None:
        self.calls = 0
        self._breaks = breaks
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self.calls += 1
        if self._breaks:
            raise RuntimeError("cannot")


@pytest.fixture(autouse=True)
def no_holders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "_holders", WeakSet())


def test_every_registered_object_is_renewed_after_every_fork() -> None:
    holders = [Holder(), Holder()]

    forks._renew()
    forks._renew()

    assert [each.calls for each in holders] == [2, 2]


def test_a_registered_object_can_be_garbage_collected() -> None:
    for _ in range(3):
        Holder()
    gc.collect()

    assert len(forks._holders) == 0


def test_a_failing_object_does_not_keep_others_from_being_renewed() -> None:
    holders = [Holder(), Holder(breaks=True), Holder()]

    with pytest.raises(ExceptionGroup, match="after a fork") as caught:
        forks._renew()

    assert [each.calls for each in holders] == [1, 1, 1]
    assert [str(each) for each in caught.value.exceptions] == ["cannot"]


def test_a_lock_held_during_a_fork_is_free_in_the_child() -> None:
    lock = forks.Lock()

    with lock:
        forks._renew()
        taken = threading.Thread(target=lock.__enter__, daemon=True)
        taken.start()
        taken.join(5)

        assert not taken.is_alive()


def test_a_slow_cached_property_does_not_block_other_objects() -> None:
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
    blocked = reader.is_alive()
    go_on.set()
    thread.join()

    assert not blocked
    assert other.value is other.value
