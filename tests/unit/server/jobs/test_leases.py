"""Leases of any kind of work, watched by a monotonic clock."""

import pytest

from stormpath.server.domain.leases import Lease
from stormpath.server.domain.storage import Unavailable
from stormpath.server.jobs.leases import LeaseWatch

LEASE = Lease("fax-1", "token", 60)


class FakeStore:
    """A store of leases in memory; ``is_away`` makes it fail."""

    def __init__(self, *leases):
        self.held = list(leases)
        self.is_away = False
        self.released = []

    def leases(self):
        if self.is_away:
            raise Unavailable("away")
        return list(self.held)

    def release(self, id, token, now):
        self.released.append((id, token, now))
        before = len(self.held)
        self.held = [each for each in self.held if (each.id, each.token) != (id, token)]
        return len(self.held) < before


@pytest.fixture
def seconds():
    return [1000.0]


@pytest.fixture
def store():
    return FakeStore(LEASE)


@pytest.fixture
def watch(store, seconds):
    return LeaseWatch(store, lambda: seconds[0], on_release="Fax %s is tried again.")


def test_a_lease_is_released_when_it_was_seen_for_its_seconds(watch, store, seconds, caplog):
    assert watch.check(1) == {LEASE: 60}
    seconds[0] += 59.5
    assert watch.check(2) == {LEASE: 0.5}
    assert store.released == []

    seconds[0] += 0.5
    watch.check(3)

    assert store.released == [("fax-1", "token", 3)]
    assert [each.getMessage() for each in caplog.records] == ["Fax fax-1 is tried again."]
    assert watch.check(4) == {}


def test_a_lease_that_ended_by_itself_is_not_logged_as_released(watch, store, seconds, caplog):
    watch.check(1)
    seconds[0] += 60
    store.release = lambda *arguments: False

    watch.check(2)

    assert caplog.records == []


def test_after_the_store_failed_leases_are_seen_as_for_the_first_time(watch, store, seconds):
    watch.check(1)
    seconds[0] += 59
    store.is_away = True
    with pytest.raises(Unavailable):
        watch.check(2)
    store.is_away = False

    assert watch.check(3) == {LEASE: 60}
