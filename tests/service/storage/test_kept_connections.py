"""Connections that are kept from the pool, for nonces: the same one again, and none across a fork."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stormpath.server.domain.storage import StorageError
from stormpath.server.resources import RESOURCES
from stormpath.server.storage import sqlite_forks
from stormpath.server.storage.database import Database
from support.command import quiet_environment

FORK = """
import os, sys, time
from stormpath.server.resources import RESOURCES
from stormpath.server.storage import sqlite_forks
from stormpath.server.storage.database import Database
from stormpath.server.storage.nonces import Nonces
database = Database(sys.argv[1], RESOURCES)
nonces = Nonces(database, 900)
now = round(time.time() * 1000)
assert nonces.remember("test", "parent", now, now)
began = time.monotonic()
child = os.fork()
if child == 0:
    assert not nonces.remember("test", "parent", now, now)
    assert nonces.remember("test", "child", now, now)
    os._exit(0)
took = time.monotonic() - began
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert not nonces.remember("test", "child", now, now)
assert nonces.remember("test", "parent again", now, now)
database.close()
assert not sqlite_forks._connections
assert took < sqlite_forks.FORK_TIMEOUT / 2, took
"""


@pytest.fixture
def database(initialized_sqlite_url: str) -> Iterator[Database]:
    with closing(Database(initialized_sqlite_url, RESOURCES)) as it:
        yield it


def connection_of(database: Database) -> object:
    return database.write_without_wait(lambda driver: driver)


def test_one_connection_is_used_again_and_again(database: Database):
    assert connection_of(database) is connection_of(database)


def test_each_use_has_a_deadline_of_its_own(database: Database):
    def deadline() -> float:
        return float(database.write_without_wait(lambda driver: driver._deadline.at))

    first = deadline()
    time.sleep(0.01)

    assert deadline() >= first + 0.01


def test_after_an_error_the_next_write_works(database: Database):
    def fail(driver: sqlite3.Connection) -> None:
        driver.execute("SELECT nothing FROM nowhere")

    connection_of(database)
    for _ in range(5):
        with pytest.raises(StorageError):
            database.write_without_wait(fail)

    found = database.write_without_wait(lambda driver: driver.execute("SELECT 1").fetchone())
    assert found == (1,)


def test_closing_the_database_closes_it(database: Database):
    connection = connection_of(database)
    assert connection in sqlite_forks._connections

    database.close()

    assert connection not in sqlite_forks._connections


def test_a_process_that_has_one_forks_at_once_and_both_sides_remember(initialized_sqlite_url: str):
    environment = {**quiet_environment(), "PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", FORK, initialized_sqlite_url]

    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
