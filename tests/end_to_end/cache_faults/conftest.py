"""Fixtures for clients whose cache servers fail. Each test has a server of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from stormpath import Client
from stormpath.cache.circuit_breaker import CircuitBreaker
from stormpath.cache.memcached_store import MemcachedStore
from stormpath.cache.redis_store import RedisStore
from support.accounts import PASSWORD
from support.cached_reading import Clock, Crowd
from support.child_server import ChildServer

CACHE_PASSWORD = "let the cache in"


@dataclass
class Kind:
    name: str
    store: type
    timeouts: tuple[str, str]


KINDS = {
    "redis": Kind("redis", RedisStore, ("socket_timeout", "socket_connect_timeout")),
    "memcached": Kind("memcached", MemcachedStore, ("timeout", "connect_timeout")),
}

NewCrowd = Callable[..., Crowd]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture
def server(request: pytest.FixtureRequest, kind: Kind) -> ChildServer:
    """A server of this kind for one test."""
    started: ChildServer = request.getfixturevalue(f"own_{kind.name}")()
    return started


@pytest.fixture
def clock() -> Clock:
    """The clock of the circuit breakers."""
    return Clock()


@pytest.fixture
def timeout_seconds() -> float:
    """The timeout of cache requests: longer than a busy machine needs, if no server hangs."""
    return 5


@pytest.fixture
def new_crowd(
    kind: Kind, timeout_seconds: float, initialized_sqlite_url: str, clock: Clock
) -> Iterator[NewCrowd]:
    """``new_crowd(store_opts)`` returns a crowd whose client caches in such a store."""
    timeouts = dict.fromkeys(kind.timeouts, timeout_seconds)
    with ExitStack() as clients:

        def make(store_opts: dict[str, Any]) -> Crowd:
            caches = {"store": kind.store, "store_opts": {**store_opts, **timeouts}}
            caching = clients.enter_context(Client(database=initialized_sqlite_url, cache_options=caches))
            return Crowd(caching, clients.enter_context(Client(database=initialized_sqlite_url)), clock)

        yield make


@pytest.fixture
def crowd(new_crowd: NewCrowd, server: ChildServer) -> Crowd:
    """A crowd whose accounts are all cached on the server."""
    crowd = new_crowd(server.store_opts)
    crowd.read_all()
    return crowd


@pytest.fixture(autouse=True)
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[Exception]:
    """The failures of calls that stores received; calls that were skipped are not included."""
    failures: list[Exception] = []
    record_failure = CircuitBreaker.record_failure

    def note(breaker: CircuitBreaker, failure: Exception, *how: bool) -> None:
        failures.append(failure)
        record_failure(breaker, failure, *how)

    monkeypatch.setattr(CircuitBreaker, "record_failure", note)
    return failures


@pytest.fixture(autouse=True)
def messages(caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], list[str]]]:
    """``messages()`` returns the warnings so far. They are checked for secrets after every test."""

    def warnings() -> list[str]:
        records = caplog.get_records("setup") + caplog.get_records("call")
        return [each.getMessage() for each in records if each.name == "stormpath.cache"]

    yield warnings
    for secret in (PASSWORD, CACHE_PASSWORD, "hunter2", "Fixed", "Own", "@example.com"):
        assert secret not in "\n".join(warnings())
