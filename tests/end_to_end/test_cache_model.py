"""Any sequence of calls through two clients that cache gives what the service says, within the stated ttl.

Hypothesis makes up the sequences, the same ones in every run. A third client, which caches nothing, tells
what the service says. Clients that share a store are never behind it, nor is a client with what it wrote
itself. Of what another wrote, a client with a store of its own knows at the latest when the ttl is over.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from end_to_end.cache_machine import CacheMachine
from end_to_end.cache_world import SharedMemoryStore, SharedTextStore, World, world_of
from stormpath import Client
from stormpath.cache import entry as entry_module
from stormpath.cache.cacheable import REGIONS
from stormpath.cache.memcached_store import MemcachedStore
from stormpath.cache.redis_store import RedisStore
from support.memcached_server import MemcachedServer
from support.redis_server import RedisServer

NewClient = Callable[..., Client]
ExamplesOf = Callable[[int], int]

#: How many other sequences to try in each world, for somebody who looks for more.
EXAMPLES = int(os.environ.get("CACHE_MODEL_EXAMPLES", "0"))
STEPS = 40
ENOUGH_FOR_ALL_REGIONS = 4

_runs = itertools.count(1)


@pytest.fixture(autouse=True)
def emails_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same few addresses are written to all the time."""
    for capped in ("ADDRESS", "ACCOUNT", "DIRECTORY"):
        monkeypatch.setenv(f"STORMPATH_MAILS_PER_{capped}", "0")


@pytest.fixture
def embedded(initialized_sqlite_url: str) -> Iterator[NewClient]:
    """``embedded(**options)`` makes a client whose database, all the clients' one, is in this process."""
    with ExitStack() as running:
        yield lambda **options: running.enter_context(Client(database=initialized_sqlite_url, **options))


@pytest.fixture
def remote(initialized_postgresql_url: str, served: Callable[[str], str]) -> Iterator[NewClient]:
    """``remote(**options)`` makes a client of a served PostgreSQL."""
    with ExitStack() as running:
        with Client(database=initialized_postgresql_url) as local:
            key: dict[str, Any] = {"id": local.auth.id, "secret": local.auth.secret}
        base_url = served(initialized_postgresql_url)
        yield lambda **options: running.enter_context(Client(base_url, **key, **options))


def run(world: World, start: int, examples: int) -> None:
    """Try sequences in a world; ``start`` says which, so that every world has others."""

    class OfThisWorld(CacheMachine):
        def __init__(self) -> None:
            super().__init__(world, f"run {next(_runs)}")

    run_state_machine_as_test(
        OfThisWorld if EXAMPLES else seed(start)(OfThisWorld),
        settings=settings(
            max_examples=EXAMPLES or examples,
            stateful_step_count=STEPS,
            database=None,
            # A failure tells its steps as they were: to shorten them would take minutes.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    # No rule is there for show,
    assert {rule for rule, times in world.tried.items() if times > 20} <= world.done.keys()
    # nor are the caches. Else nobody but the service kept its word here.
    read = world.regions_read()
    assert read == set(REGIONS) - {"nonces"} or (read and examples < ENOUGH_FOR_ALL_REGIONS)


class TestClientsThatShareAStore:
    @pytest.mark.sampled
    def test_they_are_never_behind_with_a_memory_store(
        self, embedded: NewClient, examples_of: ExamplesOf
    ) -> None:
        world = world_of(embedded, store=SharedMemoryStore, store_opts={"regions": {}})

        run(world, start=1, examples=examples_of(25))

    @pytest.mark.sampled
    def test_they_are_never_behind_with_a_store_of_the_least_abilities(
        self, embedded: NewClient, examples_of: ExamplesOf
    ) -> None:
        world = world_of(embedded, store=SharedTextStore, store_opts={"regions": {}})

        run(world, start=2, examples=examples_of(25))

    @pytest.mark.sampled
    def test_they_are_never_behind_with_redis(
        self, embedded: NewClient, redis_server: RedisServer, examples_of: ExamplesOf
    ) -> None:
        options = {**redis_server.store_opts, "key_prefix": "model:"}
        run(world_of(embedded, store=RedisStore, store_opts=options), start=3, examples=examples_of(12))

    @pytest.mark.sampled
    def test_they_are_never_behind_with_memcached(
        self, embedded: NewClient, memcached_server: MemcachedServer, examples_of: ExamplesOf
    ) -> None:
        options = {**memcached_server.store_opts, "key_prefix": "model:"}
        run(world_of(embedded, store=MemcachedStore, store_opts=options), start=4, examples=examples_of(12))


class TestClientsWithMemoriesOfTheirOwn:
    @pytest.mark.sampled
    def test_they_are_behind_each_other_for_the_ttl_at_most(
        self, embedded: NewClient, monkeypatch: pytest.MonkeyPatch, examples_of: ExamplesOf
    ) -> None:
        world = world_of(embedded, is_shared=False)
        monkeypatch.setattr(entry_module, "time", world.clock)

        run(world, start=5, examples=examples_of(30))

    @pytest.mark.sampled
    def test_they_are_behind_a_served_postgresql_for_the_ttl_at_most(
        self, remote: NewClient, monkeypatch: pytest.MonkeyPatch, examples_of: ExamplesOf
    ) -> None:
        world = world_of(remote, is_shared=False)
        monkeypatch.setattr(entry_module, "time", world.clock)

        run(world, start=6, examples=examples_of(4))
