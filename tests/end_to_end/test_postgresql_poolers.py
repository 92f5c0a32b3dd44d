"""The SDK and the command line through a pooler that gives each transaction another session."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stormpath import Client
from support.accounts import PASSWORD
from support.command import in_this_process
from support.pgbouncer_server import PgBouncerServer
from support.postgresql import PostgreSQLServer
from support.served import Served


def test_a_database_is_set_up_and_used_through_a_pooler_that_restarts(
    postgresql_server: PostgreSQLServer,
    postgresql_url: str,
    tmp_path: Path,
    serve: Callable[..., Served],
    monkeypatch: pytest.MonkeyPatch,
):
    # The service in a process of its own hashes as in earnest.
    monkeypatch.delenv("STORMPATH_PASSWORD_HASHING")
    key = tmp_path / "key"
    with PgBouncerServer(postgresql_server) as pooler:
        url = pooler.through(postgresql_url)
        done = in_this_process("init", "--database", url, "--api-key-file", str(key))
        assert done.returncode == 0, done.stderr
        with (
            Client(serve(url).base_url, api_key_file_location=str(key)) as served,
            Client(database=url, base_url=served.data_store.executor.base_url) as embedded,
        ):
            app = served.applications.create({"name": "Bridge"}, create_directory=True)
            app.accounts.create({"email": "ann@example.com", "password": PASSWORD})
            apps = [app, embedded.applications.get(app.href)]

            def accounts(number: int) -> list[str]:
                return [str(each.email) for each in apps[number % 2].accounts]

            with ThreadPoolExecutor(16) as threads:
                before = list(threads.map(accounts, range(16)))
            pooler.restart()
            logins = [each.authenticate_account("ann@example.com", PASSWORD).account.email for each in apps]

    assert before == [["ann@example.com"]] * 16
    assert logins == ["ann@example.com"] * 2
