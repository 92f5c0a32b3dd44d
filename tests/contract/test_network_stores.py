"""Network stores on real servers: their keys, lifetimes, failures and concurrent use."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pymemcache
import pytest

from stormpath.cache.cache import Cache
from stormpath.cache.entry import CacheEntry
from stormpath.cache.memcached_store import MemcachedStore
from stormpath.cache.network_store import NetworkStore
from stormpath.cache.redis_store import RedisStore
from stormpath.cache.store import StoreUnavailable
from support.child_server import ChildServer
from support.memcached_server import MemcachedServer
from support.redis_server import RedisServer

CLASSES: dict[str, type[Any]] = {"redis": RedisStore, "memcached": MemcachedStore}
EPOCH_KEY = b"stormpath:accounts:epoch"
# Longer than any href of custom data.
LONG = "https://id.example.com/v1/accounts/" + "x" * 300


@pytest.fixture(params=list(CLASSES))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(kind: str, request: pytest.FixtureRequest) -> ChildServer:
    shared: ChildServer = request.getfixturevalue(f"{kind}_server")
    shared.flush()
    return shared


@pytest.fixture
def own_server(kind: str, request: pytest.FixtureRequest) -> ChildServer:
    """A server for one test."""
    started: ChildServer = request.getfixturevalue(f"own_{kind}")()
    return started


Make = Callable[..., Any]


@pytest.fixture
def make(kind: str) -> Make:
    """``make(server, **options)`` returns a store of the region of accounts."""

    def make(
        server: ChildServer, region: str = "accounts", ttl: float = 300, tti: float = 300, **options: Any
    ) -> NetworkStore:
        store: NetworkStore = CLASSES[kind](**{**server.store_opts, **options})
        store.serve_region(region, ttl, tti)
        return store

    return make


@pytest.fixture
def store(make: Make, server: ChildServer) -> Any:
    return make(server)


@pytest.fixture
def client(server: Any) -> Iterator[Any]:
    """Another client of the same server."""
    connected = server.connect()
    yield connected
    connected.close()


def write(client: Any, key: str | bytes, data: bytes) -> None:
    """Write as another client, and wait for the answer."""
    waiting = {"noreply": False} if isinstance(client, pymemcache.Client) else {}
    client.set(key, data, **waiting)


def value_of(store: Any, key: str) -> Any:
    entry = store[key]
    return entry and entry.value


class TestKeys:
    def test_clearing_leaves_other_keys_of_the_server(self, store, make, server, client):
        write(client, "somebody's", b"data")
        others = make(server, "groups")
        prefixed = make(server, key_prefix="mine*[a]?:")
        for each in (store, others, prefixed):
            each["a"] = CacheEntry(1)

        prefixed.clear()
        store.clear()

        assert (store["a"], prefixed["a"]) == (None, None)
        assert value_of(others, "a") == 1
        assert client.get("somebody's") == b"data"

    def test_clearing_removes_entries_of_former_epochs_from_the_server(self, store):
        store.put_many([(str(n), CacheEntry(n)) for n in range(1500)])
        store.invalidate()
        store["b"] = CacheEntry(1)

        store.clear()

        assert [key for batch in store._keys(b"stormpath:") for key in batch if key != EPOCH_KEY] == []

    def test_the_length_counts_this_region_and_epoch_only(self, store, make, server):
        make(server, "groups")["a"] = CacheEntry(1)
        store["a"] = CacheEntry(1)
        store.invalidate()
        store.put_many([(str(n), CacheEntry(n)) for n in range(2500)])

        assert len(store) == 2500

    @pytest.mark.parametrize("key", [LONG, "with blank", "line\r\nfeed", "ü", "\x00", "\ud800", ""])
    def test_any_href_is_a_key(self, store, key):
        store[key] = CacheEntry(key[:10])
        store[f"{key}2"] = CacheEntry(2)

        assert value_of(store, key) == key[:10]
        assert len(store) == 2
        del store[key]
        assert (store[key], value_of(store, f"{key}2")) == (None, 2)

    def test_a_thousand_entries_are_stored_in_one_call(self, store):
        store.put_many([(str(n), CacheEntry({"n": n, "text": "x" * 1000})) for n in range(1000)])

        assert value_of(store, "999")["n"] == 999

    def test_a_flushed_server_is_an_empty_cache(self, store, server):
        store["a"] = CacheEntry(1)

        server.flush()

        assert store["a"] is None
        store["a"] = CacheEntry(2)
        assert value_of(store, "a") == 2

    def test_invalid_data_under_an_entrys_key_is_deleted(self, store, client):
        store["a"] = CacheEntry(1)
        (server_key,) = [key for batch in store._keys(b"stormpath:") for key in batch if key != EPOCH_KEY]
        write(client, server_key.decode(), b"\xff rubbish")

        assert store["a"] is None
        assert client.get(server_key.decode()) is None

    def test_invalid_data_instead_of_the_epoch_is_replaced(self, store, client):
        store["a"] = CacheEntry(1)
        write(client, EPOCH_KEY.decode(), b"\xff rubbish")

        assert store["a"] is None
        store["a"] = CacheEntry(2)
        assert value_of(store, "a") == 2

    def test_an_entry_is_json_of_format_1(self, store, client):
        store["a"] = CacheEntry({"name": "Zoë"})

        (server_key,) = [key for batch in store._keys(b"stormpath:") for key in batch if key != EPOCH_KEY]
        stored = json.loads(client.get(server_key.decode()))
        assert (stored["format"], stored["value"]) == (1, {"name": "Zoë"})


class TestLifetimes:
    def test_a_lifetime_of_less_than_a_second_is_not_rounded_to_forever(self, kind, make, server):
        store = make(server, "accounts", 30, 0.3)
        store["a"] = CacheEntry(1)
        assert value_of(store, "a") == 1

        # Memcached counts whole seconds.
        time.sleep(0.35 if kind == "redis" else 2.35)

        assert (store["a"], len(store)) == (None, 0)

    def test_extending_the_idle_time_does_not_undo_a_deletion(self, make, server):
        store = make(server, "accounts", 30, 1)
        store["a"] = CacheEntry(1)
        assert value_of(store, "a") == 1

        del store["a"]

        assert store["a"] is None

    @pytest.mark.parametrize("ttl", [31 * 86400, 10**9, 10**15, float("inf")])
    def test_a_lifetime_may_be_huge(self, make, server, ttl):
        store = make(server, "accounts", ttl, ttl)

        store["a"] = CacheEntry(1)

        assert value_of(store, "a") == 1
        assert len(store) == 1

    def test_the_ttl_of_the_store_may_be_shorter_than_the_regions(self, kind, server):
        long, none = (
            Cache(CLASSES[kind], 300, 300, {**server.store_opts, **ttl}, region=region)
            for region, ttl in (("accounts", {}), ("groups", {"ttl": 0}))
        )
        for cache in (long, none):
            cache.put("a", 1)

        assert (long.get("a"), none.get("a")) == (1, None)


class TestFailures:
    def test_every_call_of_a_dead_server_raises_store_unavailable(self, make, own_server):
        store = make(own_server)
        own_server.kill()

        for ask in (
            lambda: store["a"],
            lambda: store.put_many([("a", CacheEntry(1))]),
            lambda: store.__delitem__("a"),
            lambda: len(store),
            store.invalidate,
            store.clear,
        ):
            with pytest.raises(StoreUnavailable):
                ask()

    def test_a_server_that_hangs_is_unavailable_after_its_timeout(self, make, own_server, kind):
        store = make(own_server, **{"socket_timeout" if kind == "redis" else "timeout": 0.1})
        store["a"] = CacheEntry(1)
        own_server.pause()

        before = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store["a"]

        # There is no retry; the margin is for a slow machine.
        assert time.monotonic() - before < 2
        own_server.resume()
        assert value_of(store, "a") == 1

    def test_a_late_answer_is_not_read_by_another_request(self, make, own_server, kind):
        store = make(own_server, **{"socket_timeout" if kind == "redis" else "timeout": 0.3})
        store.put_many([(str(n), CacheEntry(n)) for n in range(20)])
        own_server.pause()
        with pytest.raises(StoreUnavailable):
            store["0"]
        own_server.resume()

        assert [value_of(store, str(n)) for n in range(20)] == list(range(20))

    def test_a_restarted_server_causes_no_failure(self, make, own_server):
        store = make(own_server)
        with ThreadPoolExecutor(8) as threads:
            # Eight connections, all closed by the restart.
            list(threads.map(lambda n: (store[str(n)], time.sleep(0.05)), range(32)))
        own_server.restart()

        assert store["a"] is None
        store["a"] = CacheEntry(1)
        assert value_of(store, "a") == 1

    def test_an_error_message_shows_no_password(self, own_redis):
        server = own_redis(requirepass="right-7")
        store = RedisStore("127.0.0.1", server.port, password="wrong-7")

        with pytest.raises(StoreUnavailable) as caught:
            store["a"]

        assert "-7" not in str(caught.value)
        assert RedisStore("127.0.0.1", server.port, password="right-7")["a"] is None

    def test_a_put_that_a_full_redis_refuses_leaves_no_older_entry_behind(self, own_redis):
        server = own_redis()
        store = RedisStore(**server.store_opts)
        store["a"] = CacheEntry("older")
        another = server.connect()
        another.config_set("maxmemory", "1kb")
        another.close()

        with pytest.raises(Exception, match="maxmemory"):
            store["a"] = CacheEntry("newer")
        assert store["a"] is None

        # Invalidating works all the same: then there is no epoch, and none can be written.
        store.invalidate()
        with pytest.raises(Exception, match="maxmemory"):
            store["a"]

    def test_a_put_that_is_too_large_for_memcached_leaves_no_older_entry_behind(self, memcached_server):
        store = MemcachedStore(**memcached_server.store_opts)
        store["a"] = store["b"] = CacheEntry("older")
        large = CacheEntry("x" * 2_000_000)

        for put in (
            lambda: store.__setitem__("a", large),
            lambda: store.put_many([("a", CacheEntry("newer")), ("b", large)]),
        ):
            with pytest.raises(Exception, match="too large"):
                put()

            assert store["a"] is None
        assert store["b"] is None

    def test_clearing_invalidates_a_memcached_that_does_not_list_its_keys(self, own_memcached):
        store = MemcachedStore(**own_memcached("-o", "no_lru_crawler").store_opts)
        store["a"] = CacheEntry(1)

        store.clear()

        assert store["a"] is None
        store["a"] = CacheEntry(2)
        with pytest.raises(Exception, match="does not list its keys"):
            len(store)


class TestRedis:
    @pytest.fixture
    def kind(self) -> str:
        return "redis"

    def test_keys_of_another_type_are_misses_and_are_replaced(self, store, client):
        store["a"] = CacheEntry(1)
        (server_key,) = [key for batch in store._keys(b"stormpath:") for key in batch if key != EPOCH_KEY]
        for key in (server_key, EPOCH_KEY):
            client.delete(key)
            client.rpush(key, "somebody's list")

            assert store["a"] is None
            store["a"] = CacheEntry(2)
            assert value_of(store, "a") == 2

    def test_an_entry_of_another_type_is_deleted(self, store, client):
        store["a"] = CacheEntry(1)
        (server_key,) = [key for batch in store._keys(b"stormpath:") for key in batch if key != EPOCH_KEY]
        client.delete(server_key)
        client.rpush(server_key, "somebody's list")

        del store["a"]

        assert client.exists(server_key) == 0

    @pytest.mark.parametrize("options", [{"decode_responses": True}, {"charset": "utf-16"}, {"protocol": 3}])
    def test_options_for_decoding_answers_do_not_affect_the_store(self, make, server, client, options):
        store = make(server, **options)
        store["ü"] = CacheEntry({"name": "Zoë"})

        assert value_of(store, "ü") == {"name": "Zoë"}
        assert len(store) == 1
        (server_key,) = [key for batch in store._keys(b"stormpath:") for key in batch if key != EPOCH_KEY]
        write(client, server_key, b"\xff\xfe rubbish")
        assert store["ü"] is None
        store.clear()

    def test_a_connection_pool_of_the_caller_works(self, server):
        import redis

        pool = redis.BlockingConnectionPool(max_connections=2, timeout=5, **server.store_opts)
        store = RedisStore(connection_pool=pool)

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda n: store.__setitem__(str(n), CacheEntry(n)), range(100)))

        assert len(store) == 100
        pool.disconnect()

    def test_an_exhausted_pool_does_not_raise_store_unavailable(self, make, server):
        import redis

        store = make(server, max_connections=1)
        pool = store.redis.connection_pool
        taken = pool.make_connection()

        for ask in (lambda: store["a"], lambda: store._pipeline(("PING",))):
            with pytest.raises(redis.ConnectionError, match="Too many connections"):
                ask()

        pool.reset()
        assert store["a"] is None
        taken.disconnect()

    def test_the_expiry_is_in_milliseconds(self, make, server, client):
        store = make(server, "accounts", 0.75, 0.75)
        store["a"] = CacheEntry(1)

        (server_key,) = [key for batch in store._keys(b"stormpath:") for key in batch if key != EPOCH_KEY]

        assert 0 < client.pttl(server_key) <= 750
        assert client.pttl(EPOCH_KEY) == -1


# Each child reads its own entry only. A socket that two of them used would mix up the answers.
FORKED = """
import os, sys
from {module} import {name} as Store
from stormpath.cache.entry import CacheEntry

store = Store(host="127.0.0.1", port={port})
store["parent"] = CacheEntry("parent")
children = []
for child in range(4):
    pid = os.fork()
    if pid == 0:
        key = str(child)
        right = store["parent"].value == "parent"
        for n in range(200):
            store[key] = CacheEntry([child, n])
            right = right and store[key].value == [child, n]
        sys.stdout.flush()
        os._exit(0 if right else 1)
    children.append(pid)
right = all(store["parent"].value == "parent" for _ in range(200))
print(right, [os.waitpid(pid, 0)[1] for pid in children], len(store))
"""


class TestConcurrency:
    def test_forked_children_do_not_use_their_parents_connections(self, kind, server):
        store_class = CLASSES[kind]
        program = FORKED.format(
            module=store_class.__module__, name=store_class.__name__, **{"port": server.port}
        )

        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60
        )

        assert (done.stdout, done.stderr) == ("True [0, 0, 0, 0] 5\n", "")

    def test_threads_do_not_get_each_others_answers(self, store):
        def use(thread: int) -> bool:
            mine = [f"{thread}/{n}" for n in range(5)]
            for n in range(40):
                store.put_many([(key, CacheEntry([key, n])) for key in mine])
                if any(value_of(store, key) != [key, n] for key in mine):
                    return False
                del store[mine[0]]
                if store[mine[0]] is not None:
                    return False
            return True

        with ThreadPoolExecutor(32) as threads:
            assert all(threads.map(use, range(32)))

    def test_threads_that_invalidate_concurrently_never_read_an_invalidated_entry(self, make, server):
        stores = [make(server) for _ in range(8)]

        def use(store: Any) -> bool:
            for n in range(60):
                key = f"{id(store)}/{n}"
                store[key] = CacheEntry(n)
                store.invalidate()
                if store[key] is not None:
                    return False
            return True

        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(use, stores))

    def test_all_stores_of_a_client_share_its_connections(self, kind, own_server):
        stores = [CLASSES[kind](**own_server.store_opts) for _ in range(11)]
        before = connections_of(own_server)

        for each in stores:
            each["a"] = CacheEntry(1)

        # One connection of the stores, and one for reading the statistics.
        assert connections_of(own_server) == before + 2


def connections_of(server: Any) -> int:
    """Return how many connections the server has accepted, including this one."""
    client = server.connect()
    try:
        if isinstance(server, RedisServer):
            return int(client.info("stats")["total_connections_received"])
        assert isinstance(server, MemcachedServer)
        return int(client.stats()[b"total_connections"])
    finally:
        client.close()
