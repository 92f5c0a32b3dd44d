"""Programs that fork, run by tests: pytest's own process has threads of other servers and must not fork.

``python forking.py NAME ARGUMENTS`` calls the function of that name with the arguments, all of them JSON.
Each forks after it has used what it shares with its children, and exits with 0 on success.
"""

import faulthandler
import json
import logging
import os
import sys
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from support import command
from support.programs import script

WORKERS = 4
ROUNDS = 60
#: After so many seconds a child that waits for a thread it does not have prints its stack and is ended.
PATIENCE = 60


def run(name: str, *arguments: Any) -> None:
    """Run one of the programs below in a process of its own, where a warning is an error."""
    done = command.run(script(Path(__file__), name, *map(json.dumps, arguments)))
    assert done.returncode == 0, done.stderr
    # An exception that Python prints and ignores, as in a callback, is a failure too.
    assert done.stderr == "", done.stderr


def fork(work: Callable[[], None]) -> int:
    """Fork a child that does some work and exits, with 0 unless it raised."""
    with warnings.catch_warnings():
        # Newer Pythons warn of forks with threads, which are tested here.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    try:
        faulthandler.dump_traceback_later(PATIENCE, exit=True)
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def wait_for(*children: int) -> None:
    left_with = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert left_with == [0] * len(children), left_with


@contextmanager
def at_work(threads: int, work: Callable[[int, int], None]) -> Iterator[None]:
    """Let threads do ``work(thread, round)`` again and again during the block; none of them may fail."""
    stop, failures = threading.Event(), []

    def go_on(thread: int) -> None:
        rounds = 0
        try:
            while not stop.is_set():
                work(thread, rounds := rounds + 1)
        except BaseException as failure:
            failures.append(failure)

    running = [threading.Thread(target=go_on, args=(n,)) for n in range(threads)]
    for thread in running:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in running:
            thread.join()
    assert failures == []


def embedded_services() -> list[Any]:
    from stormpath import embedded

    return list(embedded._open.values())


def refusal_of(use: Callable[[], object]) -> Any:
    from stormpath.error import Error

    try:
        use()
    except Error as refusal:
        return refusal
    raise AssertionError("It was not refused")


def executors(base_url: str, threads: int) -> None:
    """Send from a parent and its children at once, through one executor."""
    from stormpath.auth import Auth
    from stormpath.http import HttpExecutor

    executor = HttpExecutor(base_url, Auth(id="ID", secret="sEcReT").scheme)

    def ask(who: str) -> None:
        for n in range(ROUNDS):
            assert executor.get(f"/{who}/{n}")["path"] == f"/v1/{who}/{n}"

    def ask_as_thread(thread: int, n: int) -> None:
        assert executor.get(f"/thread/{thread}/{n}")["path"] == f"/v1/thread/{thread}/{n}"

    def child(who: str) -> None:
        ask(who)
        executor.close()

    ask("before")
    with at_work(threads, ask_as_thread):
        children = [fork(partial(child, f"child-{n}")) for n in range(WORKERS)]
        ask("parent")
        wait_for(*children)
        ask("after")
    executor.close()


def clients(options: dict[str, Any], threads: int, rounds: int) -> None:
    """Read and write from a parent and its children at once, through one client."""
    from stormpath import Client

    client = Client(**options)
    crew = client.directories.create({"name": "Crew"})

    def write_and_read(name: str) -> None:
        made = crew.groups.create({"name": name})
        assert client.groups.get(made.href).name == name

    def many(who: str) -> None:
        for n in range(rounds):
            write_and_read(f"{who} {n}")

    def child(who: str) -> None:
        many(who)
        client.close()

    # Loads modules: Python itself does not survive a fork in the middle of another thread's import.
    write_and_read("First")
    with at_work(threads, lambda thread, n: write_and_read(f"Thread {thread} {n}")):
        children = [fork(partial(child, f"Child {n}")) for n in range(WORKERS)]
        many("Parent")
        wait_for(*children)
    names = {group.name for group in crew.groups}
    client.close()
    everyone = ["Parent", *(f"Child {n}" for n in range(WORKERS))]
    assert {f"{who} {n}" for who in everyone for n in range(rounds)} <= names


def senders(options: dict[str, Any]) -> None:
    """Create e-mails in a parent before, during and after its children do, and in each child."""
    from stormpath import Client
    from support.registering import register, verifying_application

    client = Client(**options)
    application = verifying_application(client)

    def causes(who: str) -> None:
        register(application, *(f"{who}-{n}" for n in range(3)))

    def child(who: str) -> None:
        causes(who)
        client.close()

    causes("before")
    children = [fork(partial(child, f"child-{n}")) for n in range(WORKERS)]
    causes("parent")
    wait_for(*children)
    causes("after")
    client.close()


def parent_leaves_first(options: dict[str, Any]) -> None:
    """Write in a child before and after its parent has closed the last connection it had."""
    from stormpath import Client

    client = Client(**options)
    crew = client.directories.create({"name": "Crew"})
    to_child, to_parent = os.pipe(), os.pipe()

    def child() -> None:
        crew.groups.create({"name": "Before"})
        os.write(to_parent[1], b".")
        os.read(to_child[0], 1)
        crew.groups.create({"name": "After"})

    forked = fork(child)
    os.read(to_parent[0], 1)
    client.close()
    os.write(to_child[1], b".")
    wait_for(forked)
    with Client(**options) as later:
        assert sorted(group.name for group in later.directories.get(crew.href).groups) == ["After", "Before"]


def leave_without_closing(options: dict[str, Any]) -> None:
    """Let a child, its own child and their parent reach the end of the program, as workers do."""
    from stormpath import Client

    client = Client(**options)
    crew = client.directories.create({"name": "Crew"})
    children = [os.fork()]
    crew.groups.create({"name": f"First of {os.getpid()}"})
    if children == [0]:
        children = [os.fork()]
    crew.groups.create({"name": f"Second of {os.getpid()}"})
    wait_for(*filter(None, children))


def database_in_use(options: dict[str, Any]) -> None:
    """Fork while another thread has a connection to SQLite and does not return it in time."""
    from stormpath import Client
    from stormpath.server.storage import sqlite_forks

    client = Client(**options)
    crew = client.directories.create({"name": "Crew"})
    (shared,) = embedded_services()
    sqlite_forks.FORK_TIMEOUT = 0.1  # type: ignore[misc]  # a constant outside the tests

    def child() -> None:
        logging.getLogger().addHandler(logging.NullHandler())
        assert refusal_of(crew.refresh).status == 503
        assert "forked while its parent used the database" in str(refusal_of(lambda: Client(**options)))

    with shared.service.database.engine.connect():
        wait_for(fork(child))
    crew.refresh()
    wait_for(fork(crew.refresh))
    client.close()


def held_locks(options: dict[str, Any], base_url: str) -> None:
    """Fork while another thread holds every lock, and use everything in the child."""
    from stormpath import Client, embedded
    from stormpath.auth import Auth
    from stormpath.http import HttpExecutor
    from stormpath.server.schema import ids

    client = Client(**options, cache_options={"store_opts": {}})
    executor = HttpExecutor(base_url, Auth(id="ID", secret="sEcReT").scheme)
    executor.get("/before")
    crew = client.directories.create({"name": "Crew"})
    region: Any = client.data_store.cache_manager.get_cache("directories")
    (shared,) = embedded_services()
    service = shared.service
    adapter: Any = executor.session.get_adapter(base_url)
    pools = adapter.poolmanager.pools
    (key,) = pools.keys()
    locks = [
        region.stats._lock,
        region.store._lock,
        pools.get(key).pool.mutex,
        pools.lock,
        embedded._lock,
        ids._lock,
        service._authenticator._lock,
        service._passwords._threads._lock,
    ]
    if service.database.dialect == "postgresql":  # With SQLite, a fork waits for other threads' connections.
        locks.append(service.database.engine.pool._pool.mutex)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with ExitStack() as holding:
            for lock in locks:
                holding.enter_context(lock)
            held.set()
            done.wait(PATIENCE)

    def child() -> None:
        assert executor.get("/child")["path"] == "/v1/child"
        account = {"username": "han", "email": "h@example.com", "given_name": "H", "surname": "S"}
        crew.accounts.create({**account, "password": "Changeme1!"})
        crew.name = "Watch"
        crew.save()
        with Client(**options) as other:
            assert other.directories.get(crew.href).name == "Watch"
        client.close()
        executor.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(PATIENCE)
    forked = fork(child)
    done.set()
    holder.join()
    wait_for(forked)
    assert executor.get("/after")["path"] == "/v1/after"
    client.close()
    executor.close()


if __name__ == "__main__":
    globals()[sys.argv[1]](*map(json.loads, sys.argv[2:]))
