"""The tests' own environment and servers keep their promises."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import requests

from support import environment

TESTS = Path(__file__).parents[1]

DIE_WITH_A_SERVER = """
import os, signal
from support import postgresql

with postgresql.running_server() as server:
    print(server.create_database(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_tests_see_an_empty_home_and_only_their_own_settings():
    ours = {name: value for name, value in os.environ.items() if name.startswith("STORMPATH_")}

    assert ours == environment.SETTINGS
    assert list(Path.home().iterdir()) == []


def test_a_database_is_empty_and_unlike_the_one_before(postgresql_server):
    first, second = postgresql_server.create_database(), postgresql_server.create_database()

    with psycopg.connect(first, autocommit=True) as connection:
        connection.execute("CREATE TABLE noted (word text)")

    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT to_regclass('noted')").fetchone() == (None,)


def test_a_copy_holds_what_its_template_held_and_is_its_own(postgresql_server):
    template = postgresql_server.create_database()
    with psycopg.connect(template, autocommit=True) as connection:
        connection.execute("CREATE TABLE noted AS SELECT 'before' AS word")

    with psycopg.connect(postgresql_server.create_database(template), autocommit=True) as connection:
        connection.execute("INSERT INTO noted VALUES ('after')")

    with psycopg.connect(template) as connection:
        assert connection.execute("SELECT word FROM noted").fetchall() == [("before",)]


def test_a_database_is_dropped_although_a_test_left_it_open(postgresql_server):
    url = postgresql_server.create_database()
    left_open = psycopg.connect(url)

    postgresql_server.drop_database(url)

    assert not is_answering(url)
    left_open.close()


def test_a_killed_test_process_leaves_no_server_behind():
    command = [sys.executable, "-c", DIE_WITH_A_SERVER]
    died = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, timeout=60, check=False)
    url = died.stdout.strip()
    assert url.startswith("postgresql://"), died.stderr

    deadline = time.monotonic() + 10
    while is_answering(url) and time.monotonic() < deadline:
        time.sleep(0.05)

    assert not is_answering(url)


def is_answering(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def test_the_served_service_answers_at_its_base_url(served, initialized_database_url):
    base_url = served(initialized_database_url)

    answer = requests.get(f"{base_url}/tenants/current", timeout=10)

    assert answer.status_code == 401


def test_a_service_that_cannot_start_says_why(served, tmp_path):
    with pytest.raises(AssertionError, match="left with 2") as failure:
        served(f"sqlite:///{tmp_path}")

    assert str(tmp_path) in str(failure.value)
