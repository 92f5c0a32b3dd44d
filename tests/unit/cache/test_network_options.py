"""The options of network stores, as they reach the client library; no test connects."""

import gc
import socket
import sys

import pytest

from stormpath.cache.memcached_store import MemcachedStore
from stormpath.cache.redis_store import RedisStore

STORES = [RedisStore, MemcachedStore]
# A connection to this port fails.
NOWHERE = {"host": "127.0.0.1", "port": 1}


def options_of(store):
    return store.redis.connection_pool.connection_kwargs


@pytest.mark.parametrize("store_class", STORES)
class TestBothStores:
    def test_making_a_store_opens_no_connection(self, store_class):
        store_class(**NOWHERE)

    def test_an_unknown_option_is_refused_at_once(self, store_class):
        with pytest.raises(TypeError, match="hots"):
            store_class(hots="localhost")

    @pytest.mark.parametrize("ttl", ["soon", []])
    def test_a_ttl_that_is_not_a_number_is_refused_at_once(self, store_class, ttl):
        with pytest.raises((TypeError, ValueError)):
            store_class(ttl=ttl)

    def test_a_missing_library_names_what_to_install(self, store_class, monkeypatch):
        library = "redis" if store_class is RedisStore else "pymemcache"
        monkeypatch.setitem(sys.modules, library, None)

        with pytest.raises(ImportError, match=r'pip install "stormpath\[(redis|memcached)\]"'):
            store_class()

    def test_stores_of_equal_options_share_their_connections(self, store_class):
        one, another = store_class(**NOWHERE, ttl=1), store_class(**NOWHERE, key_prefix="other:")

        assert client_of(one) is client_of(another)

    def test_stores_of_other_options_have_separate_connections(self, store_class):
        timeout = "socket_timeout" if store_class is RedisStore else "timeout"

        one, another = store_class(**NOWHERE), store_class(**NOWHERE, **{timeout: 2})

        assert client_of(one) is not client_of(another)

    def test_connections_are_closed_with_the_last_store_that_uses_them(self, store_class):
        store = store_class(**NOWHERE)
        another = store_class(**NOWHERE)
        shared = store._shared_client
        del store
        gc.collect()
        assert shared._finalizer.alive

        finalizer = shared._finalizer
        del another, shared
        gc.collect()

        assert not finalizer.alive

    def test_the_server_attribute_names_host_and_port(self, store_class):
        assert store_class(host="cache.example.com", port=7).server in (
            "redis://cache.example.com:7/0",
            "memcached://cache.example.com:7",
        )


def client_of(store):
    return store.redis if isinstance(store, RedisStore) else store.memcache


class TestRedis:
    def test_old_option_names_are_translated(self):
        options = options_of(RedisStore(charset="latin-1", errors="replace", decode_responses=True))

        assert options["encoding"] == "latin-1"
        assert options["encoding_errors"] == "replace"
        assert options["decode_responses"] is True

    def test_every_documented_option_is_passed_to_the_client(self):
        options = options_of(RedisStore("cache.example.com", 7, 3, "secret", 1.5))

        expected = {"host": "cache.example.com", "port": 7, "db": 3, "password": "secret"}
        assert expected.items() <= options.items()
        assert options["socket_timeout"] == 1.5

    def test_any_other_option_is_passed_to_the_client(self):
        options = options_of(RedisStore(username="joe", socket_keepalive=True, client_name="us"))

        assert (options["username"], options["socket_keepalive"], options["client_name"]) == (
            "joe", True, "us",
        )  # fmt: skip

    def test_the_default_timeout_is_half_a_second(self):
        by_default = options_of(RedisStore(socket_timeout=None, socket_connect_timeout=None))
        chosen = options_of(RedisStore(socket_timeout=3, socket_connect_timeout=4))

        assert (by_default["socket_timeout"], by_default["socket_connect_timeout"]) == (0.5, 0.5)
        assert (chosen["socket_timeout"], chosen["socket_connect_timeout"]) == (3, 4)

    def test_a_socket_path_overrides_the_host(self):
        store = RedisStore(unix_socket_path="/run/redis.sock", db=2)

        assert options_of(store)["path"] == "/run/redis.sock"
        assert store.server == "unix:///run/redis.sock?db=2"

    def test_a_connection_pool_is_used_unchanged(self):
        import redis

        pool = redis.ConnectionPool.from_url("redis://joe:secret@cache.example.com:7/3")

        store = RedisStore(connection_pool=pool)

        assert store.redis.connection_pool is pool
        assert store.server == "redis://cache.example.com:7/3"

    def test_a_pool_without_a_host_has_a_server_name_of_its_own(self):
        import redis

        store = RedisStore(connection_pool=redis.ConnectionPool(password="secret"))

        assert store.server.startswith("redis://ConnectionPool-")

    def test_the_repr_and_the_server_name_show_no_credentials(self):
        store = RedisStore(password="secret-7", username="joe-7")

        assert "-7" not in repr(store) + store.server


class TestMemcached:
    def test_every_documented_option_is_passed_to_the_client(self):
        client = MemcachedStore("cache.example.com", 7, 1.5, 2.5, False, True, b"mine:", socket).memcache

        assert client.server == ("cache.example.com", 7)
        assert (client.connect_timeout, client.timeout, client.no_delay) == (1.5, 2.5, False)
        assert client.socket_module is socket

    def test_any_other_option_is_passed_to_the_client(self):
        client = MemcachedStore(max_pool_size=3, encoding="utf-8").memcache

        assert (client.client_pool.max_size, client.encoding) == (3, "utf-8")

    def test_the_default_timeout_is_half_a_second(self):
        client = MemcachedStore(connect_timeout=None, timeout=None).memcache

        assert (client.connect_timeout, client.timeout) == (0.5, 0.5)

    @pytest.mark.parametrize("host", ["/run/memcached.sock", "unix:/run/memcached.sock"])
    def test_a_host_may_be_the_path_of_a_socket(self, host):
        store = MemcachedStore(host)

        assert store.memcache.server == "/run/memcached.sock"
        assert store.server == "unix:///run/memcached.sock"

    @pytest.mark.parametrize("prefix", ["x" * 200, "with blank", "line\nfeed", "ü"])
    def test_an_invalid_key_prefix_is_refused_at_once(self, prefix):
        with pytest.raises(ValueError, match="key_prefix"):
            MemcachedStore(key_prefix=prefix)

    def test_options_that_cannot_be_compared_are_not_shared(self):
        class Serde:
            __hash__ = None

        serde = Serde()

        one, another = MemcachedStore(serde=serde), MemcachedStore(serde=serde)

        assert one.memcache is not another.memcache
