"""Any sequence of calls through two clients that cache gives what the service says, within the stated ttl.

Hypothesis makes up the sequences, the same ones in every run. A third client, which caches nothing, tells what
the service says. Clients that share a store are never behind it, and neither is one with what it wrote itself;
of what another wrote, a client with a store of its own knows at the latest when the ttl is over.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from end_to_end.cache_world import Clock, SharedMemoryStore, SharedTextStore, World, world_of
from end_to_end.cache_writes import Writes
from stormpath import Client
from stormpath.cache import entry as entry_module

NewClient = Callable[..., Client]

#: For somebody who looks for more: how many sequences, in place of those below, and not always the same.
EXAMPLES = int(os.environ.get("CACHE_MODEL_EXAMPLES", "0"))

_runs = itertools.count(1)


@pytest.fixture
def embedded(initialized_sqlite_url: str) -> Iterator[NewClient]:
    with ExitStack() as running:
        yield lambda **options: running.enter_context(Client(database=initialized_sqlite_url, **options))


def run(world: World, examples: int, steps: int) -> None:
    class OfThisWorld(Writes):
        def __init__(self) -> None:
            super().__init__(world, f"run {next(_runs)}")

    run_state_machine_as_test(
        OfThisWorld,
        settings=settings(
            max_examples=EXAMPLES or examples,
            stateful_step_count=steps,
            derandomize=not EXAMPLES,
            database=None,
            # A failure tells its steps as they were: to shorten them takes a minute.
            phases=[Phase.generate, Phase.shrink] if EXAMPLES else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    if os.environ.get("CACHE_MODEL_STATS"):
        print(sorted(world.done.items(), key=lambda each: each[1]))


def test_clients_that_share_a_memory_are_never_behind_the_service(embedded: NewClient) -> None:
    with world_of(embedded, store=SharedMemoryStore, store_opts={"shelf": {}}) as world:
        run(world, examples=20, steps=40)


def test_clients_that_share_a_store_of_the_least_abilities_are_never_behind(embedded: NewClient) -> None:
    with world_of(embedded, store=SharedTextStore, store_opts={"shelf": {}}) as world:
        run(world, examples=20, steps=40)


def test_clients_with_memories_of_their_own_are_behind_each_other_for_the_ttl_at_most(
    embedded: NewClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(entry_module, "time", clock)
    with world_of(embedded, is_shared=False, clock=clock) as world:
        run(world, examples=20, steps=40)
