"""The number of requests that may be under way at a time."""

import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from stormpath.server.outbound.slots import Slots, TooMany


def test_one_tenant_has_a_share_of_all():
    slots = Slots(3, 2)

    slots.take("a")
    slots.take("a")
    with pytest.raises(TooMany, match="2 are at work for this tenant"):
        slots.take("a")
    slots.take("b")
    with pytest.raises(TooMany, match="3 are at work in this process"):
        slots.take("b")


def test_a_slot_that_is_given_back_is_free():
    slots = Slots(1, 1)
    for _ in range(3):
        slots.take("a")
        slots.leave("a")
    slots.take("b")


def test_one_more_waits_for_its_turn():
    slots = Slots(2, 1, patience=10)
    slots.take("a")

    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(slots.take, "a")
        # Its waiting keeps no other tenant from working.
        slots.take("b")
        while not slots._waiting["a"]:
            time.sleep(0.001)
        # As many as may be at work wait already.
        with pytest.raises(TooMany, match="1 are at work for this tenant"):
            slots.take("a")
        slots.leave("a")
        waiting.result(10)

    assert not slots._waiting


def test_one_that_waits_in_vain_is_refused():
    slots = Slots(1, 1, patience=0.01)
    slots.take("a")

    with pytest.raises(TooMany, match="1 are at work for this tenant"):
        slots.take("a")
    assert not slots._waiting


def test_tenants_that_have_none_are_forgotten():
    slots = Slots(1, 1)
    for each in range(100):
        slots.take(str(each))
        slots.leave(str(each))

    assert not slots._taken


def test_a_forked_child_begins_with_all_of_them():
    slots = Slots(1, 1)
    slots.take("a")
    slots._changed.acquire()  # as another thread may hold it at that moment
    child = os.fork()
    if not child:
        slots.take("a")
        os._exit(0)

    assert os.waitpid(child, 0)[1] == 0
