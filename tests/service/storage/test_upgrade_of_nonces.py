"""The upgrade of a database from before nonces were kept by a digest: what was sent before it is refused."""

import hashlib
import time
from contextlib import closing

import pytest
import sqlalchemy as sa

from service.calls import Api
from service.database_access import connected, count, tables_in, upgrade
from service.old_databases import fill, rows_at
from stormpath import sauthc1
from stormpath.server.app import open_service

SENT = ["a43a9d25-ab06-421e-8605-33fd1e760825", "n" * 50, "n" * 3000]

#: More than the migration reads at once.
OTHERS = 5001


@pytest.fixture
def old_url(database_url: str) -> str:
    """A database of the version before, to which signed requests have been sent."""
    key_id, _ = rows_at("0006")["api_key"]
    texts = [f"{key_id}/{each}" for each in SENT] + [f"{key_id}/{number}" for number in range(OTHERS)]
    fill(database_url, "0006")
    with connected(database_url) as connection:
        upgrade(connection, "0010")
        nonces = sa.Table("nonces", sa.MetaData(), autoload_with=connection)
        always = {"purpose": "sauthc1", "expires_at": round(time.time() * 1000) + 900_000}
        connection.execute(nonces.insert(), [always | {"value": stored_by_0010(each)} for each in texts])
    return database_url


def stored_by_0010(value: str) -> str:
    return value if len(value) <= 160 else hashlib.sha256(value.encode()).hexdigest()


def status_of(api: Api, nonce: str) -> int:
    headers = sauthc1.sign(
        "GET",
        f"{api.base_url}/applications",
        [],
        b"",
        key_id=api.key_id,
        secret=api.secret,
        timestamp=sauthc1.timestamp_at(time.time()),
        nonce=nonce,
    )
    return api.request("GET", "/applications", credentials=headers).status


@pytest.mark.both_databases
def test_what_was_sent_before_the_upgrade_is_refused_after_it(old_url: str):
    with closing(open_service(old_url)) as upgraded:
        api = Api(upgraded, upgraded.base_url, upgraded.tenant_id, *rows_at("0006")["api_key"])
        assert count(old_url, "nonces") == len(SENT) + OTHERS
        assert "old_nonces" not in tables_in(old_url)

        for nonce in (*SENT, "0", str(OTHERS // 2), str(OTHERS - 1)):
            assert status_of(api, nonce) == 401
        for nonce in ("another", "N" * 50, "n" * 2999):
            assert status_of(api, nonce) == 200
        for nonce in ("another", "N" * 50, "n" * 2999):
            assert status_of(api, nonce) == 401
