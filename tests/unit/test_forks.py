"""Who is told of a fork, in both halves of the package."""

import gc
import threading
from types import ModuleType
from weakref import WeakSet

import pytest

from stormpath import forks as sdk
from stormpath.server import forks as service


class Holder:
    """Counts how often it was told; ``breaks`` lets it fail."""

    def __init__(self, forks: ModuleType, breaks: bool = False) -> None:
        self.told = 0
        self._breaks = breaks
        forks.renew_in_child(self)

    def _after_fork(self) -> None:
        self.told += 1
        if self._breaks:
            raise RuntimeError("cannot")


@pytest.fixture(params=[sdk, service], ids=["SDK", "service"])
def forks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """One of the two modules, that knows nobody yet."""
    module: ModuleType = request.param
    monkeypatch.setattr(module, "_holders", WeakSet())
    return module


def test_everybody_alive_is_told_of_every_fork(forks: ModuleType) -> None:
    holders = [Holder(forks), Holder(forks)]

    forks._renew()
    forks._renew()

    assert [each.told for each in holders] == [2, 2]


def test_nobody_is_kept_alive_by_being_told(forks: ModuleType) -> None:
    for _ in range(3):
        Holder(forks)
    gc.collect()

    assert len(forks._holders) == 0


def test_one_that_fails_keeps_nobody_else_from_being_told(forks: ModuleType) -> None:
    holders = [Holder(forks), Holder(forks, breaks=True), Holder(forks)]

    with pytest.raises(ExceptionGroup, match="after a fork") as caught:
        forks._renew()

    assert [each.told for each in holders] == [1, 1, 1]
    assert [str(each) for each in caught.value.exceptions] == ["cannot"]


def test_a_property_that_is_worked_out_holds_up_no_other_object(forks: ModuleType) -> None:
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
