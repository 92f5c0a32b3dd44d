"""Cache servers that go and come back: every account reads as the service says, and nothing is raised."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from stormpath.error import Error
from support.cached_reading import THREADS


@pytest.fixture
def timeout_seconds() -> float:
    """Short: some of these servers hang."""
    return 0.2


@dataclass
class Accident:
    happens: Callable[[Any], None]
    is_over: Callable[[Any], None]


ACCIDENTS = {
    "killed": Accident(lambda server: server.kill(), lambda server: server.restart()),
    "paused": Accident(lambda server: server.pause(), lambda server: server.resume()),
    "restarted with its data": Accident(
        lambda server: server.stop(), lambda server: server.restart(with_data=True)
    ),
}


@pytest.fixture(params=ACCIDENTS)
def accident(request: pytest.FixtureRequest) -> Accident:
    return ACCIDENTS[request.param]


class TestInTheMiddleOfARun:
    def test_a_server_that_is_away_is_a_cache_that_holds_nothing(
        self, crowd, server, accident, clock, attempts, messages
    ):
        with crowd.at_work():
            accident.happens(server)
            crowd.take_turns(2)
            before = [crowd.count(each) for each in ("hits", "misses", "failures")]
            crowd.take_turns(2)
            clock.pass_pause()
            crowd.take_turns(2)
            after = [crowd.count(each) for each in ("hits", "misses", "failures")]
            in_vain = len(attempts)
            accident.is_over(server)
            clock.pass_pause()
            crowd.take_turns(3)

        assert after[0] == before[0]
        assert after[1] > before[1]
        assert after[2] > before[2]
        # Each thread may have waited for an answer when it happened; then one tried.
        assert 1 <= in_vain <= THREADS + 1
        assert len(messages()) == 1
        assert crowd.is_served()

    def test_what_was_written_meanwhile_is_what_is_read_afterwards(self, crowd, server, accident, clock):
        client, (changed, deleted) = crowd.client, crowd.own[:2]

        accident.happens(server)
        account = client.accounts.get(changed)
        account.given_name = "Own news"
        account.save()
        client.accounts.get(deleted).delete()
        accident.is_over(server)
        clock.pass_pause()

        assert client.accounts.get(changed).given_name == "Own news"
        with pytest.raises(Error) as caught:
            _ = client.accounts.get(deleted).given_name
        assert caught.value.status == 404

    def test_late_answers_are_nobody_elses(self, crowd, server, clock, timeout_seconds):
        with crowd.at_work():
            for timeouts in (0.5, 1, 1.5, 0.5, 1, 1.5):
                server.pause()
                time.sleep(timeouts * timeout_seconds)
                server.resume()
                clock.pass_pause()
                crowd.take_turns(1)

        assert crowd.is_served()

    def test_a_flush_by_somebody_else_is_a_row_of_misses(self, crowd, server):
        misses = crowd.accounts.stats.misses
        with crowd.at_work():
            for _ in range(5):
                server.flush()
                crowd.take_turns(1)

        assert crowd.accounts.stats.misses > misses
        assert crowd.is_served()

    def test_one_message_a_minute_counts_what_happened_since(self, crowd, server, clock, messages):
        server.kill()
        for _ in range(8):
            crowd.read_all()
            clock.pass_pause()

        first, second = messages()
        assert first.endswith("(failures since the last message: 1)")
        assert second.endswith("(failures since the last message: 4)")
        assert str(server.port) in first
