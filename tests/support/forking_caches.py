"""Programs that fork with a cache on a server: pytest's own process has threads, and must not.

``python forking_caches.py PROGRAM KIND STORE_OPTS`` leaves with 0 when everybody read what was theirs.
"""

from __future__ import annotations

import json
import logging
import sys
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

from support import command
from support.forking import PATIENCE, fork, wait_for
from support.programs import script

CHILDREN = 4
ROUNDS = 150
BASE = "http://127.0.0.1/v1"


def run(program: str, kind: str, store_opts: dict[str, Any]) -> None:
    """Run one of the programs below in a process of its own, where a warning is an error."""
    done = command.run(script(Path(__file__), program, kind, json.dumps(store_opts)))
    # What Python prints and ignores, such as an exception in a callback, is a failure too.
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


class Service:
    """Stands for the service: it knows every account by its name, and takes every change."""

    base_url = BASE

    def get(self, url: str, params: Any = None) -> dict[str, Any]:
        return {"href": url, "givenName": url.rpartition("/")[2]}

    def post(self, url: str, data: Any, params: Any = None, headers: Any = None) -> dict[str, Any]:
        return {"href": url, **data}


def read_and_write(store: Any, who: str, rounds: int) -> None:
    for turn in range(rounds):
        name = f"common{turn % 20}"
        assert store.get_resource(f"{BASE}/accounts/{name}")["givenName"] == name
        own = f"{BASE}/accounts/{who}{turn % 3}"
        store.update_resource(own, {"givenName": f"{who} {turn}"})
        assert store.get_resource(own)["givenName"] == f"{who} {turn}"


def all_at_once(store: Any) -> None:
    """Read and write in a parent and its children, after the parent has read."""
    read_and_write(store, "before", 30)
    children = [fork(partial(read_and_write, store, f"child{n}-", ROUNDS)) for n in range(CHILDREN)]
    read_and_write(store, "parent", ROUNDS)
    wait_for(*children)
    read_and_write(store, "after", 30)
    stats = store.cache_manager.caches["accounts"].stats
    assert stats.failures == 0
    assert stats.hits > ROUNDS


def breaker_lock_held(store: Any) -> None:
    """Fork while another thread holds the circuit breaker's lock, which the child then uses."""
    breaker = store.cache_manager.caches["accounts"]._breaker
    held, done = Event(), Event()

    def hold() -> None:
        with breaker._lock:
            held.set()
            done.wait(PATIENCE)

    def child() -> None:
        # Its warning would be printed to standard error.
        logging.disable()
        breaker.record_failure(OSError("gone"))
        assert not breaker.is_closed
        breaker.record_success()
        read_and_write(store, "child", 10)

    holder = Thread(target=hold)
    holder.start()
    held.wait(PATIENCE)
    forked = fork(child)
    done.set()
    holder.join()
    wait_for(forked)
    read_and_write(store, "parent", 10)


def main(program: str, kind: str, store_opts: dict[str, Any]) -> None:
    # Imported here: only the program that forks needs them.
    from stormpath.cache.memcached_store import MemcachedStore
    from stormpath.cache.redis_store import RedisStore
    from stormpath.data_store import DataStore

    store_class = {"redis": RedisStore, "memcached": MemcachedStore}[kind]
    globals()[program](DataStore(Service(), {"store": store_class, "store_opts": store_opts}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3]))
