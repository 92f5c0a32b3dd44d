"""Outages of cache servers: every read returns the state at the service, and no exception is raised."""

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
class Outage:
    begin: Callable[[Any], None]
    end: Callable[[Any], None]


OUTAGES = {
    "killed": Outage(lambda server: server.kill(), lambda server: server.restart()),
    "paused": Outage(lambda server: server.pause(), lambda server: server.resume()),
    "restarted with its data": Outage(
        lambda server: server.stop(), lambda server: server.restart(with_data=True)
    ),
}


@pytest.fixture(params=OUTAGES)
def outage(request: pytest.FixtureRequest) -> Outage:
    return OUTAGES[request.param]


class TestOutages:
    def test_reads_miss_while_the_server_is_away(self, crowd, server, outage, clock, attempts, messages):
        with crowd.at_work():
            outage.begin(server)
            crowd.take_turns(2)
            before = [crowd.count(each) for each in ("hits", "misses", "failures")]
            crowd.take_turns(2)
            clock.pass_pause()
            crowd.take_turns(2)
            after = [crowd.count(each) for each in ("hits", "misses", "failures")]
            failed_calls = len(attempts)
            outage.end(server)
            clock.pass_pause()
            crowd.take_turns(3)

        assert after[0] == before[0]
        assert after[1] > before[1]
        assert after[2] > before[2]
        # Each thread may have waited for an answer when the outage began; then there was one trial request.
        assert 1 <= failed_calls <= THREADS + 1
        assert len(messages()) == 1
        assert crowd.is_served()

    def test_writes_during_an_outage_are_read_after_it(self, crowd, server, outage, clock):
        client, (changed, deleted) = crowd.client, crowd.own[:2]

        outage.begin(server)
        account = client.accounts.get(changed)
        account.given_name = "Own news"
        account.save()
        client.accounts.get(deleted).delete()
        outage.end(server)
        clock.pass_pause()

        assert client.accounts.get(changed).given_name == "Own news"
        with pytest.raises(Error) as caught:
            _ = client.accounts.get(deleted).given_name
        assert caught.value.status == 404

    def test_late_answers_are_not_read_by_other_requests(self, crowd, server, clock, timeout_seconds):
        with crowd.at_work():
            for timeouts in (0.5, 1, 1.5, 0.5, 1, 1.5):
                server.pause()
                time.sleep(timeouts * timeout_seconds)
                server.resume()
                clock.pass_pause()
                crowd.take_turns(1)

        assert crowd.is_served()

    def test_a_flush_by_another_client_causes_misses(self, crowd, server):
        misses = crowd.accounts.stats.misses
        with crowd.at_work():
            for _ in range(5):
                server.flush()
                crowd.take_turns(1)

        assert crowd.accounts.stats.misses > misses
        assert crowd.is_served()

    def test_one_message_per_minute_counts_the_failures_since_the_last(self, crowd, server, clock, messages):
        server.kill()
        for _ in range(8):
            crowd.read_all()
            clock.pass_pause()

        first, second = messages()
        assert first.endswith("(failures since the last message: 1)")
        assert second.endswith("(failures since the last message: 4)")
        assert str(server.port) in first
