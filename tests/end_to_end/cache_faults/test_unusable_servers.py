"""Cache servers that never worked: every read misses quickly, and no exception is raised."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support import bad_servers
from support.cached_reading import Crowd
from support.ports import free_port


@pytest.fixture
def timeout_seconds() -> float:
    """Short: some of these servers hang."""
    return 0.2


class TestUnusableServers:
    @pytest.fixture(params=[bad_servers.silent, bad_servers.closing, bad_servers.babbling])
    def bad(self, request: pytest.FixtureRequest) -> Iterator[bad_servers.BadServer]:
        with bad_servers.running(request.param) as server:
            yield server

    def check(self, crowd: Crowd, messages: Callable[[], list[str]]) -> None:
        with crowd.at_work():
            crowd.take_turns(2)

        assert crowd.read_all() == crowd.said_by_service()
        assert crowd.count("hits") == 0
        assert crowd.count("misses") > 0
        assert crowd.count("failures") > 0
        assert len(messages()) == 1

    def test_reads_miss_if_the_server_is_not_a_cache_server(self, new_crowd, bad, messages):
        self.check(new_crowd(bad.store_opts), messages)

    def test_reads_miss_if_the_port_is_closed(self, new_crowd, messages):
        self.check(new_crowd({"host": "127.0.0.1", "port": free_port()}), messages)

    def test_reads_miss_if_the_host_name_is_unknown(self, new_crowd, messages, monkeypatch):
        def fail_to_resolve(*_: Any, **__: Any) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", fail_to_resolve)

        self.check(new_crowd({"host": "cache.invalid"}), messages)

    @pytest.mark.parametrize("treat", [bad_servers.silent, bad_servers.closing])
    def test_an_unusable_server_costs_one_attempt_per_pause(
        self, new_crowd, treat, clock, attempts, timeout_seconds
    ):
        with bad_servers.running(treat) as bad:
            crowd = new_crowd(bad.store_opts)
            started = time.monotonic()
            for _ in range(5):
                for _ in range(5):
                    crowd.read_all()
                clock.pass_pause()

        # Two hundred reads: one attempt before the first pause, and one after each of four pauses.
        assert len(attempts) == 5
        assert time.monotonic() - started < 5 * timeout_seconds + 8

    def test_a_server_is_used_as_soon_as_it_starts(self, new_crowd, server, messages):
        server.kill()
        crowd = new_crowd(server.store_opts)
        crowd.read_all()

        server.restart()

        assert crowd.is_served()
