"""Who is told of a fork."""

import gc

import pytest

from stormpath import forks


class Holder:
    """Counts how often it was told; ``breaks`` lets it fail."""

    def __init__(self, breaks: bool = False) -> None:
        self.told = 0
        self._breaks = breaks
        forks.renew_in_child(self.renew)

    def renew(self) -> None:
        self.told += 1
        if self._breaks:
            raise RuntimeError("cannot")


@pytest.fixture(autouse=True)
def nobody_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "_renewals", set())


def test_everybody_alive_is_told_of_every_fork() -> None:
    holders = [Holder(), Holder()]

    forks._renew()
    forks._renew()

    assert [each.told for each in holders] == [2, 2]


def test_nobody_is_kept_alive_by_being_told() -> None:
    for _ in range(3):
        Holder()
    gc.collect()

    assert len(forks._renewals) == 0


def test_one_that_fails_keeps_nobody_else_from_being_told() -> None:
    holders = [Holder(), Holder(breaks=True), Holder()]

    with pytest.raises(ExceptionGroup, match="after a fork") as caught:
        forks._renew()

    assert [each.told for each in holders] == [1, 1, 1]
    assert [str(each) for each in caught.value.exceptions] == ["cannot"]
