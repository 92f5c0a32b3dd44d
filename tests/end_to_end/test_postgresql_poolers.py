"""The SDK and the command line through a pooler that gives each transaction another session."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stormpath import Client
from support.accounts import PASSWORD
from support.command import in_this_process
from support.pgbouncer_server import PgBouncerServer
from support.served import Served

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize("place", ["embedded", "served"])
def test_a_database_is_set_up_and_used_through_a_pooler_that_restarts(
    place: str, postgresql_server, postgresql_url: str, tmp_path: Path, serve: Callable[..., Served]
):
    key = tmp_path / "key"
    with PgBouncerServer(postgresql_server) as pooler:
        url = pooler.through(postgresql_url)
        done = in_this_process("init", "--database", url, "--api-key-file", str(key))
        assert done.returncode == 0, done.stderr
        base_url = serve(url).base_url if place == "served" else None
        given = {"base_url": base_url} if base_url else {"database": url}
        with Client(**given, api_key_file_location=str(key)) as client:
            app = client.applications.create({"name": "Bridge"}, create_directory=True)
            app.accounts.create({"email": "ann@example.com", "password": PASSWORD})

            def log_in(_: int) -> str:
                return str(app.authenticate_account("ann@example.com", PASSWORD).account.email)

            with ThreadPoolExecutor(16) as threads:
                before = list(threads.map(log_in, range(16)))
            pooler.restart()
            after = [log_in(0), *(each.email for each in app.accounts)]

    assert before == ["ann@example.com"] * 16
    assert after == ["ann@example.com"] * 2
