import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from stormpath.server.rest.concurrency_limits import UNLIMITED, ConcurrencyLimit
from stormpath.server.schema.errors import ApiError, Code


def test_as_many_as_allowed_are_at_work_at_a_time():
    limit = ConcurrencyLimit("writes", 2, patience=0.05)
    first, _ = limit.take(), limit.take()

    assert limit.is_full
    with pytest.raises(ApiError) as refused:
        limit.take()
    assert (refused.value.code, refused.value.retry_after) == (Code.UNAVAILABLE, 1)

    first.leave()
    assert not limit.is_full
    limit.take()


def test_a_place_is_given_back_when_the_block_fails():
    limit = ConcurrencyLimit("writes", 1)

    with pytest.raises(KeyError), limit.take():
        raise KeyError

    with limit.take():
        assert limit.is_full


def test_in_a_burst_each_waits_for_its_turn():
    limit = ConcurrencyLimit("writes", 2, patience=30)
    together, most, lock = 0, 0, threading.Lock()

    def work(_: int) -> None:
        nonlocal together, most
        with limit.take():
            with lock:
                together += 1
                most = max(most, together)
            threading.Event().wait(0.001)
            with lock:
                together -= 1

    with ThreadPoolExecutor(20) as threads:
        list(threads.map(work, range(200)))

    assert most == 2
    assert limit.oldest() == 0


def test_behind_one_that_is_stuck_nothing_waits():
    limit = ConcurrencyLimit("writes", 1, patience=0.2)
    limit.take()
    threading.Event().wait(0.2)
    assert limit.oldest() >= 0.2
    refusals = []

    def ask() -> None:
        try:
            limit.take()
        except ApiError as refusal:
            refusals.append(refusal)

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(0.15)

    assert len(refusals) == 50


def test_without_a_limit_nothing_is_refused():
    for _ in range(1000):
        UNLIMITED.writes.take()

    assert not UNLIMITED.writes.is_full
    assert UNLIMITED.oldest_body() == 0
    assert not UNLIMITED.are_bodies_stuck()
