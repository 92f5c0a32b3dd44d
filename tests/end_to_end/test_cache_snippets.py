"""The cache options of the old guides, as they stand there, on real servers.

Only ports are the tests' own: a program that is copied from a guide must run.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest

from stormpath import Client
from stormpath.cache.memcached_store import MemcachedStore
from stormpath.cache.memory_store import MemoryStore
from stormpath.cache.redis_store import RedisStore
from stormpath.resources.application import Application
from stormpath.resources.directory import Directory
from support.memcached_server import MemcachedServer
from support.redis_server import RedisServer
from support.request_counts import count_requests

NewClient = Callable[..., Client]


@pytest.fixture
def redis_port(redis_server: RedisServer) -> int:
    """The port of an empty Redis."""
    redis_server.flush()
    return redis_server.port


@pytest.fixture
def memcached_port(memcached_server: MemcachedServer) -> int:
    """The port of an empty Memcached."""
    memcached_server.flush()
    return memcached_server.port


def keys_in_redis(server: RedisServer) -> list[str]:
    with server.connect() as client:
        return sorted(key.decode() for key in client.scan_iter())


def keys_in_memcached(server: MemcachedServer) -> list[str]:
    client = server.connect()
    told = client.raw_command(b"lru_crawler metadump all", b"END\r\n").decode()
    client.close()
    return sorted(unquote(line.split()[0].removeprefix("key=")) for line in told.splitlines())


def read_again(client: Client, application: Application, directory: Directory) -> int:
    """Read an application and a directory twice, and return how many requests the second time took."""
    for _ in range(2):
        requests = count_requests(client)
        assert client.applications.get(application.href).name == application.name
        assert client.directories.get(directory.href).name == directory.name
    return len(requests.sent)


def test_the_guides_regions_lie_where_the_guide_puts_them(
    new_client: NewClient, app: Application, directory: Directory, redis_server: RedisServer, redis_port: int
) -> None:
    # fmt: off
    cache_opts = {'store': MemoryStore,
                '   regions': {
                    'applications': {
                        'store': RedisStore,
                        'ttl': 300,
                        'tti': 300,
                        'store_opts': {
                            'host': 'localhost',
                            'port': redis_port}},
                    'directories': {
                        'store': MemoryStore,
                        'ttl': 60}}
                  }
    # fmt: on
    client = new_client(cache_options=cache_opts)

    requests = read_again(client, app, directory)

    keys = keys_in_redis(redis_server)
    caches = client.data_store.cache_manager.caches
    assert requests == 0
    assert [key for key in keys if key.endswith(app.href)]
    assert all(key.startswith("stormpath:applications:") for key in keys)
    assert caches["directories"].store[directory.href] is not None
    assert (caches["applications"].ttl, caches["applications"].tti) == (300, 300)
    assert (caches["directories"].ttl, caches["directories"].tti) == (60, 300)


def test_the_flask_documentations_redis_holds_every_region(
    new_client: NewClient, app: Application, directory: Directory, redis_server: RedisServer, redis_port: int
) -> None:
    # fmt: off
    config = {}
    config['STORMPATH_CACHE'] = {
        'store': RedisStore,
        'store_opts': {
            'host': 'localhost',
            'port': redis_port
        }
    }
    # fmt: on
    client = new_client(cache_options=config["STORMPATH_CACHE"])

    requests = read_again(client, app, directory)

    keys = keys_in_redis(redis_server)
    assert requests == 0
    assert [key.split(":")[1] for key in keys if key.endswith(app.href)] == ["applications"]
    assert [key.split(":")[1] for key in keys if key.endswith(directory.href)] == ["directories"]


def test_the_flask_documentations_memcached_holds_every_region(
    new_client: NewClient,
    app: Application,
    directory: Directory,
    memcached_server: MemcachedServer,
    memcached_port: int,
) -> None:
    # fmt: off
    config = {}
    config['STORMPATH_CACHE'] = {
        'store': MemcachedStore,
        'store_opts': {
            'host': 'localhost',
            'port': memcached_port,
        }
    }
    # fmt: on
    client = new_client(cache_options=config["STORMPATH_CACHE"])

    requests = read_again(client, app, directory)

    keys = keys_in_memcached(memcached_server)
    assert requests == 0
    assert [key.split(":")[1] for key in keys if key.endswith(app.href)] == ["applications"]
    assert [key.split(":")[1] for key in keys if key.endswith(directory.href)] == ["directories"]


def test_two_clients_of_one_redis_see_what_the_other_one_writes(
    new_client: NewClient, app: Application, redis_port: int
) -> None:
    options = {"store": RedisStore, "store_opts": {"host": "localhost", "port": redis_port}}
    one, other = new_client(cache_options=options), new_client(cache_options=options)
    assert [each.applications.get(app.href).description for each in (one, other)] == [app.description] * 2

    changed = one.applications.get(app.href)
    changed.description = "changed by one"
    changed.save()

    assert other.applications.get(app.href).description == "changed by one"
    changed.delete()
    assert other.data_store.cache_manager.caches["applications"].get(app.href) is None


def test_clients_with_other_prefixes_share_nothing(
    new_client: NewClient, app: Application, redis_port: int
) -> None:
    where = {"host": "localhost", "port": redis_port}
    one, other = (
        new_client(cache_options={"store": RedisStore, "store_opts": {**where, "key_prefix": prefix}})
        for prefix in ("one:", "other:")
    )
    assert one.applications.get(app.href).name == app.name

    requests = count_requests(other)
    assert other.applications.get(app.href).name == app.name

    assert requests == 1


def test_options_reach_each_region_and_stay_the_callers_own(new_client: NewClient, redis_port: int) -> None:
    options: dict[str, Any] = {
        "store": RedisStore,
        "ttl": 100,
        "colour": "red",
        "store_opts": {"host": "localhost", "port": redis_port, "max_entries": 500},
        "regions": {
            "planets": {"store": RedisStore},
            "accounts": {"tti": 50, "size": 7},
            "directories": {"store": MemoryStore},
            "groups": {"store_opts": {"host": "localhost", "port": redis_port, "db": 2}, "ttl": 200},
        },
    }
    before = copy.deepcopy(options)

    caches = new_client(cache_options=options).data_store.cache_manager.caches

    assert options == before
    assert "planets" not in caches
    assert (caches["accounts"].ttl, caches["accounts"].tti) == (100, 50)
    assert (caches["groups"].ttl, caches["groups"].tti) == (200, 300)
    assert caches["directories"].capacity == 500
    servers = {region: caches[region].store.server for region in caches.keys() - {"directories"}}
    assert servers.pop("groups") == f"redis://localhost:{redis_port}/2"
    assert set(servers.values()) == {f"redis://localhost:{redis_port}/0"}
