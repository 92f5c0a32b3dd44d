"""The public store contracts, run against every store of the package, on real servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from sybil import Sybil
from sybil.parsers.rest import PythonCodeBlockParser

from stormpath.cache.cache import Cache
from stormpath.cache.entry import CacheEntry
from stormpath.cache.memcached_store import MemcachedStore
from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.null_cache_store import NullCacheStore
from stormpath.cache.redis_store import RedisStore
from stormpath.cache.store import Store
from stormpath.testing import CacheStoreContract, NullStoreContract, SharedStoreContract
from stormpath.testing.base_store_contract import new_region
from stormpath.testing.concurrency import in_threads
from stormpath.testing.expect import value_in
from support.memcached_server import MemcachedServer
from support.redis_server import RedisServer

CACHING = Path(__file__).parents[2] / "docs" / "caching.rst"
HOUR = 3600


def from_documentation(name: str) -> Any:
    """Return an object that the documentation of caching defines, in its code blocks about custom stores."""
    page = Sybil(parsers=[PythonCodeBlockParser()], path=str(CACHING.parent)).parse(CACHING)
    for example in page.examples():
        if "DictStore" in str(example.parsed):
            example.evaluate()
    return page.namespace[name]


# The example of a custom store, and its test.
TestDictStore = from_documentation("TestDictStore")


class TestMemoryStore(CacheStoreContract):
    tick = 0.1

    def make_store(self) -> Store:
        return MemoryStore()

    def test_the_counters_of_a_cache_are_exact_when_threads_use_it(self) -> None:
        cache = Cache()

        def use(thread: int) -> None:
            for n in range(300):
                key = f"/accounts/{(thread * 7 + n) % 40}"
                cache.put(key, {"n": n})
                cache.get(key)
                cache.put_many([(f"{key}/{each}", {"n": each}) for each in range(5)])
                cache.matching(lambda value: value["n"] == 3)
                cache.delete(key)

        in_threads(8, use)

        summary = cache.stats.summary
        assert summary.puts == 8 * 300 * 6
        assert summary.hits + summary.misses == 8 * 300
        assert summary.size == len(cache.store)


class TestSmallMemoryStore(CacheStoreContract):
    tick = 0.1

    def make_store(self) -> Store:
        return MemoryStore(max_entries=100)


class TestNullCacheStore(NullStoreContract):
    def make_store(self) -> Store:
        return NullCacheStore()


class OnServer(SharedStoreContract):
    """Tests for the network stores of this package, besides the public contract."""

    store_opts: dict[str, Any]

    def test_it_works_without_a_region(self) -> None:
        store, key = self.make_store(), new_region()

        store[key] = CacheEntry({"n": 1})
        kept = value_in(store, key)
        del store[key]

        assert kept == {"n": 1}
        assert store[key] is None


class OnRedis(OnServer):
    """RedisStore on a real Redis; the subclasses connect to it in different ways."""

    tick = 0.2
    client: redis.Redis

    def make_store(self) -> Store:
        return RedisStore(**self.store_opts)

    def server_key(self, region: str, key: str) -> str:
        prefix = self.store_opts.get("key_prefix", "")
        epoch = self.client.get(f"{prefix}stormpath:{region}:epoch")
        assert epoch is not None
        return f"{prefix}stormpath:{region}:{epoch.decode()}:{key}"

    def server_get(self, server_key: str | bytes) -> bytes | None:
        held = self.client.get(server_key)
        assert not isinstance(held, str)
        return held

    def server_set(self, server_key: str | bytes, raw: bytes) -> None:
        self.client.set(server_key, raw)


class TestRedisStore(OnRedis):
    @pytest.fixture(autouse=True)
    def on_the_server(self, redis_server: RedisServer) -> Iterator[None]:
        self.store_opts = redis_server.store_opts
        with redis_server.connect() as self.client:
            yield

    def test_an_entry_expires_after_the_ttl_of_its_region(self) -> None:
        region = new_region()

        self._store(region, ttl=HOUR, tti=HOUR)["a"] = CacheEntry(1)

        assert HOUR - 60 < self.client.ttl(self.server_key(region, "a")) <= HOUR

    def test_an_entry_expires_after_the_ttl_of_its_store(self) -> None:
        region = new_region()
        self.store_opts = {**self.store_opts, "ttl": 60}

        self._store(region, ttl=HOUR, tti=HOUR)["a"] = CacheEntry(1)

        assert 0 < self.client.ttl(self.server_key(region, "a")) <= 60

    def test_an_entry_of_another_format_is_a_miss(self) -> None:
        region = new_region()
        store = self._store(region)
        store["a"] = CacheEntry({"n": 1})
        key = self.server_key(region, "a")
        held = json.loads(self.client.get(key) or b"")
        assert held.keys() == {"format", "created_at", "last_accessed_at", "value"}
        assert (held["format"], held["value"]) == (1, {"n": 1})

        for other in (2, "1", None):
            self.client.set(key, json.dumps({**held, "format": other}))
            assert store["a"] is None


class TestRedisStoreThatDecodes(OnRedis):
    @pytest.fixture(autouse=True)
    def on_the_server(self, redis_server: RedisServer) -> Iterator[None]:
        self.store_opts = {**redis_server.store_opts, "decode_responses": True, "charset": "utf-8"}
        with redis_server.connect() as self.client:
            yield


class TestRedisStoreWithAPool(OnRedis):
    @pytest.fixture(autouse=True)
    def on_the_server(self, redis_server: RedisServer) -> Iterator[None]:
        pool = redis.ConnectionPool(**redis_server.store_opts)
        self.store_opts = {"connection_pool": pool, "key_prefix": "shop: "}
        with redis_server.connect() as self.client:
            yield
        pool.disconnect()


@pytest.fixture(scope="module")
def redis_with_password(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis that requires a password and also listens on a Unix socket."""
    socket = tmp_path_factory.mktemp("redis") / "socket"
    with RedisServer(requirepass="a password", unixsocket=str(socket)) as server:
        yield server


class TestRedisStoreWithAPassword(OnRedis):
    @pytest.fixture(autouse=True)
    def on_the_server(self, redis_with_password: RedisServer) -> Iterator[None]:
        self.store_opts = redis_with_password.store_opts
        with redis_with_password.connect() as self.client:
            yield


class TestRedisStoreOnASocket(OnRedis):
    @pytest.fixture(autouse=True)
    def on_the_server(self, redis_with_password: RedisServer) -> Iterator[None]:
        with redis_with_password.connect() as self.client:
            socket = self.client.config_get("unixsocket")["unixsocket"]
            self.store_opts = {"unix_socket_path": socket, "password": "a password", "db": 3}
            self.client.select(3)
            yield


class OnMemcached(OnServer):
    """MemcachedStore on a real Memcached, whose clock counts whole seconds."""

    @pytest.fixture(autouse=True)
    def on_the_server(self, memcached_server: MemcachedServer) -> Iterator[None]:
        self.store_opts = {**memcached_server.store_opts, **self.options()}
        self.client = memcached_server.connect()
        yield
        self.client.close()

    def options(self) -> dict[str, Any]:
        return {}

    def make_store(self) -> Store:
        return MemcachedStore(**self.store_opts)

    def server_key(self, region: str, key: str) -> bytes:
        prefix = self.store_opts.get("key_prefix", b"")
        epoch = self.client.get(b"%sstormpath:%s:epoch" % (prefix, region.encode()))
        return b"%sstormpath:%s:%s:%s" % (prefix, region.encode(), epoch, key.encode())

    def server_get(self, server_key: str | bytes) -> bytes | None:
        held: bytes | None = self.client.get(server_key)
        return held

    def server_set(self, server_key: str | bytes, raw: bytes) -> None:
        self.client.set(server_key, raw, noreply=False)


class TestMemcachedStore(OnMemcached):
    def test_an_entry_expires_after_the_ttl_of_its_region(self) -> None:
        region = new_region()

        self._store(region, ttl=HOUR, tti=HOUR)["a"] = CacheEntry(1)

        assert HOUR - 60 < self.seconds_left(region, "a") <= HOUR + 1

    def test_an_entry_expires_after_the_ttl_of_its_store(self) -> None:
        region = new_region()
        self.store_opts = {**self.store_opts, "ttl": 60}

        self._store(region, ttl=HOUR, tti=HOUR)["a"] = CacheEntry(1)

        assert 0 < self.seconds_left(region, "a") <= 61

    def seconds_left(self, region: str, key: str) -> int:
        held = self._store(region)
        assert value_in(held, key) is not None
        answer: bytes = self.client.raw_command(b"mg %s t" % self.server_key(region, key), b"\r\n")
        return int(answer.removeprefix(b"HD t"))


class TestMemcachedStoreWithAPrefix(OnMemcached):
    def options(self) -> dict[str, Any]:
        return {"key_prefix": b"shop:", "ignore_exc": True, "no_delay": True, "connect_timeout": 5}
