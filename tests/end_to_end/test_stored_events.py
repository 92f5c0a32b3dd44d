"""Security events of programs: stored when a program ends, and in no program's way."""

from __future__ import annotations

import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from service.database_access import file_of
from stormpath import Client
from stormpath.server.app import open_service
from stormpath.server.domain.events import LoginSucceeded
from support.command import quiet_environment, run
from support.programs import PROGRAMS, text

PASSWORD = "Changeme1!"

LOG_IN = """
import sys
from stormpath import Client

client = Client(database=sys.argv[1])
application = client.applications.create({"name": "Shop"}, create_directory=True)
account = {"given_name": "Ann", "surname": "Lee", "email": "ann@example.com", "password": "Changeme1!"}
application.accounts.create(account)
application.authenticate_account("ann@example.com", "Changeme1!")
"""


@pytest.fixture
def application(initialized_database_url: str) -> str:
    """The href of an application with an account."""
    with Client(database=initialized_database_url) as client:
        application = client.applications.create({"name": "Shop"}, create_directory=True)
        account = {"given_name": "Ann", "surname": "Lee", "email": "ann@example.com", "password": PASSWORD}
        application.accounts.create(account)
        return str(application.href)


def logins(url: str) -> tuple[int, int]:
    """Return how many logins are stored, and how many are counted."""
    with closing(open_service(url)) as service:
        stored = service.security_events.events(service.tenant_id, event="authn_login_success")
        counts = service.security_events.daily(service.tenant_id, 0)
    return len(stored), sum(each.number for each in counts if each.kind == "logins_succeeded")


def test_a_program_that_ends_without_closing_its_client_stores_its_login(
    initialized_database_url: str,
) -> None:
    done = run(text(LOG_IN, initialized_database_url))

    assert (done.returncode, done.stderr) == (0, "")
    assert logins(initialized_database_url) == (1, 1)


def test_a_program_that_fails_stores_its_login_too(initialized_database_url: str) -> None:
    done = run(text(LOG_IN + "raise SystemExit(3)", initialized_database_url))

    assert done.returncode == 3
    assert logins(initialized_database_url) == (1, 1)


def test_a_program_that_uses_the_service_itself_stores_what_waits(initialized_database_url: str) -> None:
    # It leaves its connections open, of which the driver warns where warnings are shown.
    code = """
import sys
import warnings
from stormpath.server.app import open_service
from stormpath.server.domain.events import LoginSucceeded

warnings.simplefilter("ignore", ResourceWarning)
service = open_service(sys.argv[1])
service.events.report(LoginSucceeded(service.tenant_id, account_id="a", application_id="b"))
"""

    done = run(text(code, initialized_database_url))

    assert (done.returncode, done.stderr) == (0, "")
    assert logins(initialized_database_url) == (1, 1)


def test_a_program_that_is_killed_loses_the_last_second_alone(initialized_database_url: str) -> None:
    waits = "import time\nprint('logged in', flush=True)\ntime.sleep(60)"
    process = PROGRAMS.start(
        text(LOG_IN + waits, initialized_database_url),
        env=quiet_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "logged in\n"
        deadline = time.monotonic() + 10
        while logins(initialized_database_url)[0] < 1 and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        process.kill()
        process.communicate()

    assert logins(initialized_database_url) == (1, 1)


@pytest.mark.both_databases
def test_clients_of_several_threads_meet_no_lock(
    initialized_database_url: str, application: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The events are stored while the threads go on."""

    def work(client: Client) -> None:
        shop: Any = client.applications.get(application)
        for number in range(5):
            shop.authenticate_account("ann@example.com", PASSWORD)
            shop.groups.create({"name": f"{threading.get_ident()} {number}"})

    with Client(database=initialized_database_url) as client, ThreadPoolExecutor(6) as pool:
        service = client.data_store.executor._app
        service._event_writer._delay = 0.001
        list(pool.map(work, [client] * 6))

    assert logins(initialized_database_url) == (30, 30)
    assert "locked" not in caplog.text
    assert "cannot be stored" not in caplog.text


def test_an_event_waits_for_another_writer_and_its_caller_does_not(initialized_sqlite_url: str) -> None:
    with closing(open_service(initialized_sqlite_url)) as service:
        service._event_writer._delay = 0
        login = LoginSucceeded(service.tenant_id, account_id="a", application_id="b")
        with closing(sqlite3.connect(file_of(initialized_sqlite_url), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            begun = time.monotonic()
            service.events.report(login)
            assert time.monotonic() - begun < 0.5
            time.sleep(0.05)
            other.execute("ROLLBACK")

    assert logins(initialized_sqlite_url) == (1, 1)


def test_a_database_in_memory_has_them_too() -> None:
    with Client(database="sqlite://") as client:
        service: Any = client.data_store.executor._app
        application: Any = client.applications.create({"name": "Shop"}, create_directory=True)
        account = {"given_name": "Ann", "surname": "Lee", "email": "ann@example.com", "password": PASSWORD}
        application.accounts.create(account)
        service._event_writer._delay = 0.001

        for _ in range(3):
            application.authenticate_account("ann@example.com", PASSWORD)

        stored = service.security_events.events(service.tenant_id, event="authn_login_success")
        assert len(stored) == 3


def test_a_served_service_stores_its_logins(
    initialized_database_url: str, application: str, served: Callable[[str], str]
) -> None:
    with Client(database=initialized_database_url) as local:
        key: dict[str, Any] = {"id": local.auth.id, "secret": local.auth.secret}
    with Client(base_url=served(initialized_database_url), **key) as client:
        href = f"{client.data_store.executor.base_url}/applications/{application.rpartition('/')[2]}"
        shop: Any = client.applications.get(href)
        shop.authenticate_account("ann@example.com", PASSWORD)

        deadline = time.monotonic() + 10
        while logins(initialized_database_url)[0] < 1 and time.monotonic() < deadline:
            time.sleep(0.1)

    assert logins(initialized_database_url) == (1, 1)
