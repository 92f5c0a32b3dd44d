"""The threads that try the passwords of logins."""

import queue
import threading
import time

import pytest

from stormpath.agent.configuration import Login
from stormpath.agent.logins import BindPool


class Answers:
    def __init__(self):
        self.told = queue.SimpleQueue()
        self.batches = []

    def __call__(self, outcomes):
        self.batches.append(dict(outcomes))
        for each in outcomes.items():
            self.told.put(each)

    def next(self):
        return self.told.get(timeout=10)


@pytest.fixture
def answers():
    return Answers()


@pytest.fixture
def pool_of(answers):
    pools = []

    def made(bind, threads=2, answer=answers):
        pools.append(BindPool(bind, answer, threads))
        return pools[-1]

    yield made
    for each in pools:
        each.stop()


def login(id="l1", dn="uid=ann", password="right", seconds=8.0):
    return Login(id, None, dn, password, time.monotonic() + seconds)


def tried(pool, *logins):
    reserved = pool.reserve()
    pool.fill(reserved, logins)


def test_the_outcome_of_a_bind_is_told(pool_of, answers):
    pool = pool_of(lambda each: "accepted" if each.password == "right" else "refused")

    tried(pool, login("l1"), login("l2", password="wrong"))

    assert {answers.next(), answers.next()} == {("l1", "accepted"), ("l2", "refused")}


@pytest.mark.parametrize("empty", [{"password": ""}, {"dn": ""}])
def test_an_empty_password_is_refused_without_a_bind(pool_of, answers, empty):
    bound: list[str] = []
    pool = pool_of(lambda each: bound.append(each.dn) or "accepted")

    tried(pool, login(**empty))

    assert answers.next() == ("l1", "refused")
    assert not bound


def test_a_login_that_is_over_is_not_tried(pool_of, answers):
    bound: list[str] = []
    pool = pool_of(lambda each: bound.append(each.id) or "accepted")

    tried(pool, login("late", seconds=0), login("l2"))

    assert answers.next() == ("l2", "accepted")
    assert bound == ["l2"]


def test_a_slow_bind_does_not_hold_up_others(pool_of, answers):
    gate = threading.Event()
    pool = pool_of(lambda each: (each.id == "slow" and gate.wait(10) and "accepted") or "accepted")

    tried(pool, login("slow"))
    tried(pool, login("quick"))

    assert answers.next() == ("quick", "accepted")
    gate.set()
    assert answers.next() == ("slow", "accepted")


def test_no_more_logins_are_asked_for_than_there_are_places(pool_of):
    gate = threading.Event()
    pool = pool_of(lambda each: gate.wait(10) and "accepted")

    asked = [pool.reserve() for _ in range(4)]

    assert asked == [8, 2, 0, 0]
    gate.set()


def test_places_are_free_again_after_the_bind(pool_of, answers):
    pool = pool_of(lambda each: "accepted")
    for each in range(50):
        reserved = pool.reserve()
        assert reserved
        pool.fill(reserved, (login(str(each)),))
        answers.next()
    deadline = time.monotonic() + 5
    while (free := pool.reserve()) != 8 and time.monotonic() < deadline:
        pool.fill(free, ())
        time.sleep(0.01)
    assert free == 8


def test_a_bind_that_fails_unexpectedly_is_an_outcome_and_shows_no_password(pool_of, answers, caplog):
    def fails(each):
        raise ValueError(each.password)

    tried(pool_of(fails), login(password="s3cret"))

    assert answers.next() == ("l1", "unusable")
    assert "s3cret" not in caplog.text


def test_outcomes_that_wait_for_one_another_are_told_together(pool_of, answers):
    gate, begun = threading.Event(), threading.Event()

    def answer(outcomes):
        begun.set()
        gate.wait(10)
        answers(outcomes)

    done = [threading.Event() for _ in range(4)]
    pool = pool_of(lambda each: done[int(each.id)].set() or "accepted", threads=4, answer=answer)
    tried(pool, login("0"))
    assert begun.wait(10)
    tried(pool, login("1"), login("2"), login("3"))
    for each in done:
        assert each.wait(10)
    # Each thread notes its outcome right after the bind.
    time.sleep(0.05)
    gate.set()

    for _ in range(4):
        answers.next()
    assert [len(each) for each in answers.batches] == [1, 3]
