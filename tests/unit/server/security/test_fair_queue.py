"""The queue that serves its branches by turns."""

import random
import time

import pytest

from stormpath.server.security.fair_queue import FairQueue


def drained(queue: FairQueue[str]) -> str:
    return "".join(queue.pop() for _ in range(len(queue)))


def filled(*pushed: str) -> FairQueue[str]:
    """Return a queue with an item for each path; ``ab`` is (a, b), and the item is written the same."""
    queue: FairQueue[str] = FairQueue()
    for each in pushed:
        queue.push(tuple(each), each)
    return queue


def test_items_of_one_path_leave_as_they_came():
    queue: FairQueue[str] = FairQueue()
    for each in "123":
        queue.push(("a", "x"), each)

    assert drained(queue) == "123"


def test_branches_take_turns_at_each_level():
    queue = filled("ax", "ax", "ax", "ay", "bx")

    assert [queue.pop() for _ in range(5)] == ["ax", "bx", "ay", "ax", "ax"]


def test_one_that_comes_late_waits_for_one_item_of_each_other_branch():
    queue = filled(*["ax"] * 50, *["ay"] * 50)
    queue.push("bx", "bx")

    assert [queue.pop() for _ in range(2)] == ["ax", "bx"]


def test_the_newest_of_the_longest_branch_can_be_taken_out():
    queue: FairQueue[int] = FairQueue()
    for number, path in enumerate(["ax", "ax", "ay", "bx", "bx"]):
        queue.push(path, number)

    # Of the three below a, two are x.
    assert queue.pop_newest_of_longest() == 1


def test_among_branches_of_one_length_the_newest_loses():
    queue = filled("ax", "bx", "cx")

    assert queue.pop_newest_of_longest() == "cx"


def test_items_can_be_removed_and_leave_nothing_behind():
    queue = filled("ax", "ay", "bx")
    queue.remove("ax", "ax")
    queue.remove("bx", "bx")

    assert queue.waiting_at("ax") == queue.waiting_at("bx") == queue.waiting_at("zz") == 0
    assert queue.waiting_at("ay") == 1
    assert drained(queue) == "ay"
    assert not queue._root.branches
    with pytest.raises(IndexError):
        queue.pop()


def test_lengths_stay_right_whatever_is_done():
    chance = random.Random(20)  # noqa: S311  # examples, not secrets
    queue: FairQueue[tuple[str, int]] = FairQueue()
    items: list[tuple[str, int]] = []
    for number in range(5000):
        action = chance.choice(["push", "push", "pop", "newest", "remove"])
        if action == "push":
            path = chance.choice("abc") + chance.choice("xyz") + chance.choice("12")
            queue.push(path, (path, number))
            items.append((path, number))
        elif items:
            if action == "remove":
                taken = chance.choice(items)
                queue.remove(taken[0], taken)
            else:
                taken = queue.pop() if action == "pop" else queue.pop_newest_of_longest()
            items.remove(taken)
        assert len(queue) == len(items)
    for path, _ in items:
        assert queue.waiting_at(path) == sum(each[0] == path for each in items)
    assert sorted(queue.pop() for _ in range(len(queue))) == sorted(items)


def test_a_push_and_a_pop_cost_no_more_in_a_long_queue():
    def seconds(waiting: int) -> float:
        queue = filled(*(f"a{chr(each)}" for each in range(waiting)))
        begun = time.process_time()
        for _ in range(3000):
            queue.push("b?", "b?")
            queue.pop()
        return time.process_time() - begun

    # Measured: 1.0 times as long beside a thousand as beside ten; 100 times if it depended on their number.
    assert min(seconds(1000) for _ in range(3)) < 5 * min(seconds(10) for _ in range(3))
