"""The circuit breaker: its pauses, its log messages, and the stores that share one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from stormpath.cache.circuit_breaker import CircuitBreaker, circuit_breaker_for
from stormpath.cache.store import StoreUnavailable

DOWN = StoreUnavailable("connection refused")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker("redis://cache:6379/0", clock)


def pause_of(breaker: CircuitBreaker, clock: Clock) -> float:
    """Return the seconds until the breaker allows a request, to a tenth."""
    for tenths in range(1000):
        if breaker.allows_request():
            return tenths / 10
        clock.now += 0.1
    raise AssertionError("the breaker allows no more requests")


class TestPauses:
    def test_a_closed_circuit_allows_every_request(self, breaker):
        assert breaker.is_closed
        assert [breaker.allows_request(), breaker.allows_request()] == [True, True]

    @pytest.mark.parametrize("failure", [DOWN, ConnectionRefusedError(), TimeoutError(), OSError("disk")])
    def test_an_unavailable_store_is_not_called_for_a_second(self, breaker, clock, failure):
        breaker.record_failure(failure)

        assert not breaker.is_closed
        assert pause_of(breaker, clock) == pytest.approx(1, abs=0.15)

    def test_pauses_double_up_to_fifteen_seconds(self, breaker, clock):
        pauses = []
        breaker.record_failure(DOWN)
        for _ in range(7):
            pauses.append(pause_of(breaker, clock))
            breaker.record_failure(DOWN, was_trial=True)

        assert pauses == pytest.approx([1, 2, 4, 8, 15, 15, 15], abs=0.15)

    def test_an_hour_of_a_dead_store_costs_one_trial_request_per_fifteen_seconds(self, breaker, clock):
        breaker.record_failure(DOWN)
        tries = 0
        for _ in range(36_000):
            clock.now += 0.1
            if breaker.allows_request():
                tries += 1
                breaker.record_failure(DOWN, was_trial=True)

        assert 235 <= tries <= 245

    def test_after_a_pause_one_caller_makes_a_trial_request(self, breaker, clock):
        breaker.record_failure(DOWN)
        clock.now += 1.1

        assert [breaker.allows_request() for _ in range(16)] == [True] + 15 * [False]

    def test_a_trial_request_under_way_is_the_only_one(self, breaker, clock):
        breaker.record_failure(DOWN)
        clock.now += 1.1
        assert breaker.allows_request()

        clock.now += 10

        assert not breaker.allows_request()

    def test_a_trial_request_that_never_ends_is_followed_by_another(self, breaker, clock):
        breaker.record_failure(DOWN)
        clock.now += 1.1
        assert breaker.allows_request()

        assert pause_of(breaker, clock) == pytest.approx(15, abs=0.15)

    def test_a_pause_begins_when_the_trial_request_failed(self, breaker, clock):
        breaker.record_failure(DOWN)
        clock.now += 1.1
        assert breaker.allows_request()
        clock.now += 5
        breaker.record_failure(DOWN, was_trial=True)

        assert pause_of(breaker, clock) == pytest.approx(2, abs=0.15)

    def test_a_success_closes_the_circuit_and_resets_the_pause(self, breaker, clock):
        breaker.record_failure(DOWN)
        for _ in range(5):
            pause_of(breaker, clock)
            breaker.record_failure(DOWN, was_trial=True)
        pause_of(breaker, clock)

        breaker.record_success()
        was_closed = breaker.is_closed
        breaker.record_failure(DOWN)

        assert was_closed
        assert pause_of(breaker, clock) == pytest.approx(1, abs=0.15)

    def test_late_failures_of_earlier_calls_do_not_extend_the_pause(self, breaker, clock):
        breaker.record_failure(DOWN)
        for _ in range(15):
            clock.now += 0.05
            breaker.record_failure(DOWN)

        assert pause_of(breaker, clock) == pytest.approx(0.25, abs=0.15)

    def test_late_failures_of_earlier_calls_do_not_end_a_trial(self, breaker, clock):
        breaker.record_failure(DOWN)
        clock.now += 1.1
        assert breaker.allows_request()
        breaker.record_failure(DOWN)
        clock.now += 3

        assert not breaker.allows_request()


class TestOtherFailures:
    def test_a_failure_of_one_entry_does_not_open_the_circuit(self, breaker):
        breaker.record_failure(ValueError("no JSON"))

        assert breaker.is_closed

    def test_a_trial_request_that_is_refused_closes_the_circuit(self, breaker, clock):
        breaker.record_failure(DOWN)
        clock.now += 1.1
        assert breaker.allows_request()

        breaker.record_failure(ValueError("wrong type"), was_trial=True)

        assert breaker.is_closed

    def test_a_refusal_of_an_earlier_call_does_not_close_the_circuit(self, breaker):
        breaker.record_failure(DOWN)

        breaker.record_failure(ValueError("asked long ago"))

        assert not breaker.is_closed


class TestMessages:
    def test_the_first_failure_is_logged_with_server_and_reason(self, breaker, caplog):
        breaker.record_failure(DOWN)

        (record,) = caplog.records
        assert (record.name, record.levelno) == ("stormpath.cache", logging.WARNING)
        assert "redis://cache:6379/0" in record.getMessage()
        assert "StoreUnavailable: connection refused" in record.getMessage()

    def test_an_exception_message_that_may_quote_cached_data_is_not_logged(self, breaker, caplog):
        breaker.record_failure(ValueError("Expecting value: hunter2"))

        assert "ValueError" in caplog.text
        assert "hunter2" not in caplog.text

    def test_one_message_a_minute_counts_all_failures_since_the_last(self, breaker, clock, caplog):
        for _ in range(1200):
            breaker.record_failure(DOWN, was_trial=True)
            clock.now += 0.125

        counts = [record.getMessage().rpartition(": ")[2] for record in caplog.records]
        assert counts == ["1)", "480)", "480)"]

    def test_a_recovery_does_not_bring_the_next_message_forward(self, breaker, clock, caplog):
        breaker.record_failure(DOWN)
        clock.now += 2
        assert breaker.allows_request()
        breaker.record_success()
        breaker.record_failure(DOWN)

        assert len(caplog.records) == 1

    def test_a_log_handler_may_use_the_circuit_breaker(self, breaker):
        answers: list[bool] = []

        class Handler(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                breaker.record_failure(DOWN)
                answers.append(breaker.allows_request())

        handler = Handler()
        logger = logging.getLogger("stormpath.cache")
        logger.addHandler(handler)
        try:
            breaker.record_failure(DOWN)
        finally:
            logger.removeHandler(handler)

        assert answers == [False]


class TestThreads:
    @pytest.fixture
    def threads(self) -> Iterator[ThreadPoolExecutor]:
        with ThreadPoolExecutor(16) as threads:
            yield threads

    def test_sixteen_threads_make_one_trial_request_per_pause(self, breaker, clock, threads):
        start = Barrier(16)

        def ask_often(_):
            start.wait()
            return sum(breaker.allows_request() for _ in range(500))

        breaker.record_failure(DOWN)
        tries = []
        for _ in range(5):
            clock.now += 20
            tries.append(sum(threads.map(ask_often, range(16))))
            breaker.record_failure(DOWN, was_trial=True)

        assert tries == [1, 1, 1, 1, 1]

    def test_sixteen_threads_that_fail_together_are_one_message_and_one_pause(
        self, breaker, clock, threads, caplog
    ):
        start = Barrier(16)

        def fail(_):
            start.wait()
            breaker.record_failure(DOWN)

        list(threads.map(fail, range(16)))
        clock.now += 60
        breaker.record_failure(DOWN)

        assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == ["1)", "16)"]
        assert pause_of(breaker, clock) == 0


class TestSharing:
    class Store:
        def __init__(self, server: object) -> None:
            self.server = server

    def test_stores_of_one_server_share_a_circuit_breaker(self):
        first, second = (circuit_breaker_for(self.Store("redis://a:1/0")) for _ in range(2))

        assert first is second
        assert circuit_breaker_for(self.Store("redis://b:1/0")) is not first

    @pytest.mark.parametrize("store", [object(), Store(None), Store(17)])
    def test_a_store_that_names_no_server_has_its_own_circuit_breaker(self, store):
        assert circuit_breaker_for(store) is not circuit_breaker_for(store)
        assert circuit_breaker_for(store).server == type(store).__name__
