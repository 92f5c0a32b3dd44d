"""Cache servers without free memory or connections, and wrong passwords: reads miss, and none is stale."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, closing, suppress
from typing import Any

import pytest
import redis
from pymemcache import MemcacheError

from support.cached_reading import Crowd
from support.memcached_server import MemcachedServer
from support.redis_server import RedisServer

KILOBYTE = 1024 * b"x"


def write_news(crowd: Crowd) -> None:
    for href in crowd.own:
        account = crowd.client.accounts.get(href)
        account.given_name = "Own news"
        account.save()


@pytest.mark.parametrize("kind", ["redis"], indirect=True)
class TestRedis:
    @pytest.fixture
    def server(self, own_redis: Callable[..., RedisServer]) -> RedisServer:
        return own_redis(maxmemory_policy="noeviction")

    def test_refused_puts_cause_misses_and_leave_no_older_entries(self, crowd, server, messages):
        with crowd.at_work():
            set_option(server, "maxmemory", "1")
            failures, misses = crowd.count("failures"), crowd.count("misses")
            crowd.take_turns(2)
            grew = [crowd.count("failures") > failures, crowd.count("misses") > misses]

        assert grew == [True, True]
        assert crowd.read_all() == crowd.said_by_service()
        assert len(messages()) == 1
        set_option(server, "maxmemory", "0")
        assert crowd.is_served()

    def test_entries_invalidated_on_a_full_server_are_not_read_later(self, crowd, server):
        set_option(server, "maxmemory", "1")
        crowd.accounts.invalidate()
        write_news(crowd)
        set_option(server, "maxmemory", "0")

        assert crowd.read_all() == crowd.said_by_service()
        assert crowd.is_served()

    def test_a_read_only_server_is_invalidated_when_it_accepts_writes_again(self, crowd, server, messages):
        # A replica, or one whose disk is full.
        with closing(server.connect()) as client:
            client.execute_command("REPLICAOF", "127.0.0.1", "1")
        with crowd.at_work():
            crowd.take_turns(1)
        write_news(crowd)
        names = crowd.read_all()
        with closing(server.connect()) as client:
            client.execute_command("REPLICAOF", "NO", "ONE")

        assert names == crowd.read_all() == crowd.said_by_service()
        assert len(messages()) == 1
        assert crowd.is_served()

    @pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-random", "volatile-ttl"])
    def test_an_evicted_entry_or_epoch_is_a_miss(self, crowd, server, policy):
        set_option(server, "maxmemory-policy", policy)
        set_option(server, "maxmemory", "2mb")
        with crowd.at_work():
            for _ in range(4):
                self.fill(server)
                crowd.take_turns(1)
            evicted = self.evictions(server)

        assert evicted > 0
        assert crowd.read_all() == crowd.said_by_service()

    @staticmethod
    def fill(server: RedisServer) -> None:
        with closing(server.connect()) as client:
            pipeline = client.pipeline(transaction=False)
            for number in range(2000):
                pipeline.set(f"theirs:{number}", KILOBYTE, ex=None if number % 2 else 60)
            # Refused writes do not matter.
            pipeline.execute(raise_on_error=False)

    @staticmethod
    def evictions(server: RedisServer) -> int:
        with closing(server.connect()) as client:
            return int(client.info("stats")["evicted_keys"])


def set_option(server: RedisServer, name: str, value: str) -> None:
    with closing(server.connect()) as client:
        client.config_set(name, value)


@pytest.mark.parametrize("kind", ["memcached"], indirect=True)
class TestMemcached:
    @pytest.fixture
    def server(self, request: pytest.FixtureRequest, own_memcached: Callable[..., Any]) -> MemcachedServer:
        started: MemcachedServer = own_memcached(*getattr(request, "param", ()))
        return started

    @pytest.mark.parametrize("server", [("-I", "512k")], indirect=True)
    def test_a_value_that_grew_too_large_leaves_no_older_one_behind(self, crowd, messages):
        data = crowd.client.accounts.get(crowd.fixed[0]).custom_data
        logs = ["short", 100_000 * "longer "]
        read = []
        for log in logs:
            data["log"] = log
            data.save()
            read += [crowd.client.accounts.get(crowd.fixed[0]).custom_data["log"] for _ in range(2)]

        assert read == [logs[0], logs[0], logs[1], logs[1]]
        assert len(messages()) == 1
        assert "longer" not in messages()[0]

    @pytest.mark.parametrize("server", [("-I", "512k")], indirect=True)
    def test_a_value_that_is_too_large_leaves_other_entries_cached(self, crowd):
        data = crowd.client.accounts.get(crowd.fixed[0]).custom_data
        data["log"] = 100_000 * "longer "
        data.save()
        hits = crowd.accounts.stats.hits

        crowd.read_all()

        assert crowd.accounts.stats.hits == hits + len(crowd.fixed + crowd.own)

    @pytest.mark.parametrize("server", [("-m", "1", "-I", "512k")], indirect=True)
    def test_an_evicted_entry_or_epoch_is_a_miss(self, crowd, server):
        with crowd.at_work():
            for size in (50, 900, 2000):
                self.fill(server, size)
                crowd.take_turns(1)
        with closing(server.connect()) as client:
            evicted = client.stats()[b"evictions"]

        assert evicted > 0
        assert crowd.read_all() == crowd.said_by_service()

    @pytest.mark.parametrize("server", [("-m", "1", "-I", "512k", "-M")], indirect=True)
    def test_a_put_that_is_refused_for_lack_of_memory_is_a_miss(self, new_crowd, server, messages):
        for size in range(100, 8000, 400):
            self.fill(server, size)
        crowd = new_crowd(server.store_opts)

        with crowd.at_work():
            crowd.take_turns(1)

        assert crowd.count("failures") > 0
        assert crowd.read_all() == crowd.said_by_service()
        assert len(messages()) == 1
        server.flush()
        assert crowd.is_served()

    @staticmethod
    def fill(server: MemcachedServer, size: int) -> None:
        with closing(server.connect()) as client:
            for number in range(2000):
                client.set(f"theirs:{size}:{number}", size * b"x", noreply=True)
            client.version()


class TestTooManyConnections:
    LIMIT = 20

    @pytest.fixture
    def server(self, own_redis, own_memcached, kind):
        if kind.name == "redis":
            return own_redis(maxclients=self.LIMIT)
        return own_memcached("-c", self.LIMIT, "-t", "1")

    def test_reads_miss_if_the_server_has_no_free_connection(self, new_crowd, server, kind, messages):
        ask = "ping" if kind.name == "redis" else "version"
        with ExitStack() as held:
            with suppress(MemcacheError, redis.RedisError, OSError):
                for _ in range(self.LIMIT):
                    getattr(held.enter_context(closing(server.connect())), ask)()
            crowd = new_crowd(server.store_opts)
            with crowd.at_work():
                crowd.take_turns(1)
            assert crowd.count("hits") == 0
            assert crowd.read_all() == crowd.said_by_service()
            assert len(messages()) == 1

        assert crowd.is_served()


@pytest.mark.parametrize("kind", ["redis"], indirect=True)
class TestPasswords:
    def test_a_wrong_password_causes_misses_and_is_not_logged(self, new_crowd, own_redis, messages, caplog):
        server = own_redis(requirepass="let the cache in")
        wrong = new_crowd({**server.store_opts, "password": "let me in"})

        assert wrong.read_all() == wrong.said_by_service()

        assert wrong.count("hits") == 0
        assert len(messages()) == 1
        assert str(server.port) in messages()[0]
        assert "let me in" not in caplog.text
        assert "let me in" not in repr(wrong.accounts.store)

    def test_a_missing_password_causes_misses(self, new_crowd, own_redis, messages):
        server = own_redis(requirepass="let the cache in")
        none = new_crowd({"host": "127.0.0.1", "port": server.port})

        assert none.read_all() == none.said_by_service()

        assert none.count("hits") == 0
        assert len(messages()) == 1

    def test_the_right_password_makes_the_cache_work(self, new_crowd, own_redis, messages, caplog):
        crowd = new_crowd(own_redis(requirepass="let the cache in").store_opts)

        assert crowd.is_served()
        assert messages() == []
        assert "let the cache in" not in repr(crowd.accounts.store)
